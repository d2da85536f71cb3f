"""Primitives that combine all columns of the changed axis into one: only the changed columns are read."""

from typing import Any

import jax.numpy as jnp

from genomics.mutagenesis.incremental import described
from genomics.mutagenesis.incremental.change import Whole
from genomics.mutagenesis.incremental.span import ALL, NotLocalError, by_column
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.windows import COMBINATIONS
from genomics.tracing.program import Equation


def total(equation: Equation, operands: list[Any], reference: Unmutated) -> Any:
    """`reduce_sum`: the reference's sum plus the sum of the differences."""
    (local,) = operands
    if local.span.axis not in equation.params["axes"] or local.view is not None:
        return described.described(equation, operands, [reference])[0]
    if not jnp.issubdtype(reference.array.dtype, jnp.inexact):
        raise NotLocalError("acts on whole numbers")
    delta = local.delta(ALL, 0, local.span.width)
    change = jnp.sum(delta, [2 + axis for axis in equation.params["axes"]])
    return Whole(reference=reference, data=reference.whole() + change)


def extreme(equation: Equation, operands: list[Any], reference: Unmutated) -> Any:
    """`reduce_max` and `reduce_min`: of the changed columns and the reference's extremes before and behind them."""
    (local,) = operands
    span, axes = local.span, tuple(equation.params["axes"])
    if span.axis not in axes or local.view is not None:
        return described.described(equation, operands, [reference])[0]
    kind = COMBINATIONS[equation.primitive]
    combine, cumulate, over = kind.combine, kind.cumulate, kind.over
    dtype = reference.array.dtype
    if not jnp.issubdtype(dtype, jnp.inexact):
        raise NotLocalError("acts on whole numbers")
    neutral = kind.neutral(dtype)

    rest = tuple(axis for axis in axes if axis != span.axis)
    columns = jnp.moveaxis(local.reference.array, span.axis, 0)
    lead = [axis + 1 if axis < span.axis else axis for axis in rest]
    columns = over(columns, axis=tuple(lead)) if lead else columns  # (n, ...)
    edge = jnp.full((1, *columns.shape[1:]), neutral)
    before = jnp.concatenate([edge, cumulate(columns)])  # [i] = of the columns < i
    behind = jnp.concatenate([cumulate(columns, reverse=True), edge])  # [i] = of the columns >= i
    first = span.columns(ALL, 0, 1)[:, 0]
    old = combine(
        jnp.take(before, first, axis=0, mode="clip"), jnp.take(behind, first + span.width, axis=0, mode="clip")
    )

    values = local.value(ALL, 0, span.width)
    inside = span.inside(ALL, 0, span.width)
    if inside is not None:
        values = jnp.where(by_column(inside, values.ndim, span.axis), values, jnp.asarray(neutral))
    new = over(values, axis=tuple(2 + axis for axis in axes))
    return Whole(reference=reference, data=combine(new, old[:, None]))
