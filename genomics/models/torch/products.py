"""Matrix products and what is made of them."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp

from genomics.errors import InputError


def _linear(input, weight, bias=None):
    """`y = x weight^T + bias` on the last axis."""
    y = jnp.tensordot(input, weight, [[input.ndim - 1], [weight.ndim - 1]])
    return y if bias is None else y + bias


def _matmul(self, other):
    return _product(self, other)


def _product(a, b):
    """As `jnp.matmul`; leading axes that are all one leave the product plain, which keeps changes local."""
    if a.ndim > 2 and b.ndim > 2 and a.shape[:-2] == b.shape[:-2] == (1,) * (a.ndim - 2):
        y = jnp.matmul(jnp.reshape(a, a.shape[-2:]), jnp.reshape(b, b.shape[-2:]))
        return jnp.reshape(y, (*a.shape[:-2], *y.shape))
    return jnp.matmul(a, b)


def _addmm(self, mat1, mat2, *, beta: int | float = 1, alpha: int | float = 1):
    return _plus(self, jnp.matmul(mat1, mat2), beta, alpha)


def _addmv(self, mat, vec, *, beta: int | float = 1, alpha: int | float = 1):
    return _plus(self, jnp.matmul(mat, vec), beta, alpha)


def _baddbmm(self, batch1, batch2, *, beta: int | float = 1, alpha: int | float = 1):
    return _plus(self, _product(batch1, batch2), beta, alpha)


def _plus(self, product, beta: int | float, alpha: int | float):
    product = product if alpha == 1 else alpha * product
    return product if beta == 0 else product + (self if beta == 1 else beta * self)


def _einsum(equation: str, tensors: Sequence[Any], path=None):
    if not isinstance(equation, str) or not tensors:
        raise InputError("einsum must have an equation and tensors")
    return jnp.einsum(equation, *tensors, optimize="optimal" if len(tensors) > 2 else False)


def _tensordot(self, other, dims_self: Sequence[int], dims_other: Sequence[int]):
    return jnp.tensordot(self, other, [list(dims_self), list(dims_other)])


def _cdist(x1, x2, p: int | float = 2, compute_mode: int | None = None):
    """Distances of each row of one from each row of the other."""
    apart = jnp.expand_dims(x1, -2) - jnp.expand_dims(x2, -3)
    if p == 2:
        # The root's slope at a distance of nothing is infinite; there PyTorch's own is 0.
        square = jnp.sum(jnp.square(apart), axis=-1)
        return jnp.where(square > 0, jnp.sqrt(jnp.where(square > 0, square, 1)), 0)
    if p == 1:
        return jnp.sum(jnp.abs(apart), axis=-1)
    raise InputError(f"distances of order {p} are not read")


def _bilinear(input1, input2, weight, bias=None):
    """`y[k] = x1^T weight[k] x2 + bias[k]`."""
    y = jnp.einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else y + bias


def _trilinear(
    i1,
    i2,
    i3,
    expand1: Sequence[int],
    expand2: Sequence[int],
    expand3: Sequence[int],
    sumdim: Sequence[int],
    unroll_dim: int = 1,
):
    def spread(x, axes):
        for axis in sorted(axes):
            x = jnp.expand_dims(x, axis)
        return x

    y = spread(i1, expand1) * spread(i2, expand2) * spread(i3, expand3)
    return jnp.sum(y, axis=tuple(sumdim))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "linear": _linear,
    "matmul": _matmul,
    "mm": lambda self, mat2: jnp.matmul(self, mat2),
    "bmm": lambda self, mat2: _product(self, mat2),
    "mv": lambda self, vec: jnp.matmul(self, vec),
    "dot": lambda self, tensor: jnp.matmul(self, tensor),
    "vdot": lambda self, other: jnp.matmul(self, other),
    "outer": lambda self, vec2: self[:, None] * vec2,
    "addmm": _addmm,
    "addmv": _addmv,
    "baddbmm": _baddbmm,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "kron": lambda self, other: jnp.kron(self, other),
    "cdist": _cdist,
    "_cdist_forward": _cdist,
    "bilinear": _bilinear,
    "_trilinear": _trilinear,
}
