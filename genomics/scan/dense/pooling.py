"""Pools: a few neighbouring columns combined."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense import described
from genomics.scan.dense.shared import Shared
from genomics.scan.dense.tracked import Columns
from genomics.tracing.columns.windows import COMBINATIONS
from genomics.tracing.program import Equation


def pool(equation: Equation, operands: Sequence[Any]) -> list[Shared]:
    """`reduce_window_max`, `_min` and `_sum` along the shared axis with any window, stride, dilation and padding.

    Pools that look along other axes too are evaluated as their record has it.
    """
    (along,) = described.along(equation, operands)
    axis, window, params = operands[0].axis, along.window, equation.params
    others = [i for i in range(len(equation.outputs[0].shape)) if i != axis]
    windowed = ("window_dimensions", "window_strides", "window_dilation", "base_dilation")
    if any(params[name][i] != 1 for name in windowed for i in others) or any(any(params["padding"][i]) for i in others):
        return described.described(equation, operands)
    combination = COMBINATIONS[equation.primitive]
    combine, fill = combination.combine, combination.neutral(equation.outputs[0].dtype)
    taps, stride, dilation, needs = window.taps, window.stride, window.dilation, window.needs

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

    shared = Shared(
        shape=equation.outputs[0].shape,
        axis=axis,
        stride=stride,
        needs=needs,
        columns=columns,
        uniform=(0, along.size),
        differences=(lambda d, low, high: columns([d], low, high)) if along.differences else None,
    )
    return [shared]


def _tree(combine: Callable[[Any, Any], Any], values: list[Any]) -> Any:
    """Pairwise: sums stay accurate, and chains short."""
    if len(values) <= 2:
        return functools.reduce(combine, values)
    middle = len(values) // 2
    return combine(_tree(combine, values[:middle]), _tree(combine, values[middle:]))
