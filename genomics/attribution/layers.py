"""The layers of a network as a table: what DeepLIFT and LRP see, and the rules that each layer gets."""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from genomics.attribution.deeplift.equations import rule_name
from genomics.attribution.deeplift.names import check_names
from genomics.attribution.deeplift.resolve import activation_rules
from genomics.attribution.lrp.explain import relevance_rules
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
      relevance: what LRP does there.
      where: the line of the network's code.
    """

    index: int
    name: str
    module: str
    shape: tuple[int, ...]
    weights: tuple[int, ...] | None
    rule: str
    relevance: str
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
    chosen, relevance = activation_rules(program, rule), relevance_rules(program)
    return [
        Layer(
            index=block.index,
            name=block.name,
            module=block.scope,
            shape=block.shape,
            weights=block.weights,
            rule=chosen.get(block.equation) or rule_name(block.equation, rule, max_pool_rule),
            relevance=relevance.get(block.equation, ""),
            where=block.where,
        )
        for block in blocks(program)
    ]


def format_layers(table: Sequence[Layer], width: int = 80) -> str:
    """The table as text, one line a layer under a line of headings, each at most `width` characters.

    Where they do not fit, modules lose their beginning; where these leave no room for lines of code, there are none.
    """
    rows = [("", "layer", "output", "weights", "DeepLIFT", "LRP", "module", "line")]
    for layer in table:
        output, weights = (_shape(shape) for shape in (layer.shape, layer.weights))
        row = (str(layer.index), layer.name, output, weights, layer.rule, layer.relevance, layer.module)
        rows.append((*row, _short(layer.where)))
    named = any(layer.module for layer in table)
    columns = [i for i in range(8) if named or i != 6]
    widths = {i: max(len(row[i]) for row in rows) for i in columns}
    left = width - sum(widths[i] + 2 for i in columns if i < 6)
    if named:
        widths[6] = min(widths[6], max(left, 1))
        left -= widths[6] + 2
    if left < min(widths[7], 10):
        columns.remove(7)
    widths[7] = min(widths[7], max(left, 1))
    return "\n".join("  ".join(_end(row[i], widths[i]) for i in columns).rstrip() for row in rows)


def _shape(shape: tuple[int, ...] | None) -> str:
    return "" if shape is None else "x".join(map(str, shape)) or "()"


def _short(where: str) -> str:
    """File and line; its folder and function are what a reader can do without."""
    path, _, _ = where.partition(" ")
    file, *rest = path.split("/")[-1].split(":")
    return ":".join([file, *rest[:1]])


def _end(text: str, width: int) -> str:
    """The last `width` characters."""
    return text.ljust(width) if len(text) <= width else "…" + text[len(text) - width + 1 :]
