"""Matrix products: dense layers read the changed rows of their weights only."""

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int, Shaped

from genomics.mutagenesis.incremental import described
from genomics.mutagenesis.incremental.change import Local, Table, Whole, from_delta, from_table
from genomics.mutagenesis.incremental.span import ALL, NotLocalError, Span
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.record import resized
from genomics.tracing.program import Equation

#: Runs of mutations with the same start that get a product each; above, one product per mutated position.
_RUNS = 16
#: Weights, copied for all positions at once, below which these products run together.
_TOGETHER = 2**24


def contract(equation: Equation, operands: list[Any], reference: Unmutated) -> Local | Whole:
    """`dot_general` of a change and a constant.

    Where the changed axis is kept, each changed column is multiplied. Where it is summed over, alone or merged with
    others by a reshape, the differences meet the rows of the weights at the span, and the result is everywhere.
    Of two changes, queries and keys, all products are computed anew: to put the changed ones in their places among the
    reference's took longer (docs/rules.md).
    """
    side = 0 if isinstance(operands[0], Local) else 1
    local, weights = operands[side], operands[1 - side]
    if isinstance(weights, Local):
        raise NotLocalError("multiplies two values that both depend on the sequence")
    contracted, _ = equation.params["dimension_numbers"]
    if local.view is None and local.span.axis not in contracted[side]:
        return _column_by_column(equation, operands, side, reference)
    given, span = _arranged(equation, local, weights, side), local.span
    delta = given.flat(local.delta(ALL, 0, span.width), span.width)
    product = _products(delta, given.weights, span, _settings(equation))
    return Whole(reference=reference, data=reference.whole() + given.shaped(product, side, reference.array.shape))


def _column_by_column(equation: Equation, operands: list[Any], side: int, reference: Unmutated) -> Local:
    (along,) = described.along(equation, operands)
    if along.differences is None:
        return described.described(equation, operands, [reference])[0]
    local, weights = operands[side], operands[1 - side]
    span = replace(local.span, axis=along.axis)
    one = lambda array: along.block([array, weights] if side == 0 else [weights, array])  # noqa: E731
    apply = jax.vmap(jax.vmap(one))
    if local.table is not None:
        return from_table(span, reference, Table(codes=local.table.codes, entries=apply(local.table.entries)))
    return from_delta(span, reference, apply(local.delta(ALL, 0, span.width)))


def of_reference(
    equation: Equation, local: Local, weights: Shaped[Array, "..."], side: int, factor: Shaped[Array, "rows three ..."]
) -> Shaped[Array, "rows three ..."]:
    """The product of the reference times a factor that all columns share: the sum over columns comes first, once."""
    given = _arranged(equation, local, weights, side)
    shape = resized(local.shape, local.span.axis, 1)
    factor = given.flat(jnp.broadcast_to(factor, (*factor.shape[:2], *shape)), 1)
    own = given.flat(local.reference.array[None, None], local.span.size)[0, 0]
    settings = _settings(equation)
    own = own.reshape(len(own), local.span.size, -1)
    once = jnp.einsum("fni,nio->fio", own, given.weights, **settings)
    return given.shaped(jnp.einsum("rtfi,fio->rtfo", factor, once, **settings), side, equation.outputs[0].shape)


@dataclass(frozen=True, kw_only=True)
class _Arranged:
    """Weights (n, inputs per column, outputs), and the axes of what they meet."""

    weights: Shaped[Array, "n i o"]
    free: list[int]
    columns: int
    others: list[int]

    def flat(self, array: Shaped[Array, "rows three ..."], width: int) -> Shaped[Array, "rows three free wi"]:
        """To (rows, 3, free, window and inputs per column)."""
        sizes = [array.shape[2 + axis] for axis in self.free]
        array = array.transpose(0, 1, *[2 + axis for axis in (*self.free, self.columns, *self.others)])
        return array.reshape(*array.shape[:2], math.prod(sizes), width * self.weights.shape[1])

    def shaped(
        self, product: Shaped[Array, "rows three free o"], side: int, shape: tuple[int, ...]
    ) -> Shaped[Array, "rows three ..."]:
        """In the layout of the equation's output."""
        product = product.swapaxes(2, 3) if side == 1 else product
        return product.reshape(*product.shape[:2], *shape)


def _arranged(equation: Equation, local: Local, weights: Shaped[Array, "..."], side: int) -> _Arranged:
    span, shape = local.span, local.shape
    contracted, batch = equation.params["dimension_numbers"]
    if batch[side]:
        raise NotLocalError("has batch axes")
    parts = _parts(local)
    ours, theirs = contracted[side], contracted[1 - side]
    summed = [axis for dimension in ours for axis in parts[dimension]]
    if span.axis not in summed:
        raise NotLocalError("keeps an axis that the changed one was merged into")
    kept = [d for d in range(weights.ndim) if d not in theirs]
    outputs = math.prod(weights.shape[d] for d in kept)
    weights = weights.transpose(*theirs, *kept).reshape(*[shape[axis] for axis in summed], outputs)
    return _Arranged(
        weights=jnp.moveaxis(weights, summed.index(span.axis), 0).reshape(span.size, -1, outputs),
        free=[axis for axis in range(len(shape)) if axis not in summed],
        columns=span.axis,
        others=[axis for axis in summed if axis != span.axis],
    )


def _settings(equation: Equation) -> dict[str, Any]:
    return {name: equation.params[name] for name in ("precision", "preferred_element_type")}


def _products(
    delta: Shaped[Array, "rows three free wi"],
    weights: Shaped[Array, "n i o"],
    span: Span,
    settings: dict[str, Any],
) -> Shaped[Array, "rows three free o"]:
    bounds = [0, *(np.flatnonzero(np.diff(span.starts)) + 1).tolist(), len(span.starts)]
    if len(bounds) - 1 == 1:
        return jnp.matmul(delta, _rows_of(weights, span, int(span.starts[0])), **settings)
    if len(bounds) - 1 <= _RUNS:
        return jnp.concatenate(
            [
                jnp.matmul(delta[a:b], _rows_of(weights, span, int(span.starts[a])), **settings)
                for a, b in itertools.pairwise(bounds)
            ]
        )
    columns = jnp.asarray(span.columns(ALL, 0, span.width))

    def one(operands: tuple[Shaped[Array, "three free wi"], Int[Array, " w"]]) -> Shaped[Array, "three free o"]:
        rows = jnp.take(weights, operands[1], axis=0, mode="clip")  # differences outside of the axis are 0
        return jnp.matmul(operands[0], rows.reshape(-1, rows.shape[-1]), **settings)

    together = columns.size * math.prod(weights.shape[1:]) <= _TOGETHER
    return jax.vmap(lambda d, c: one((d, c)))(delta, columns) if together else lax.map(one, (delta, columns))


def _rows_of(weights: Shaped[Array, "n i o"], span: Span, start: int) -> Shaped[Array, "wi o"]:
    """The weights of the window at a start, zeros outside of the axis."""
    farthest = span.unit * int(span.last.max())
    low, high = start + min(farthest, 0), start + max(farthest, 0) + span.width
    before, behind = max(0, -low), max(0, high - span.size)
    padded = jnp.pad(weights, [(before, behind), (0, 0), (0, 0)])
    first = start + before + (span.unit * span.block if span.unit else 0)
    rows = lax.dynamic_slice_in_dim(padded, first, span.width) if span.unit else padded[first : first + span.width]
    return rows.reshape(-1, weights.shape[-1])


def _parts(local: Local) -> list[list[int]]:
    """Of each logical axis, the stored axes that it merges."""
    if local.view is None:
        return [[axis] for axis in range(len(local.shape))]
    parts, axis = [], 0
    for size in local.view:
        part, product = [], 1
        while axis < len(local.shape) and (product < size or local.shape[axis] == 1):
            product *= local.shape[axis]
            part.append(axis)
            axis += 1
        if product != size:
            raise NotLocalError("acts on a value that was reshaped across its columns")
        parts.append(part)
    return parts
