"""Primitives whose output columns combine a few neighbouring input columns: convolutions and pools."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.tracing.columns.record import Along, Block, NotColumnsError, Record, Window, single
from genomics.tracing.program import Equation

_Blocks = Sequence[Shaped[Array, "..."]]


def convolution(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`conv_general_dilated` along a spatial axis."""
    if axes[0] is None or any(axis is not None for axis in axes[1:]):
        raise NotColumnsError("has a kernel that depends on the sequence")
    params, axis = equation.params, axes[0]
    lhs, rhs, out = params["dimension_numbers"]
    if axis not in lhs[2:] or params["batch_group_count"] != 1:
        raise NotColumnsError("mixes columns as features or examples")
    along = lhs[2:].index(axis)
    padding = [(0, 0) if i == along else pads for i, pads in enumerate(params["padding"])]

    def one(value: Shaped[Array, "..."], kernel: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        return lax.conv_general_dilated(
            value,
            kernel,
            window_strides=params["window_strides"],
            padding=padding,
            lhs_dilation=params["lhs_dilation"],
            rhs_dilation=params["rhs_dilation"],
            dimension_numbers=params["dimension_numbers"],
            feature_group_count=params["feature_group_count"],
            precision=params["precision"],
            preferred_element_type=params["preferred_element_type"],
        )

    new, block = out[2 + along], _batched(one)
    return (
        Along(
            axis=new,
            size=equation.outputs[0].shape[new],
            block=block,
            aligned=axes,
            window=Window(
                taps=equation.operands[1].shape[rhs[2 + along]],
                stride=params["window_strides"][along],
                dilation=params["rhs_dilation"][along],
                low=int(params["padding"][along][0]),
                base=params["lhs_dilation"][along],
            ),
            fill=np.zeros((), equation.outputs[0].dtype),
            differences=block,
        ),
    )


def _batched(one: Callable[..., Array]) -> Block:
    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        apply = one
        for _ in range(batch):
            apply = jax.vmap(apply, in_axes=(-1, None), out_axes=-1)
        return apply(*operands)

    return block


def covers_others(equation: Equation, axis: int) -> bool:
    """Whether a convolution's kernel covers every spatial axis but `axis` entirely, once."""
    params, (value, kernel) = equation.params, equation.operands
    lhs, rhs, _ = params["dimension_numbers"]
    for i, (own, of_kernel) in enumerate(zip(lhs[2:], rhs[2:], strict=True)):
        plain = tuple(params["padding"][i]) == (0, 0) and params["lhs_dilation"][i] == 1
        dense = params["rhs_dilation"][i] == 1 or kernel.shape[of_kernel] == 1
        if own != axis and not (plain and dense and value.shape[own] == kernel.shape[of_kernel]):
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Combination:
    """How a pool or a reduction combines columns.

    Attributes:
      combine: two values.
      over: all values along axes.
      cumulate: each value with all before it along an axis.
      sign: of the number that changes nothing: -1 for the lowest, 1 for the highest, 0 for zero.
    """

    combine: Callable[[Any, Any], Any]
    over: Callable[..., Any]
    cumulate: Callable[..., Any]
    sign: int

    def neutral(self, dtype: Any) -> np.ndarray:
        """What changes nothing."""
        if not self.sign:
            return np.zeros((), dtype)
        if jnp.issubdtype(dtype, jnp.inexact):
            return np.asarray(self.sign * np.inf, dtype)
        return np.asarray(jnp.iinfo(dtype).min if self.sign < 0 else jnp.iinfo(dtype).max, dtype)


_MAX = Combination(combine=jnp.maximum, over=jnp.max, cumulate=lax.cummax, sign=-1)
_MIN = Combination(combine=jnp.minimum, over=jnp.min, cumulate=lax.cummin, sign=1)
_SUM = Combination(combine=jnp.add, over=jnp.sum, cumulate=lax.cumsum, sign=0)

#: Pools, and reductions over all columns.
COMBINATIONS: dict[str, Combination] = {
    "reduce_window_max": _MAX,
    "reduce_window_min": _MIN,
    "reduce_window_sum": _SUM,
    "reduce_max": _MAX,
    "reduce_min": _MIN,
    "reduce_sum": _SUM,
}
_REDUCERS = {1: lax.max, -1: lax.min, 0: lax.add}


def pool(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`reduce_window_max`, `_min` and `_sum`, along other axes too."""
    _, axis = single(equation, axes)
    params, combination = equation.params, COMBINATIONS[equation.primitive]
    dtype = equation.outputs[0].dtype
    neutral = combination.neutral(dtype)
    pads = [(int(low), int(high)) for low, high in params["padding"]]
    reducer = _REDUCERS[-combination.sign]

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        sizes = [params[name] for name in ("window_dimensions", "window_strides", "base_dilation", "window_dilation")]
        window, strides, base, dilation = ((*map(int, size), *(1,) * batch) for size in sizes)
        padding = [(0, 0) if i == axis else pad for i, pad in enumerate(pads)] + [(0, 0)] * batch
        return lax.reduce_window(operands[0], neutral, reducer, window, strides, padding, base, dilation)

    return (
        Along(
            axis=axis,
            size=equation.outputs[0].shape[axis],
            block=block,
            aligned=axes,
            window=Window(
                taps=int(params["window_dimensions"][axis]),
                stride=int(params["window_strides"][axis]),
                dilation=int(params["window_dilation"][axis]),
                low=pads[axis][0],
                base=int(params["base_dilation"][axis]),
            ),
            fill=neutral,
            differences=block if combination is _SUM and jnp.issubdtype(dtype, jnp.inexact) else None,
        ),
    )


RECORDS: dict[str, Record] = {
    "conv_general_dilated": Record(along=convolution, product=True, weighted=True),
    "reduce_window_max": Record(along=pool, maximum=1),
    "reduce_window_min": Record(along=pool, maximum=-1),
    "reduce_window_sum": Record(along=pool, affine=None, sums=True),
}
