"""Maxima over windows and axes: `cross` is exact for every reference, `gradient` is what the original does."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float

from genomics.attribution.deeplift.value import Delta, Frozen, Linear, is_near_zero, real, total
from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation


def is_maximum(equation: Equation) -> bool:
    """Whether this is a maximum or minimum over windows or axes of one value."""
    known = record(equation.primitive)
    return known.maximum != 0 and not known.elementwise


def max_pool(equation: Equation, operand: Frozen, rule: str) -> Linear:
    """A maximum over windows as a weighted sum over each window.

    With the maximum at `i*` for the sequence and at `j*` for the reference (the first one on ties), their values `y`
    and `y'`, and `M = max(y, y')`, the credit `M - y'` goes to `i*` and `y - M` to `j*`. Both sum to `y - y'`
    whatever the reference, and credits from overlapping windows are added. `gradient` gives everything to `i*`, which
    is exact only if `x'[i*] = x'[j*]`.

    Sources: the cross rule as in Lundberg & Lee 2017 (arXiv:1705.07874), DeepExplainer; the gradient rule as in
    Shrikumar, Greenside & Kundaje 2017 (arXiv:1704.02685).

    Args:
      equation: one that `is_maximum`.
      operand: what is pooled.
      rule: "cross" or "gradient".
    """
    sign = record(equation.primitive).maximum
    x, r = real(operand.x), real(operand.r)
    lowest = float(jnp.finfo(x.dtype).min)
    at_x = windows(equation, sign * x, lowest)
    first = first_maximum(at_x)
    if rule == "gradient":
        weights = first.astype(at_x.dtype)
    else:
        at_r = windows(equation, sign * r, lowest)
        weights = _cross(at_x, at_r, first, first_maximum(at_r))

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        return [(weights * windows(equation, total(deltas[0]), 0.0)).sum(0)]

    return Linear(push=push)


def _cross(
    at_x: Float[Array, "W *out"], at_r: Float[Array, "W *out"], i: Bool[Array, "W *out"], j: Bool[Array, "W *out"]
) -> Float[Array, "W *out"]:
    """The weight of each element of each window; `i` and `j` mark the maxima."""
    difference = at_x - at_r
    y, y_r = at_x.max(0), at_r.max(0)
    top = jnp.maximum(y, y_r)
    to_i = credited(top - y_r, jnp.where(i, difference, 0).sum(0), (y, y_r))
    to_j = credited(y - top, jnp.where(j, difference, 0).sum(0), (y, y_r))
    return jnp.where(i, to_i, 0) + jnp.where(j, to_j, 0)


def credited(credit: Array, difference: Array, sizes: tuple[Array, Array]) -> Array:
    """A zero difference has earned no credit: its multiplier is 0."""
    near = is_near_zero(difference, *sizes)
    return jnp.where(near, 0, credit / jnp.where(near, 1, difference))


def first_maximum(elements: Float[Array, "W *out"]) -> Bool[Array, "W *out"]:
    """Marks the maximum along the first axis, one of equal values."""
    size = elements.shape[0]
    index = jnp.arange(size).reshape(size, *(1,) * (elements.ndim - 1))
    return index == jnp.where(elements == elements.max(0), index, size).min(0)


def windows(equation: Equation, array: Float[Array, "..."], fill: float) -> Float[Array, "W *out"]:
    """The elements of every window of a pooling or reducing equation, the window's own axis first; linear."""
    if "window_dimensions" not in equation.params:
        axes = equation.params["axes"]
        moved = jnp.moveaxis(array, axes, range(len(axes)))
        return moved.reshape(-1, *moved.shape[len(axes) :])
    parameters = equation.params
    out = equation.outputs[0].shape
    padding = [(*pair, step - 1) for pair, step in zip(parameters["padding"], parameters["base_dilation"], strict=True)]
    padded = lax.pad(array, jnp.asarray(fill, array.dtype), padding)
    if _is_tiling(parameters):
        return _tiles(padded, parameters, out, fill)
    strides, dilation = parameters["window_strides"], parameters["window_dilation"]
    slices = []
    for offset in product(*(range(size) for size in parameters["window_dimensions"])):
        start = [o * d for o, d in zip(offset, dilation, strict=True)]
        limit = [s + (n - 1) * step + 1 for s, n, step in zip(start, out, strides, strict=True)]
        slices.append(lax.slice(padded, start, limit, strides))
    return jnp.stack(slices)


def _is_tiling(parameters: Any) -> bool:
    """Whether no two windows overlap and none has holes."""
    return all(d == 1 for d in parameters["window_dilation"]) and all(
        step >= size for step, size in zip(parameters["window_strides"], parameters["window_dimensions"], strict=True)
    )


def _tiles(padded: Array, parameters: Any, out: tuple[int, ...], fill: float) -> Array:
    """Windows that do not overlap, by reshaping alone: neither gathered nor scattered."""
    sizes, strides = parameters["window_dimensions"], parameters["window_strides"]
    whole = [n * step for n, step in zip(out, strides, strict=True)]
    missing = [(0, max(0, w - n), 0) for w, n in zip(whole, padded.shape, strict=True)]
    padded = lax.pad(padded, jnp.asarray(fill, padded.dtype), missing)
    padded = lax.slice(padded, [0] * len(whole), whole)
    split = padded.reshape([part for n, step in zip(out, strides, strict=True) for part in (n, step)])
    split = lax.slice(split, [0] * split.ndim, [part for n, size in zip(out, sizes, strict=True) for part in (n, size)])
    inner = [2 * i + 1 for i in range(len(out)) if sizes[i] > 1]
    moved = jnp.moveaxis(split, inner, range(len(inner)))
    return moved.reshape(int(np.prod([sizes[i] for i in range(len(out))])), *out)
