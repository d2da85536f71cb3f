"""Pooling, strided slices and everything else that combines neighbouring columns by a maximum, minimum or sum."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Int, Shaped

from genomics.mutagenesis.incremental.change import Local, Reference, by_class, from_delta, from_value
from genomics.mutagenesis.incremental.interval import ALL, Interval, NotLocalError, Window, by_column, through
from genomics.tracing.program import Equation

#: Selections written out one by one; above, a slower loop over a mask keeps the program short.
_UNROLLED = 160


@dataclass(frozen=True, kw_only=True)
class _Kind:
    combine: Callable[[Array, Array], Array]
    over: Callable[..., Array]
    neutral: Callable[[Any], Any]


def _lowest(dtype: Any) -> Any:
    return -jnp.inf if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype).min


def _highest(dtype: Any) -> Any:
    return jnp.inf if jnp.issubdtype(dtype, jnp.inexact) else jnp.iinfo(dtype).max


_KINDS = {
    "reduce_window_max": _Kind(combine=jnp.maximum, over=jnp.max, neutral=_lowest),
    "reduce_window_min": _Kind(combine=jnp.minimum, over=jnp.min, neutral=_highest),
    "reduce_window_sum": _Kind(combine=jnp.add, over=jnp.sum, neutral=lambda dtype: 0),
}


def pool(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`reduce_window_max`, `_min` and `_sum` of any window, stride, dilation and padding along the changed axis."""
    (local,) = operands
    axis, params = local.interval.axis, equation.params
    for name, plain in (("window_dimensions", 1), ("window_strides", 1), ("base_dilation", 1), ("padding", (0, 0))):
        for i, size in enumerate(params[name]):
            if (i != axis or name == "base_dilation") and _plain(size) != plain:
                raise NotLocalError(f"has {name}={tuple(params[name])}")
    window = Window(
        taps=int(params["window_dimensions"][axis]),
        stride=int(params["window_strides"][axis]),
        dilation=int(params["window_dilation"][axis]),
        low=int(params["padding"][axis][0]),
    )
    return pooled(local, window, _KINDS[equation.primitive], reference)


def strided_slice(local: Local, begin: int, stride: int, reference: Reference) -> Local:
    """Columns begin, begin + stride, ...: pooling with windows of one column."""
    window = Window(taps=1, stride=stride, dilation=1, low=-begin)
    return pooled(local, window, _KINDS["reduce_window_max"], reference)


def pooled(local: Local, window: Window, kind: _Kind, reference: Reference) -> Local:
    """The rule, with static slices where rows fall into few alignments to the stride, otherwise with masks."""
    interval, offsets = through(local.interval, window, local.interval.axis, reference.array.shape[local.interval.axis])
    # Sums are linear: differences pass through, and nothing has to be known about unchanged columns.
    linear = kind is _KINDS["reduce_window_sum"] and jnp.issubdtype(reference.array.dtype, jnp.inexact)
    read = local.delta if linear else local.value
    neutral = jnp.asarray(kind.neutral(reference.array.dtype), reference.array.dtype)
    span = (interval.width - 1) * window.stride + window.extent

    def columns(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        array = read(rows, low, high)
        inside = None if linear else local.interval.inside(rows, low, high)
        return array if inside is None else jnp.where(_mask(inside, array, local.interval), array, neutral)

    def aligned(rows: slice, offset: int) -> Shaped[Array, "rows three ..."]:
        array, axis = columns(rows, offset, offset + span), 2 + interval.axis
        last = (interval.width - 1) * window.stride + 1
        taps = [
            lax.slice_in_dim(array, t * window.dilation, t * window.dilation + last, window.stride, axis)
            for t in range(window.taps)
        ]
        return reduce(kind.combine, taps)

    result = by_class(offsets, aligned) if window.taps <= _UNROLLED else None
    if result is None:
        low, high = int(offsets.min()), int(offsets.max()) + span
        result = _selected(columns(ALL, low, high), low, offsets, window, kind, neutral, interval)
    return (from_delta if linear else from_value)(interval, reference, result)


def _selected(
    array: Shaped[Array, "rows three ..."],
    low: int,
    offsets: Int[np.ndarray, " rows"],
    window: Window,
    kind: _Kind,
    neutral: Shaped[Array, ""],
    interval: Interval,
) -> Shaped[Array, "rows three ..."]:
    """For each output, the combination of the columns that a mask per row lets through."""
    axis = 2 + interval.axis
    here = low + np.arange(array.shape[axis])
    outputs = []
    for output in range(interval.width):
        tap = here[None] - offsets[:, None] - output * window.stride
        member = (tap >= 0) & (tap < window.extent) & (tap % window.dilation == 0)
        candidates = np.flatnonzero(member.any(0))
        if len(candidates) * interval.width > _UNROLLED:
            first, last = candidates[0], candidates[-1] + 1
            part = lax.slice_in_dim(array, first, last, axis=axis)
            part = jnp.where(_mask(member[:, first:last], part, interval), part, neutral)
            outputs.append(kind.over(part, axis=axis))
            continue
        terms = []
        for column in candidates:
            term = lax.index_in_dim(array, int(column), axis, keepdims=False)
            mask = member[:, column]
            terms.append(term if mask.all() else jnp.where(mask.reshape(-1, *[1] * (term.ndim - 1)), term, neutral))
        outputs.append(reduce(kind.combine, terms))
    return jnp.stack(outputs, axis)


def _plain(size: Any) -> Any:
    return tuple(int(s) for s in size) if isinstance(size, tuple | list) else int(size)


def _mask(inside: Bool[Any, "rows w"], array: Shaped[Array, "rows three ..."], interval: Interval) -> Array:
    return by_column(inside, array.ndim, interval.axis)
