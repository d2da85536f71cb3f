"""What a reshape, or a concatenation end to end, makes of a change: spans are taken apart, merged or shifted."""

import math
from dataclasses import replace
from typing import Any

import jax.numpy as jnp

from genomics.mutagenesis.incremental import described
from genomics.mutagenesis.incremental.change import Local, from_delta, from_differences, realigned
from genomics.mutagenesis.incremental.span import ALL, NotLocalError
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.moves import kept_axis
from genomics.tracing.program import Equation


def reshape(equation: Equation, operands: list[Any], reference: Unmutated) -> Local:
    """`reshape`: the changed axis stays, is split into equal parts, or is merged with others (a view, see `Local`)."""
    (local,) = operands
    if equation.params.get("dimensions") is not None:
        raise NotLocalError("reorders axes")
    span, shape, sizes = local.span, local.shape, equation.outputs[0].shape
    if local.view is not None:
        return replace(local, view=None if sizes == shape else sizes)
    if kept_axis(shape, span.axis, sizes) is not None:
        return described.described(equation, operands, [reference])[0]
    before = math.prod(shape[: span.axis])
    for axis in (i for i in range(len(sizes)) if math.prod(sizes[:i]) == before):
        for end in range(axis + 2, len(sizes) + 1):
            if math.prod(sizes[axis:end]) == span.size:
                return _split(local, axis, sizes, end, reference)
    return replace(local, view=sizes)


def _split(local: Local, axis: int, sizes: tuple[int, ...], end: int, reference: Unmutated) -> Local:
    """The changed axis cut into `sizes[axis]` parts; a part is changed if any of its columns is."""
    span = local.span
    part = math.prod(sizes[axis + 1 : end])
    if span.unit % part:
        raise NotLocalError("shifts blocks of positions by a fraction of a column")
    first = span.starts // part
    parts = int((-(-(span.starts + span.width) // part) - first).max())
    wide = realigned(local, first * part, parts * part)
    span = replace(span, axis=axis, size=sizes[axis], starts=first, width=parts, unit=span.unit // part)
    delta = wide.delta(ALL, 0, parts * part)
    delta = delta.reshape(*delta.shape[:2], *sizes[:axis], parts, *sizes[axis + 1 :])
    return from_delta(span, reference, delta)


def concatenate(equation: Equation, operands: list[Any], reference: Unmutated) -> Local:
    """`concatenate` of changes side by side, or of one change and constants before and behind it."""
    changes = [operand for operand in operands if isinstance(operand, Local)]
    dimension = equation.params["dimension"]
    if dimension != changes[0].span.axis:
        return described.described(equation, operands, [reference])[0]
    (change, *others) = changes
    if others or change.view is not None:
        raise NotLocalError("joins two changes end to end")
    if not jnp.issubdtype(reference.array.dtype, jnp.inexact):
        raise NotLocalError("acts on whole numbers")
    before = operands[: next(i for i, operand in enumerate(operands) if isinstance(operand, Local))]
    shift = sum(operand.shape[dimension] for operand in before)
    span = replace(change.span, starts=change.span.starts + shift, size=reference.array.shape[dimension])
    return from_differences(span, reference, change.delta)
