"""Parts of a tensor: slices, single entries, entries by number, padding.

Places that are known when the network is read become slices and reversals, so that a change of one base stays short.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from genomics.errors import InputError
from genomics.models.torch.shape import axis_of

#: Most pieces that places known beforehand are taken in; more are looked up.
_PIECES = 64


def _slice(self, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1):
    axis = axis_of(dim, self.ndim)
    first, last, _ = slice(start, end).indices(self.shape[axis])
    return lax.slice_in_dim(self, first, max(first, last), step, axis)


def _select(self, dim: int, index: int):
    axis = axis_of(dim, self.ndim)
    if not isinstance(index, int) or not -self.shape[axis] <= index < self.shape[axis]:
        raise InputError(f"index {index} of an axis of {self.shape[axis]}")
    return lax.index_in_dim(self, index % self.shape[axis], axis, keepdims=False)


def _narrow(self, dim: int, start: int, length: int):
    start = start % self.shape[dim] if start < 0 else start
    return _slice(self, dim, start, start + length)


def taken(x, axis: int, places: np.ndarray):
    """The entries at known places along an axis: slices and reversed slices side by side, where a few of them do."""
    n = x.shape[axis]
    if places.size and (places.min() < -n or places.max() >= n):
        raise InputError(f"index {places.min()} to {places.max()} of an axis of {n}")
    pieces, start = [], 0
    places = places % n if n else places
    while start < len(places) and len(pieces) <= _PIECES:
        stop = start + 1
        step = int(places[stop] - places[start]) if stop < len(places) else 1
        while step in (1, -1) and stop < len(places) and places[stop] - places[stop - 1] == step:
            stop += 1
        low, high = sorted((int(places[start]), int(places[stop - 1])))
        piece = lax.slice_in_dim(x, low, high + 1, axis=axis)
        pieces.append(lax.rev(piece, (axis,)) if step == -1 and high > low else piece)
        start = stop
    if start < len(places) or not pieces:
        return jnp.take(x, places, axis=axis)
    return pieces[0] if len(pieces) == 1 else jnp.concatenate(pieces, axis)


def _index(self, indices: Sequence[Any]):
    """NumPy's indexing by arrays; axes without one are kept."""
    given = [(axis, index) for axis, index in enumerate(indices) if index is not None]
    if len(given) == 1:
        axis, index = given[0]
        if isinstance(index, np.ndarray) and index.dtype != np.bool_ and index.ndim == 1:
            return taken(self, axis, index)
    if any(index.dtype == jnp.bool_ and not isinstance(index, np.ndarray) for _, index in given):
        raise InputError(
            "an index of truth values depends on the sequence, and so does how many it takes; multiply by the truth "
            "values, or torch.where, instead"
        )
    return jnp.asarray(self)[tuple(slice(None) if index is None else index for index in indices)]


def _index_select(self, dim: int, index):
    axis = axis_of(dim, self.ndim)
    index = index.reshape(-1)
    return taken(self, axis, index) if isinstance(index, np.ndarray) else jnp.take(self, index, axis=axis)


def _gather(self, dim: int, index, *, sparse_grad: bool = False):
    axis = axis_of(dim, self.ndim)
    part = jnp.asarray(self)[tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(index.shape))]
    return jnp.take_along_axis(part, index, axis=axis)


def _take_along_dim(self, indices, dim: int | None = None):
    """As `gather`; axes of one stand for as many as the other has."""
    return jnp.take_along_axis(jnp.asarray(self), indices, axis=dim)


def _embedding(weight, indices, padding_idx: int = -1, scale_grad_by_freq: bool = False, sparse: bool = False):
    return jnp.take(weight, indices, axis=0)


def _one_hot(self, num_classes: int = -1):
    if num_classes < 1:
        raise InputError("one_hot must say how many classes there are")
    return jax.nn.one_hot(self, num_classes, dtype=jnp.int32)


def _constant_pad(self, pad: Sequence[int], value: int | float = 0):
    """Of the last axis first, before and after; negative numbers cut."""
    config = [(0, 0, 0)] * self.ndim
    for i in range(len(pad) // 2):
        config[self.ndim - 1 - i] = (pad[2 * i], pad[2 * i + 1], 0)
    return lax.pad(self, jnp.asarray(value, self.dtype), config)


def _pad(self, pad: Sequence[int], mode: str = "constant", value: int | float | None = None):
    if mode == "constant":
        return _constant_pad(self, pad, 0 if value is None else value)
    if mode not in _EDGES:
        raise InputError(f"padding {mode!r} must be constant, {', '.join(_EDGES)}")
    return _edge_pad(mode)(self, pad)


#: Where padding takes its numbers from: (places beyond the edges, length) -> places inside.
_EDGES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "reflect": lambda i, n: np.abs((i + n - 1) % max(1, 2 * n - 2) - (n - 1)) if n > 1 else np.zeros_like(i),
    "replicate": lambda i, n: np.clip(i, 0, n - 1),
    "circular": lambda i, n: i % n,
}


def _edge_pad(mode: str) -> Callable[..., Any]:
    def edge_pad(self, padding: Sequence[int]):
        y = self
        for i in range(len(padding) // 2):
            axis = self.ndim - 1 - i
            n, before, after = self.shape[axis], padding[2 * i], padding[2 * i + 1]
            y = taken(y, axis, _EDGES[mode](np.arange(-before, n + after), n))
        return y

    return edge_pad


def _unfold(self, dimension: int, size: int, step: int):
    """Every window of `size` along an axis, the window's own axis last."""
    axis = axis_of(dimension, self.ndim)
    count = (self.shape[axis] - size) // step + 1
    if count < 1:
        raise InputError(f"a window of {size} does not fit an axis of {self.shape[axis]}")
    if size > _PIECES:
        places = np.arange(count)[:, None] * step + np.arange(size)
        return jnp.moveaxis(jnp.take(self, places, axis=axis), axis + 1, -1)
    taps = [lax.slice_in_dim(self, tap, tap + (count - 1) * step + 1, step, axis) for tap in range(size)]
    return jnp.stack(taps, axis=-1)


def _im2col(self, kernel_size: Sequence[int], dilation: Sequence[int], padding: Sequence[int], stride: Sequence[int]):
    """(N, C x taps, places): what every place of a kernel over the last two axes sees."""
    x = lax.pad(self, jnp.zeros((), self.dtype), [(0, 0, 0), (0, 0, 0), *((p, p, 0) for p in padding)])
    counts = [
        (n - d * (k - 1) - 1) // s + 1 for n, k, d, s in zip(x.shape[2:], kernel_size, dilation, stride, strict=True)
    ]
    taps = []
    for i in range(kernel_size[0]):
        for j in range(kernel_size[1]):
            y = x
            for axis, tap in ((2, i), (3, j)):
                first, step = tap * dilation[axis - 2], stride[axis - 2]
                y = lax.slice_in_dim(y, first, first + (counts[axis - 2] - 1) * step + 1, step, axis)
            taps.append(y)
    return jnp.reshape(jnp.stack(taps, axis=2), (x.shape[0], x.shape[1] * len(taps), math.prod(counts)))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "slice": _slice,
    "slice_copy": _slice,
    "select": _select,
    "select_copy": _select,
    "narrow": _narrow,
    "index": _index,
    "_unsafe_index": _index,
    "index_select": _index_select,
    "gather": _gather,
    "take": lambda self, index: jnp.take(jnp.ravel(self), index),
    "take_along_dim": _take_along_dim,
    "embedding": _embedding,
    "one_hot": _one_hot,
    "constant_pad_nd": _constant_pad,
    "pad": _pad,
    **{
        f"{mode}ion_pad{d}d" if mode != "replicate" else f"replication_pad{d}d": _edge_pad(mode)
        for mode in ("replicate", "reflect")
        for d in (1, 2, 3)
    },
    "unfold": _unfold,
    "im2col": _im2col,
}
