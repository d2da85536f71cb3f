"""Tensors made of nothing but numbers."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from genomics.models.torch.elementwise import kind_of, like

Sizes = Sequence[int]


def _kind(dtype, default: Any = jnp.float32) -> Any:
    """The element type asked for; floating-point numbers are float32 here, and become the sequence's later."""
    if dtype is None:
        return default
    kind = kind_of(dtype)
    return jnp.float32 if kind == jnp.floating else kind


def _of(value: Any) -> Any:
    """The element type that a plain number has."""
    return jnp.bool_ if isinstance(value, bool) else jnp.int32 if isinstance(value, int) else jnp.float32


def _full(size: Sizes, fill_value, *, dtype=None):
    return jnp.full(tuple(size), fill_value, _kind(dtype, _of(fill_value)))


def _filled(value: int | float) -> Callable[..., Any]:
    return lambda size, *, dtype=None: jnp.full(tuple(size), value, _kind(dtype))


def _full_like(self, fill_value, *, dtype=None):
    return jnp.full(self.shape, fill_value, _kind(dtype, self.dtype))


def _filled_like(value: int | float) -> Callable[..., Any]:
    return lambda self, *, dtype=None: jnp.full(self.shape, value, _kind(dtype, self.dtype))


def _new(value: int | float) -> Callable[..., Any]:
    return lambda self, size, *, dtype=None: jnp.full(tuple(size), value, _kind(dtype, self.dtype))


def _new_full(self, size: Sizes, fill_value, *, dtype=None):
    return jnp.full(tuple(size), fill_value, _kind(dtype, self.dtype))


def _arange(end, *, start=0, step=1, dtype=None):
    whole = all(isinstance(part, int) for part in (start, end, step))
    return jnp.arange(start, end, step, _kind(dtype, jnp.int32 if whole else jnp.float32))


def _arange_from(start, end, step=1, *, dtype=None):
    return _arange(end, start=start, step=step, dtype=dtype)


def _linspace(start, end, steps: int, *, dtype=None):
    return jnp.linspace(start, end, steps, dtype=_kind(dtype))


def _logspace(start, end, steps: int, base: int | float = 10.0, *, dtype=None):
    return jnp.power(base, jnp.linspace(start, end, steps, dtype=jnp.float32)).astype(_kind(dtype))


def _window(level: float, depth: float) -> Callable[..., Any]:
    """`level - depth cos(2 pi i / n)`, of n places; the last as the first where it is not periodic."""

    def window(window_length: int, periodic: bool = True, *, dtype=None):
        whole = window_length if periodic else max(1, window_length - 1)
        return jnp.asarray(level - depth * np.cos(2 * np.pi * np.arange(window_length) / whole), _kind(dtype))

    return window


def _eye(n: int, m: int | None = None, *, dtype=None):
    return jnp.eye(n, m, dtype=_kind(dtype))


def _triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, diagonal=0: function(self, diagonal)


def _triangle_places(places: Callable[..., Any]) -> Callable[..., Any]:
    """(2, count): rows and columns."""
    return lambda row, col, offset=0, *, dtype=None: jnp.asarray(np.stack(places(row, offset, col)), jnp.int32)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "full": _full,
    "zeros": _filled(0),
    "ones": _filled(1),
    "empty": _filled(0),
    "empty_permuted": lambda size, physical_layout, *, dtype=None: jnp.zeros(tuple(size), _kind(dtype)),
    "full_like": _full_like,
    "zeros_like": _filled_like(0),
    "ones_like": _filled_like(1),
    "empty_like": _filled_like(0),
    "new_zeros": _new(0),
    "new_ones": _new(1),
    "new_empty": _new(0),
    "new_full": _new_full,
    "fill": lambda self, value: jnp.full(self.shape, value, self.dtype),
    "zero": lambda self: jnp.zeros(self.shape, self.dtype),
    "copy": lambda self, src: jnp.broadcast_to(like(src, self), self.shape),
    "arange": lambda end, *, dtype=None: _arange(end, dtype=dtype),
    "arange.start": _arange_from,
    "arange.start_step": _arange_from,
    "linspace": _linspace,
    "meshgrid": lambda tensors, indexing="ij": (tuple(jnp.meshgrid(*tensors, indexing=indexing)),),
    "logspace": _logspace,
    "hann_window": _window(0.5, 0.5),
    "hamming_window": _window(0.54, 0.46),
    "eye": _eye,
    "scalar_tensor": lambda s, *, dtype=None: jnp.asarray(s, _kind(dtype)),
    "tril": _triangle(jnp.tril),
    "triu": _triangle(jnp.triu),
    "tril_indices": _triangle_places(np.tril_indices),
    "triu_indices": _triangle_places(np.triu_indices),
}
