"""Longer and shorter sequences by nearest neighbours, or by straight lines between them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from genomics.models.torch.convolution import Sizes, each_axis

#: Of the nearest place, PyTorch's own is that to the left of a start; the exact one goes by the middles of places.
_NEAREST, _EXACT, _LINEAR = "nearest", "nearest-exact", "linear"


def along(x, axis: int, matrix: np.ndarray):
    """A constant matrix (n, m) applied along an axis of n."""
    return jnp.moveaxis(jnp.tensordot(x, jnp.asarray(matrix, x.dtype), [[axis], [0]]), -1, axis)


def _scaled(space: int, mode: str) -> Callable[..., Any]:
    """With `scale_factors`, or an `output_size`."""

    def upsample(
        input, output_size: Any = None, align_corners=False, scale_factors: Sequence[int | float] | None = None
    ):
        shape = input.shape[-space:]
        if scale_factors is None:
            return _resized(input, each_axis(output_size, space), [None] * space, mode, align_corners)
        sizes = [math.floor(n * factor) for n, factor in zip(shape, scale_factors, strict=True)]
        return _resized(input, sizes, list(scale_factors), mode, align_corners)

    if mode == _LINEAR:
        return upsample
    return lambda input, output_size=None, scale_factors=None: upsample(input, output_size, scale_factors=scale_factors)


def _sized(space: int, mode: str) -> Callable[..., Any]:
    """With an `output_size`, and scales that only say how it came about."""

    def nearest(self, output_size: Sizes, scales=None, scales_h=None, scales_w=None):
        given = [scales] if space == 1 else [scales_h, scales_w]
        return _resized(self, each_axis(output_size, space), given, mode, False)

    def straight(self, output_size: Sizes, align_corners: bool, scales=None, scales_h=None, scales_w=None):
        given = [scales] if space == 1 else [scales_h, scales_w]
        return _resized(self, each_axis(output_size, space), given, mode, align_corners)

    return straight if mode == _LINEAR else nearest


def _resized(x, sizes: Sequence[int], scales: Sequence[int | float | None], mode: str, align_corners: bool):
    for axis, out, scale in zip(range(x.ndim - len(sizes), x.ndim), sizes, scales, strict=True):
        n = x.shape[axis]
        if mode != _LINEAR and out % n == 0 and (scale is None or out == n * scale):
            times = jnp.broadcast_to(
                jnp.expand_dims(x, axis + 1), (*x.shape[: axis + 1], out // n, *x.shape[axis + 1 :])
            )
            x = jnp.reshape(times, (*x.shape[:axis], out, *x.shape[axis + 1 :]))
        else:
            x = along(x, axis, _weights(n, out, scale, mode, align_corners))
    return x


def _weights(n: int, out: int, scale: int | float | None, mode: str, align_corners: bool) -> np.ndarray:
    """(n, out): what each output takes of each input."""
    step = n / out if scale is None else 1 / scale
    matrix = np.zeros((n, out))
    if mode != _LINEAR:
        middle = 0.5 if mode == _EXACT else 0.0
        source = np.minimum(np.floor((np.arange(out) + middle) * step), n - 1).astype(np.int64)
        matrix[source, np.arange(out)] = 1
        return matrix
    if align_corners:
        place = np.arange(out) * ((n - 1) / (out - 1) if out > 1 else 0.0)
    else:
        place = np.maximum((np.arange(out) + 0.5) * step - 0.5, 0)
    low = np.minimum(np.floor(place).astype(np.int64), n - 1)
    np.add.at(matrix, (low, np.arange(out)), 1 - (place - low))
    np.add.at(matrix, (np.minimum(low + 1, n - 1), np.arange(out)), place - low)
    return matrix


OPERATIONS: dict[str, Callable[..., Any]] = {
    f"{name}{space}d{form}": function(space, mode)
    for name, mode, spaces in (
        ("upsample_nearest", _NEAREST, (1, 2)),
        ("_upsample_nearest_exact", _EXACT, (1, 2)),
        ("upsample_linear", _LINEAR, (1,)),
        ("upsample_bilinear", _LINEAR, (2,)),
    )
    for space in spaces
    for form, function in ((".vec", _scaled), ("", _sized))
}
