"""The layers of a network as a table: what DeepLIFT sees, and the rule that each layer gets."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from genomics.attribution.deeplift.equations import rule_name
from genomics.attribution.deeplift.names import check_names
from genomics.attribution.deeplift.resolve import activation_rules
from genomics.attribution.record import Predict
from genomics.tracing.blocks import blocks
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import trace


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One row of the table.

    Attributes:
      index: what `deeplift(..., layer=index)` takes.
      name: what it takes too: the operation and its ordinal, `convolution_1`.
      module: the named scope that it belongs to (Flax and Equinox name their modules so); empty without one.
      shape: of its output for one sequence.
      weights: the shape of its kernel; None without one.
      rule: what DeepLIFT does there.
      where: the line of the network's code.
    """

    index: int
    name: str
    module: str
    shape: tuple[int, ...]
    weights: tuple[int, ...] | None
    rule: str
    where: str


def layers(
    predict: Predict,
    x_shape: tuple[int, int],
    *,
    rule: str = "genomics_default",
    max_pool_rule: str = "cross",
) -> list[Layer]:
    """The layers of a network in the order of computation.

    A layer is a product with weights and the bias and normalisation after it, an activation, a pool, or whatever else
    the function holds (a reshape, a sum of two branches). Nothing is computed, the function is only read.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      x_shape: (L, 4).
      rule: as `deeplift`; resolved for each activation.
      max_pool_rule: as `deeplift`.

    Raises:
      InputError: a rule's name does not exist, or `predict` does not return one array.
    """
    check_names(rule, max_pool_rule)
    program = fold_elementwise(trace(predict, jax.ShapeDtypeStruct(x_shape, jnp.result_type(float))))
    chosen = activation_rules(program, rule)
    return [
        Layer(
            index=block.index,
            name=block.name,
            module=block.scope,
            shape=block.shape,
            weights=block.weights,
            rule=chosen.get(block.equation) or rule_name(block.equation, rule, max_pool_rule),
            where=block.where,
        )
        for block in blocks(program)
    ]


def format_layers(table: Sequence[Layer]) -> str:
    """The table as text, one line a layer under a line of headings."""
    rows = [("", "layer", "module", "output", "weights", "rule", "line")]
    for layer in table:
        weights = "" if layer.weights is None else str(layer.weights)
        rows.append(
            (str(layer.index), layer.name, layer.module, str(layer.shape), weights, layer.rule, _short(layer.where))
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _short(where: str) -> str:
    """The last two parts of a path are enough to find a line."""
    path, separator, rest = where.partition(" ")
    return "/".join(path.split("/")[-2:]) + separator + rest
