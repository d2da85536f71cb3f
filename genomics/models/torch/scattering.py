"""Tensors in which some numbers are replaced by others, or others are added to them."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from genomics.errors import InputError
from genomics.models.torch.elementwise import like
from genomics.models.torch.shape import axis_of


def _slice_scatter(self, src, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1):
    """A copy in which a slice is replaced."""
    axis = axis_of(dim, self.ndim)
    n = self.shape[axis]
    first, last, _ = slice(start, end).indices(n)
    count = max(0, -(-(last - first) // step))
    if not count:
        return self
    src = jnp.broadcast_to(like(src, self), (*self.shape[:axis], count, *self.shape[axis + 1 :]))
    if step == 1:
        before = lax.slice_in_dim(self, 0, first, axis=axis)
        after = lax.slice_in_dim(self, last, n, axis=axis)
        return jnp.concatenate([part for part in (before, src, after) if part.shape[axis]], axis)
    config = [(0, 0, 0)] * self.ndim
    config[axis] = (first, n - first - (count - 1) * step - 1, step - 1)
    spread = lax.pad(src, jnp.zeros((), src.dtype), config)
    replaced = np.zeros(n, np.bool_)
    replaced[first:last:step] = True
    return jnp.where(replaced.reshape((n, *[1] * (self.ndim - axis - 1))), spread, self)


def _select_scatter(self, src, dim: int, index: int):
    axis = axis_of(dim, self.ndim)
    index = index % self.shape[axis]
    return _slice_scatter(self, jnp.expand_dims(src, axis), axis, index, index + 1)


def _diagonal_scatter(self, src, offset: int = 0, dim1: int = 0, dim2: int = 1):
    axes = axis_of(dim1, self.ndim), axis_of(dim2, self.ndim)
    count = src.shape[-1]
    rows = np.arange(count) + max(0, -offset)
    moved = jnp.moveaxis(jnp.asarray(self), axes, (-2, -1))
    return jnp.moveaxis(moved.at[..., rows, rows + offset].set(src), (-2, -1), axes)


def _fill_diagonal(self, fill_value: int | float, wrap: bool = False):
    if self.ndim != 2 or wrap:
        raise InputError("a diagonal is filled of a matrix, without wrap")
    on = np.eye(*self.shape, dtype=np.bool_)
    return jnp.where(on, jnp.asarray(fill_value, self.dtype), self)


def _index_put(self, indices: Sequence[Any], values, accumulate: bool = False):
    if any(index is not None and index.dtype == jnp.bool_ for index in indices):
        if len(indices) == 1 and values.size == 1 and not accumulate:
            mask = jnp.reshape(indices[0], (*indices[0].shape, *[1] * (self.ndim - indices[0].ndim)))
            return jnp.where(mask, jnp.reshape(like(values, self), ()), self)
        raise InputError("several values are put at places that depend on the sequence")
    where = jnp.asarray(self).at[tuple(slice(None) if index is None else index for index in indices)]
    return where.add(values) if accumulate else where.set(values)


def _at(self, dim: int, index) -> Any:
    """The places that `scatter` names: `index` along an axis, its own places along the others."""
    axis = axis_of(dim, self.ndim)
    grid = list(np.indices(index.shape, sparse=True))
    grid[axis] = index
    return jnp.asarray(self).at[tuple(grid)]


def _scatter(self, dim: int, index, src, *, reduce: str | None = None):
    if reduce not in (None, "add", "multiply"):
        raise InputError(f"scatter with reduce={reduce!r} is not read")
    values = jnp.asarray(src)
    values = values[tuple(slice(n) for n in index.shape)] if values.ndim else values
    where = _at(self, dim, index)
    return where.set(values) if reduce is None else where.add(values) if reduce == "add" else where.multiply(values)


def _scatter_add(self, dim: int, index, src):
    return _scatter(self, dim, index, src, reduce="add")


def _along(self, dim: int, index) -> Any:
    axis = axis_of(dim, self.ndim)
    return jnp.asarray(self).at[(*[slice(None)] * axis, jnp.reshape(index, -1))]


def _index_add(self, dim: int, index, source, *, alpha: int | float = 1):
    return _along(self, dim, index).add(source if alpha == 1 else alpha * source)


def _index_copy(self, dim: int, index, source):
    return _along(self, dim, index).set(source)


def _index_fill(self, dim: int, index, value):
    return _along(self, dim, index).set(value)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "slice_scatter": _slice_scatter,
    "select_scatter": _select_scatter,
    "diagonal_scatter": _diagonal_scatter,
    "fill_diagonal": _fill_diagonal,
    "index_put": _index_put,
    "scatter.src": _scatter,
    "scatter.reduce": _scatter,
    "scatter.value": lambda self, dim, index, value: _scatter(self, dim, index, value),
    "scatter.value_reduce": lambda self, dim, index, value, *, reduce: _scatter(self, dim, index, value, reduce=reduce),
    "scatter_add": _scatter_add,
    "index_add": _index_add,
    "index_copy": _index_copy,
    "index_fill": _index_fill,
}
