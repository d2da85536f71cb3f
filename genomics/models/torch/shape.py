"""Operations that move numbers and change none."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from genomics.errors import InputError

Sizes = Sequence[int]


def _view(self, size: Sizes):
    return jnp.reshape(self, _filled(self.size, size))


def _filled(count: int, sizes: Sizes) -> tuple[int, ...]:
    """Sizes with the one that is -1 worked out."""
    known = math.prod(n for n in sizes if n != -1)
    if list(sizes).count(-1) > 1 or (-1 in sizes and (known == 0 or count % known)):
        raise InputError(f"{count} numbers do not fit sizes {tuple(sizes)}")
    return tuple(count // known if n == -1 else n for n in sizes)


def _flatten(self, start_dim: int = 0, end_dim: int = -1):
    if self.ndim == 0:
        return jnp.reshape(self, (1,))
    first, last = axis_of(start_dim, self.ndim), axis_of(end_dim, self.ndim)
    return jnp.reshape(self, (*self.shape[:first], math.prod(self.shape[first : last + 1]), *self.shape[last + 1 :]))


def _unflatten(self, dim: int, sizes: Sizes):
    axis = axis_of(dim, self.ndim)
    return jnp.reshape(self, (*self.shape[:axis], *_filled(self.shape[axis], sizes), *self.shape[axis + 1 :]))


def _squeeze(self, dim: int | Sizes | None = None):
    """PyTorch leaves an axis that is not one."""
    axes = range(self.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    gone = {axis_of(axis, max(1, self.ndim)) for axis in axes}
    gone = tuple(sorted(axis for axis in gone if axis < self.ndim and self.shape[axis] == 1))
    return lax.squeeze(self, gone) if gone else self


def _unsqueeze(self, dim: int):
    return jnp.expand_dims(self, axis_of(dim, self.ndim + 1))


def _transpose(self, dim0: int, dim1: int):
    return jnp.swapaxes(self, dim0, dim1) if self.ndim else self


def _permute(self, dims: Sizes):
    return jnp.transpose(self, tuple(dims))


def _movedim(self, source: int | Sizes, destination: int | Sizes):
    return jnp.moveaxis(self, source, destination)


def _expand(self, size: Sizes, *, implicit: bool = False):
    lead = len(size) - self.ndim
    sizes = tuple(self.shape[i - lead] if n == -1 and i >= lead else n for i, n in enumerate(size))
    return jnp.broadcast_to(self, sizes)


def _repeat(self, repeats: Sizes):
    """Copies laid side by side along each axis."""
    x = jnp.reshape(self, (*[1] * (len(repeats) - self.ndim), *self.shape))
    return x if all(n == 1 for n in repeats) else jnp.tile(x, tuple(repeats))


def _repeat_interleave(self, repeats: int, dim: int | None = None, *, output_size=None):
    if not isinstance(repeats, int):
        raise InputError("repeats must be one whole number")
    x, axis = (jnp.ravel(self), 0) if dim is None else (self, axis_of(dim, self.ndim))
    spread = jnp.broadcast_to(jnp.expand_dims(x, axis + 1), (*x.shape[: axis + 1], repeats, *x.shape[axis + 1 :]))
    return jnp.reshape(spread, (*x.shape[:axis], x.shape[axis] * repeats, *x.shape[axis + 1 :]))


def _cat(tensors: Sequence[Any], dim: int = 0):
    # An empty vector may stand in a list of anything.
    parts = [part for part in tensors if part.shape != (0,)] or list(tensors)
    return jnp.concatenate(parts, axis=dim) if len(parts) > 1 else parts[0]


def _stack(tensors: Sequence[Any], dim: int = 0):
    return jnp.stack(tensors, axis=dim)


def _split(self, split_size: int, dim: int = 0):
    axis = axis_of(dim, self.ndim)
    n = self.shape[axis]
    return _pieces(self, [min(split_size, n - start) for start in range(0, max(n, 1), max(split_size, 1))], axis)


def _split_with_sizes(self, split_sizes: Sizes, dim: int = 0):
    return _pieces(self, split_sizes, axis_of(dim, self.ndim))


def _chunk(self, chunks: int, dim: int = 0):
    n = self.shape[axis_of(dim, self.ndim)]
    return _split(self, max(1, -(-n // chunks)), dim)


def _tensor_split(self, sections: int, dim: int = 0):
    axis = axis_of(dim, self.ndim)
    size, more = divmod(self.shape[axis], sections)
    return _pieces(self, [size + (i < more) for i in range(sections)], axis)


def _split_at(self, indices: Sizes, dim: int = 0):
    axis = axis_of(dim, self.ndim)
    ends = [*(slice(None, end).indices(self.shape[axis])[1] for end in indices), self.shape[axis]]
    starts = [0, *ends[:-1]]
    return (tuple(lax.slice_in_dim(self, a, max(a, b), axis=axis) for a, b in zip(starts, ends, strict=True)),)


def _split_along(axis: int, pieces: str) -> Callable[..., Any]:
    """`hsplit` and its kin: into equal parts, or at places."""
    if pieces == "sections":
        return lambda self, sections: _tensor_split(self, sections, axis if self.ndim > 1 else 0)
    return lambda self, indices: _split_at(self, indices, axis if self.ndim > 1 else 0)


def _pieces(x, sizes: Sizes, axis: int):
    if sum(sizes) != x.shape[axis]:
        raise InputError(f"pieces of {tuple(sizes)} do not make up an axis of {x.shape[axis]}")
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    pieces = (lax.slice_in_dim(x, start, start + n, axis=axis) for start, n in zip(starts, sizes, strict=True))
    return (tuple(pieces),)


def _unbind(self, dim: int = 0):
    axis = axis_of(dim, self.ndim)
    return (tuple(lax.index_in_dim(self, i, axis, keepdims=False) for i in range(self.shape[axis])),)


def _flip(self, dims: Sizes):
    return lax.rev(self, tuple(axis_of(axis, self.ndim) for axis in dims))


def _roll(self, shifts: int | Sizes, dims: int | Sizes = ()):
    if dims in ((), []):
        shift = shifts if isinstance(shifts, int) else shifts[0]
        return jnp.reshape(_rolled(jnp.ravel(self), shift, 0), self.shape)
    y = self
    moves = zip(*([each] if isinstance(each, int) else each for each in (shifts, dims)), strict=True)
    for shift, axis in moves:
        y = _rolled(y, shift, axis_of(axis, self.ndim))
    return y


def _rolled(x, shift: int, axis: int):
    n = x.shape[axis]
    cut = -shift % n if n else 0
    if not cut:
        return x
    parts = [lax.slice_in_dim(x, cut, n, axis=axis), lax.slice_in_dim(x, 0, cut, axis=axis)]
    return jnp.concatenate(parts, axis=axis)


def _pixel_shuffle(self, upscale_factor: int):
    """(..., C r r, H, W) -> (..., C, H r, W r)."""
    *lead, channels, height, width = self.shape
    r = upscale_factor
    x = jnp.reshape(self, (*lead, channels // (r * r), r, r, height, width))
    x = jnp.moveaxis(x, (-4, -3), (-3, -1))
    return jnp.reshape(x, (*lead, channels // (r * r), height * r, width * r))


def _pixel_unshuffle(self, downscale_factor: int):
    """(..., C, H r, W r) -> (..., C r r, H, W)."""
    *lead, channels, height, width = self.shape
    r = downscale_factor
    x = jnp.reshape(self, (*lead, channels, height // r, r, width // r, r))
    x = jnp.moveaxis(x, (-3, -1), (-4, -3))
    return jnp.reshape(x, (*lead, channels * r * r, height // r, width // r))


def _channel_shuffle(self, groups: int):
    n, channels, *rest = self.shape
    x = jnp.swapaxes(jnp.reshape(self, (n, groups, channels // groups, *rest)), 1, 2)
    return jnp.reshape(x, self.shape)


def _diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1):
    return jnp.diagonal(self, offset, dim1, dim2)


def _rot90(self, k: int = 1, dims: Sizes = (0, 1)):
    return jnp.rot90(self, k, (dims[0], dims[1]))


def axis_of(dim: int, ndim: int) -> int:
    """An axis counted from the front.

    Raises:
      InputError: there is no such axis.
    """
    if not -ndim <= dim < ndim:
        raise InputError(f"names axis {dim} of a tensor with {ndim}")
    return dim % ndim


OPERATIONS: dict[str, Callable[..., Any]] = {
    "view": _view,
    "_unsafe_view": _view,
    "reshape": lambda self, shape: _view(self, shape),
    "_reshape_alias": lambda self, size, stride: _view(self, size),
    "_reshape_copy": _view,
    "view_copy": _view,
    "view_as": lambda self, other: jnp.reshape(self, other.shape),
    "reshape_as": lambda self, other: jnp.reshape(self, other.shape),
    "flatten": _flatten,
    "unflatten": _unflatten,
    "ravel": lambda self: jnp.ravel(self),
    "squeeze": _squeeze,
    "unsqueeze": _unsqueeze,
    "transpose": _transpose,
    "swapaxes": lambda self, axis0, axis1: _transpose(self, axis0, axis1),
    "swapdims": _transpose,
    "permute": _permute,
    "movedim": _movedim,
    "moveaxis": _movedim,
    "t": lambda self: jnp.transpose(self),
    "numpy_T": lambda self: jnp.transpose(self),
    "mT": lambda self: jnp.swapaxes(self, -1, -2),
    "matrix_H": lambda self: jnp.swapaxes(self, -1, -2),
    "adjoint": lambda self: jnp.swapaxes(self, -1, -2),
    "expand": _expand,
    "expand_copy": _expand,
    "expand_as": lambda self, other: jnp.broadcast_to(self, other.shape),
    "broadcast_to": lambda self, size: _expand(self, size),
    "broadcast_tensors": lambda tensors: (tuple(jnp.broadcast_arrays(*tensors)),),
    "repeat": _repeat,
    "tile": lambda self, dims: _repeat(self, [*[1] * (self.ndim - len(dims)), *dims]),
    "repeat_interleave.self_int": _repeat_interleave,
    "cat": _cat,
    "concat": _cat,
    "concatenate": _cat,
    "stack": _stack,
    "hstack": lambda tensors: jnp.hstack(tensors),
    "vstack": lambda tensors: jnp.vstack(tensors),
    "split": _split,
    "split.sizes": lambda self, split_size, dim=0: _split_with_sizes(self, split_size, dim),
    "split_with_sizes": _split_with_sizes,
    "chunk": _chunk,
    "tensor_split.sections": _tensor_split,
    "tensor_split.indices": _split_at,
    **{
        f"{name}.{overload}": _split_along(axis, pieces)
        for name, axis in (("hsplit", 1), ("vsplit", 0), ("dsplit", 2))
        for overload, pieces in (("int", "sections"), ("array", "indices"))
    },
    "unbind": _unbind,
    "flip": _flip,
    "roll": _roll,
    "rot90": _rot90,
    "pixel_shuffle": _pixel_shuffle,
    "pixel_unshuffle": _pixel_unshuffle,
    "channel_shuffle": _channel_shuffle,
    "diagonal": _diagonal,
    "clone": lambda self: self,
    "contiguous": lambda self: self,
    "alias": lambda self: self,
    "detach": lambda self: self,
    "lift": lambda self: self,
    "lift_fresh": lambda self: self,
    "lift_fresh_copy": lambda self: self,
    "positive": lambda self: self,
}
