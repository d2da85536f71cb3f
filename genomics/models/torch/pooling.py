"""Pools. Padding takes no part in a maximum; in a mean it counts as zeros unless `count_include_pad` is false."""

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from genomics.errors import InputError
from genomics.models.torch.convolution import Sizes, each_axis
from genomics.models.torch.resampling import along


def _windows(n: int, size: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> tuple[int, int]:
    """(outputs, padding after) as PyTorch counts them: with `ceil_mode` a last window may begin inside the input or the
    padding before it, and reach beyond the padding after."""
    span = dilation * (size - 1) + 1
    over = n + 2 * padding - span
    if over < 0:
        raise InputError(f"a window of {span} positions does not fit an input of {n}; the sequence is too short")
    outputs = (-(-over // stride) if ceil_mode else over // stride) + 1
    if ceil_mode and (outputs - 1) * stride >= n + padding:
        outputs -= 1
    return outputs, max(0, (outputs - 1) * stride + span - n - padding)


def _pool(
    space: int,
    x,
    kernel: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    dilation: Sizes,
    ceil_mode: bool,
    *,
    maximum: bool,
):
    """The maxima or the sums of all windows, with the geometry of each axis: (size, stride, padding, n, outputs)."""
    if x.ndim not in (space + 1, space + 2):
        raise InputError(f"its input has {x.ndim} axes; it must have {space + 1} or {space + 2}")
    sizes = each_axis(kernel, space)
    strides = each_axis(stride, space) if stride not in (None, (), []) else sizes
    pads, dilations = each_axis(padding, space), each_axis(dilation, space)
    lead = x.ndim - space
    axes = []
    for i in range(space):
        outputs, after = _windows(x.shape[lead + i], sizes[i], strides[i], pads[i], dilations[i], ceil_mode)
        axes.append((sizes[i], strides[i], pads[i], x.shape[lead + i], outputs, after))
    y = lax.reduce_window(
        x,
        -jnp.inf if maximum else 0.0,
        lax.max if maximum else lax.add,
        (*[1] * lead, *sizes),
        (*[1] * lead, *strides),
        [*[(0, 0)] * lead, *[(axis[2], axis[5]) for axis in axes]],
        window_dilation=(*[1] * lead, *dilations),
    )
    return y, axes


def _max_pool(space: int, *, with_indices: bool = False) -> Callable[..., Any]:
    def pool(self, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
        y, _ = _pool(space, self, kernel_size, stride, padding, dilation, ceil_mode, maximum=True)
        return (y, None) if with_indices else y

    return pool


def _avg_pool(space: int) -> Callable[..., Any]:
    def pool(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
        total, axes = _pool(space, self, kernel_size, stride, padding, 1, ceil_mode, maximum=False)
        if divisor_override is not None:
            return total / divisor_override
        counts = np.ones((), np.float32)
        for size, stride_, pad, n, outputs, _ in axes:
            first = np.arange(outputs) * stride_ - pad
            end = np.minimum(first + size, n + pad)
            own = end - first if count_include_pad else np.minimum(end, n) - np.maximum(first, 0)
            counts = counts[..., None] * own.astype(np.float32)
        whole = math.prod(axis[0] for axis in axes)
        return total / (float(whole) if (counts == whole).all() else jnp.asarray(counts, total.dtype))

    return pool


def _adaptive(space: int, *, maximum: bool) -> Callable[..., Any]:
    """Windows of nearly equal size: output i is over [floor(i n / m), ceil((i + 1) n / m))."""

    def pool(self, output_size):
        wanted = each_axis(output_size, space)
        y = self
        for axis, m in zip(range(self.ndim - space, self.ndim), wanted, strict=True):
            y = _adapted(y, axis, m, maximum=maximum)
        return (y, None) if maximum else y

    return pool


def _adapted(x, axis: int, m: int, *, maximum: bool):
    n = x.shape[axis]
    if m == n:
        return x
    if m == 1:
        return jnp.max(x, axis=axis, keepdims=True) if maximum else jnp.mean(x, axis=axis, keepdims=True)
    if n % m == 0:
        window = [n // m if i == axis else 1 for i in range(x.ndim)]
        if maximum:
            return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
        return lax.reduce_window(x, 0.0, lax.add, window, window, "VALID") / float(n // m)
    starts, ends = (np.arange(m) * n) // m, -((-(np.arange(m) + 1) * n) // m)
    if maximum:
        parts = [lax.slice_in_dim(x, int(a), int(b), axis=axis) for a, b in zip(starts, ends, strict=True)]
        return jnp.concatenate([jnp.max(part, axis=axis, keepdims=True) for part in parts], axis)
    inside = (np.arange(n)[:, None] >= starts) & (np.arange(n)[:, None] < ends)
    return along(x, axis, (inside / (ends - starts)).astype(np.float32))


OPERATIONS: dict[str, Callable[..., Any]] = {
    **{f"max_pool{d}d": _max_pool(d) for d in (1, 2, 3)},
    **{f"max_pool{d}d_with_indices": _max_pool(d, with_indices=True) for d in (1, 2, 3)},
    **{f"avg_pool{d}d": _avg_pool(d) for d in (1, 2, 3)},
    **{f"adaptive_avg_pool{d}d": _adaptive(d, maximum=False) for d in (1, 2, 3)},
    **{f"_adaptive_avg_pool{d}d": _adaptive(d, maximum=False) for d in (2, 3)},
    **{f"adaptive_max_pool{d}d": _adaptive(d, maximum=True) for d in (1, 2, 3)},
}
