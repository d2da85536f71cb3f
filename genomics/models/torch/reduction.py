"""Sums, means, extremes and orders along axes."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from genomics.errors import InputError
from genomics.models.torch.shape import axis_of

Axes = int | Sequence[int] | None


def _axes(dim: Axes) -> int | tuple[int, ...] | None:
    """No axes named are all of them."""
    return dim if isinstance(dim, int) or dim is None else tuple(dim) or None


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(self, dim: Axes = None, keepdim: bool = False, *, dtype=None):
        return function(self, axis=_axes(dim), keepdims=keepdim)

    return reduce


def _counted(self, dim: Axes = None, keepdim: bool = False, *, dtype=None):
    """A sum; of truth values and whole numbers as a whole number."""
    array = jnp.asarray(self)
    array = array.astype(jnp.int32) if array.dtype == jnp.bool_ else array
    return jnp.sum(array, axis=_axes(dim), keepdims=keepdim)


def _variance(self, dim: Axes = None, keepdim: bool = False, *, correction: int | float | None = 1):
    axes = _axes(dim)
    centred = self - jnp.mean(self, axis=axes, keepdims=True)
    total = jnp.sum(jnp.square(centred), axis=axes, keepdims=keepdim)
    return total / max(0.0, self.size / max(1, total.size) - (1 if correction is None else correction))


def _unbiased(self, unbiased: bool = True):
    return _variance(self, correction=1 if unbiased else 0)


def _variance_by_flag(self, dim: Axes, unbiased: bool = True, keepdim: bool = False):
    return _variance(self, dim, keepdim, correction=1 if unbiased else 0)


def _with_mean(spread: Callable[..., Any]) -> Callable[..., Any]:
    """(variance or its root, mean), with the arguments of each of the overloads."""

    def with_mean(self, dim: Any = None, unbiased: bool = True, keepdim: bool = False, *, correction: Any = 1):
        axes, correction = (None, int(dim)) if isinstance(dim, bool) else (dim, correction if unbiased else 0)
        mean = jnp.mean(self, axis=_axes(axes), keepdims=keepdim)
        return spread(_variance(self, axes, keepdim, correction=correction)), mean

    return with_mean


def _aminmax(self, *, dim: int | None = None, keepdim: bool = False):
    return jnp.min(self, axis=dim, keepdims=keepdim), jnp.max(self, axis=dim, keepdims=keepdim)


def _root(function: Callable[..., Any]) -> Callable[..., Any]:
    if function is _variance:
        return lambda self, dim=None, keepdim=False, *, correction=1: jnp.sqrt(
            _variance(self, dim, keepdim, correction=correction)
        )
    if function is _unbiased:
        return lambda self, unbiased=True: jnp.sqrt(_unbiased(self, unbiased))
    return lambda self, dim, unbiased=True, keepdim=False: jnp.sqrt(_variance_by_flag(self, dim, unbiased, keepdim))


def _norm(self, ord: Any = 2, dim: Axes = None, keepdim: bool = False, *, dtype=None):
    axes = _axes(dim)
    order = 2.0 if ord is None else ord
    if not isinstance(order, int | float):
        raise InputError(f"a norm of order {order!r} is not read")
    if order == 2:
        return jnp.sqrt(jnp.sum(jnp.square(self), axis=axes, keepdims=keepdim))
    size = jnp.abs(self)
    if order == jnp.inf:
        return jnp.max(size, axis=axes, keepdims=keepdim)
    if order == -jnp.inf:
        return jnp.min(size, axis=axes, keepdims=keepdim)
    if order == 0:
        return jnp.sum((size != 0).astype(size.dtype), axis=axes, keepdims=keepdim)
    if order == 1:
        return jnp.sum(size, axis=axes, keepdims=keepdim)
    return jnp.sum(size**order, axis=axes, keepdims=keepdim) ** (1 / order)


def _p_norm(self, p: Any = 2, dim: Axes = None, keepdim: bool = False, *, dtype=None):
    return _norm(self, p, dim, keepdim)


def _cosine_similarity(x1, x2, dim: int = 1, eps: int | float = 1e-8):
    a, b = (x / jnp.maximum(_norm(x, 2, dim, True), eps) for x in (x1, x2))
    return jnp.sum(a * b, axis=dim)


def _pairwise_distance(x1, x2, p: int | float = 2, eps: int | float = 1e-6, keepdim: bool = False):
    return _norm(x1 - x2 + eps, p, -1, keepdim)


def _logsumexp(self, dim: Axes, keepdim: bool = False):
    return jax.nn.logsumexp(self, axis=_axes(dim), keepdims=keepdim)


def _extreme(value: Callable[..., Any], place: Callable[..., Any]) -> Callable[..., Any]:
    """The extremes along an axis and their places."""

    def extreme(self, dim: int, keepdim: bool = False):
        return value(self, axis=dim, keepdims=keepdim), place(self, axis=dim, keepdims=keepdim)

    return extreme


def _cumulative_extreme(cumulate: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, dim: (cumulate(self, axis_of(dim, self.ndim)), None)


def _sort(self, dim: int = -1, descending: bool = False, *, stable: bool | None = None):
    axis = axis_of(dim, self.ndim)
    values = jnp.sort(self, axis=axis, descending=descending)
    return values, jnp.argsort(self, axis=axis, descending=descending, stable=True)


def _argsort(self, dim: int = -1, descending: bool = False, *, stable: bool | None = None):
    return jnp.argsort(self, axis=dim, descending=descending, stable=True)


def _topk(self, k: int, dim: int = -1, largest: bool = True, sorted: bool = True):
    values, places = lax.top_k(jnp.moveaxis(self if largest else -self, dim, -1), k)
    values = jnp.moveaxis(values, -1, dim)
    return values if largest else -values, jnp.moveaxis(places, -1, dim)


def _median(self, dim: int = -1, keepdim: bool = False):
    """The lower of two middles."""
    axis = axis_of(dim, self.ndim)
    middle = lax.index_in_dim(jnp.sort(self, axis=axis), (self.shape[axis] - 1) // 2, axis, keepdims=keepdim)
    return middle, None


def _kthvalue(self, k: int, dim: int = -1, keepdim: bool = False):
    """The k-th smallest."""
    axis = axis_of(dim, self.ndim)
    if not 1 <= k <= self.shape[axis]:
        raise InputError(f"the number {k} of an axis of {self.shape[axis]}")
    return lax.index_in_dim(jnp.sort(self, axis=axis), k - 1, axis, keepdims=keepdim), None


def _quantile(self, q, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"):
    return jnp.quantile(self, q, axis=dim, keepdims=keepdim, method=interpolation)


def _diff(self, n: int = 1, dim: int = -1, prepend=None, append=None):
    axis = axis_of(dim, self.ndim)
    parts = [part for part in (prepend, self, append) if part is not None]
    y = parts[0] if len(parts) == 1 else jnp.concatenate(parts, axis)
    for _ in range(n):
        length = y.shape[axis]
        y = lax.slice_in_dim(y, 1, length, axis=axis) - lax.slice_in_dim(y, 0, length - 1, axis=axis)
    return y


def _trapezoid(y, *, dx: int | float = 1, dim: int = -1):
    """By straight lines between places `dx` apart."""
    axis = axis_of(dim, y.ndim)
    n = y.shape[axis]
    pairs = lax.slice_in_dim(y, 1, n, axis=axis) + lax.slice_in_dim(y, 0, n - 1, axis=axis)
    return jnp.sum(pairs, axis=axis) * (dx / 2)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "sum": _counted,
    "mean": _reduced(jnp.mean),
    "prod": _reduced(jnp.prod),
    "amax": _reduced(jnp.max),
    "amin": _reduced(jnp.min),
    "max": _reduced(jnp.max),
    "min": _reduced(jnp.min),
    "any": _reduced(jnp.any),
    "all": _reduced(jnp.all),
    "argmax": _reduced(jnp.argmax),
    "argmin": _reduced(jnp.argmin),
    "count_nonzero": lambda self, dim=None: jnp.count_nonzero(self, axis=_axes(dim)),
    "max.dim": _extreme(jnp.max, jnp.argmax),
    "min.dim": _extreme(jnp.min, jnp.argmin),
    "var": _unbiased,
    "var.dim": _variance_by_flag,
    "var.correction": _variance,
    "std": _root(_unbiased),
    "std.dim": _root(_variance_by_flag),
    "std.correction": _root(_variance),
    "var_mean": _with_mean(lambda variance: variance),
    "std_mean": _with_mean(jnp.sqrt),
    "aminmax": _aminmax,
    "cosine_similarity": _cosine_similarity,
    "pairwise_distance": _pairwise_distance,
    "logsumexp": _logsumexp,
    "linalg_vector_norm": _norm,
    "linalg_norm": _norm,
    "norm": _p_norm,
    "frobenius_norm": lambda self, dim, keepdim=False: _norm(self, 2, dim, keepdim),
    "cumsum": lambda self, dim, *, dtype=None: jnp.cumsum(self, axis=dim),
    "cumprod": lambda self, dim, *, dtype=None: jnp.cumprod(self, axis=dim),
    "logcumsumexp": lambda self, dim: lax.cumlogsumexp(self, axis_of(dim, self.ndim)),
    "cummax": _cumulative_extreme(lax.cummax),
    "cummin": _cumulative_extreme(lax.cummin),
    "sort": _sort,
    "argsort": _argsort,
    "topk": _topk,
    "kthvalue": _kthvalue,
    "quantile": _quantile,
    "diff": _diff,
    "trapezoid.dx": _trapezoid,
    "median.dim": _median,
    "median": lambda self: _median(jnp.ravel(self))[0],
}
