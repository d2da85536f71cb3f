"""Pools: a few neighbouring columns combined."""

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense.local import Local
from genomics.scan.dense.tracks import Columns, NotSharedError
from genomics.tracing.program import Equation

#: Reducing or pooling primitive -> how two values are combined.
COMBINE: dict[str, Callable[[Any, Any], Any]] = {
    "reduce_window_max": jnp.maximum,
    "reduce_window_min": jnp.minimum,
    "reduce_window_sum": operator.add,
    "reduce_max": jnp.maximum,
    "reduce_min": jnp.minimum,
    "reduce_sum": operator.add,
}


def pool(equation: Equation, operands: Sequence[Any]) -> Local:
    """`reduce_window_max`, `_min` and `_sum` along the shared axis with any window, stride, dilation and padding."""
    (value,), params = operands, equation.params
    axis = value.axis
    windowed = ("window_dimensions", "window_strides", "window_dilation", "base_dilation")
    others = [i for i in range(len(value.shape)) if i != axis]
    if value.view is not None or params["base_dilation"][axis] != 1:
        raise NotSharedError("pools merged or dilated axes")
    if any(params[name][i] != 1 for name in windowed for i in others) or any(any(params["padding"][i]) for i in others):
        raise NotSharedError("pools another axis than the sequence's")
    taps, stride, dilation, _ = (params[name][axis] for name in windowed)
    padding, combine = params["padding"][axis][0], COMBINE[equation.primitive]
    extent = (taps - 1) * dilation + 1
    fill = _neutral(equation.primitive, equation.outputs[0].dtype)

    def needs(j: int) -> tuple[int, int]:
        return j * stride - padding, j * stride - padding + extent

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        (source,), (first, last) = inputs, (needs(low)[0], needs(high - 1)[1])
        if high - low == 1:
            present = [c for c in range(first, last, dilation) if source.start <= c < source.stop]
            if present:
                return _tree(combine, [source.read(c, c + 1) for c in present])
            return jnp.full_like(source.read(source.start, source.start + 1), fill)
        begin, end = max(first, source.start), min(last, source.stop)
        block = source.read(begin, end)
        pads = [(begin - first, last - end, 0)] + [(0, 0, 0)] * (block.ndim - 1)
        block = lax.pad(block, jnp.asarray(fill, block.dtype), pads)
        reach = (high - 1 - low) * stride + 1
        return _tree(combine, [block[t * dilation : t * dilation + reach : stride] for t in range(taps)])

    return Local(
        shape=equation.outputs[0].shape,
        axis=axis,
        stride=stride,
        needs=needs,
        columns=columns,
        uniform=(0, equation.outputs[0].shape[axis]),
        differences=(lambda d, low, high: columns([d], low, high)) if combine is operator.add else None,
    )


def _neutral(primitive: str, dtype: Any) -> Any:
    if primitive.endswith("sum"):
        return np.zeros((), dtype)
    sign = -1 if primitive.endswith("max") else 1
    if jnp.issubdtype(dtype, jnp.inexact):
        return np.asarray(sign * np.inf, dtype)
    return np.asarray(jnp.iinfo(dtype).min if sign < 0 else jnp.iinfo(dtype).max, dtype)


def _tree(combine: Callable[[Any, Any], Any], values: list[Any]) -> Any:
    """Pairwise: sums stay accurate, and chains short."""
    if len(values) <= 2:
        return functools.reduce(combine, values)
    middle = len(values) // 2
    return combine(_tree(combine, values[:middle]), _tree(combine, values[middle:]))
