"""Pooling, strided slices and everything else that combines neighbouring columns by a maximum, minimum or sum."""

from functools import reduce
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Int, Shaped

from genomics.mutagenesis.incremental import described
from genomics.mutagenesis.incremental.change import Local, by_class, from_delta, from_value
from genomics.mutagenesis.incremental.span import ALL, Span, by_column, through
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.record import Window
from genomics.tracing.columns.windows import COMBINATIONS, Combination
from genomics.tracing.program import Equation

#: Selections written out one by one; above, a slower loop over a mask keeps the program short.
_UNROLLED = 160


def pool(equation: Equation, operands: list[Any], reference: Unmutated) -> Local:
    """`reduce_window_max`, `_min` and `_sum` of any window, stride, dilation and padding along the changed axis.

    Pools that look along other axes too are evaluated as their record has it.
    """
    (local,) = operands
    (along,) = described.along(equation, operands)
    params = equation.params
    sizes = [params[name] for name in ("window_dimensions", "window_strides", "base_dilation")]
    others = [i for i in range(len(local.shape)) if i != local.span.axis]
    if any(size[i] != 1 for size in sizes for i in others) or any(any(params["padding"][i]) for i in others):
        return described.windowed(local, along, reference)
    return pooled(local, along.window, COMBINATIONS[equation.primitive], reference)


def strided_slice(local: Local, begin: int, stride: int, reference: Unmutated) -> Local:
    """Columns begin, begin + stride, ...: pooling with windows of one column."""
    window = Window(taps=1, stride=stride, dilation=1, low=-begin)
    return pooled(local, window, COMBINATIONS["reduce_window_max"], reference)


def pooled(local: Local, window: Window, kind: Combination, reference: Unmutated) -> Local:
    """The rule, with static slices where rows fall into few alignments to the stride, otherwise with masks."""
    span, offsets = through(local.span, window, local.span.axis, reference.array.shape[local.span.axis])
    # Sums are linear: differences pass through, and nothing has to be known about unchanged columns.
    linear = not kind.sign and jnp.issubdtype(reference.array.dtype, jnp.inexact)
    read = local.delta if linear else local.value
    neutral = jnp.asarray(kind.neutral(reference.array.dtype))
    reach = (span.width - 1) * window.stride + window.extent

    def columns(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        array = read(rows, low, high)
        inside = None if linear else local.span.inside(rows, low, high)
        return array if inside is None else jnp.where(_mask(inside, array, local.span), array, neutral)

    def aligned(rows: slice, offset: int) -> Shaped[Array, "rows three ..."]:
        array, axis = columns(rows, offset, offset + reach), 2 + span.axis
        last = (span.width - 1) * window.stride + 1
        taps = [
            lax.slice_in_dim(array, t * window.dilation, t * window.dilation + last, window.stride, axis)
            for t in range(window.taps)
        ]
        return reduce(kind.combine, taps)

    result = by_class(offsets, aligned) if window.taps <= _UNROLLED else None
    if result is None:
        low, high = int(offsets.min()), int(offsets.max()) + reach
        result = _selected(columns(ALL, low, high), low, offsets, window, kind, neutral, span)
    return (from_delta if linear else from_value)(span, reference, result)


def _selected(
    array: Shaped[Array, "rows three ..."],
    low: int,
    offsets: Int[np.ndarray, " rows"],
    window: Window,
    kind: Combination,
    neutral: Shaped[Array, ""],
    span: Span,
) -> Shaped[Array, "rows three ..."]:
    """For each output, the combination of the columns that a mask per row lets through."""
    axis = 2 + span.axis
    here = low + np.arange(array.shape[axis])
    outputs = []
    for output in range(span.width):
        tap = here[None] - offsets[:, None] - output * window.stride
        member = (tap >= 0) & (tap < window.extent) & (tap % window.dilation == 0)
        candidates = np.flatnonzero(member.any(0))
        if len(candidates) * span.width > _UNROLLED:
            first, last = candidates[0], candidates[-1] + 1
            part = lax.slice_in_dim(array, first, last, axis=axis)
            part = jnp.where(_mask(member[:, first:last], part, span), part, neutral)
            outputs.append(kind.over(part, axis=axis))
            continue
        terms = []
        for column in candidates:
            term = lax.index_in_dim(array, int(column), axis, keepdims=False)
            mask = member[:, column]
            terms.append(term if mask.all() else jnp.where(mask.reshape(-1, *[1] * (term.ndim - 1)), term, neutral))
        outputs.append(reduce(kind.combine, terms))
    return jnp.stack(outputs, axis)


def _mask(inside: Bool[Any, "rows w"], array: Shaped[Array, "rows three ..."], span: Span) -> Array:
    return by_column(inside, array.ndim, span.axis)
