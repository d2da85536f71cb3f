"""Nonlinearities, in the functions that the transformations of this project know."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genomics.errors import InputError


def _gelu(self, *, approximate: str = "none"):
    return jax.nn.gelu(self, approximate=approximate == "tanh")


def _leaky_relu(self, negative_slope: int | float = 0.01):
    return jax.nn.leaky_relu(self, negative_slope)


def _elu(self, alpha: int | float = 1, scale: int | float = 1, input_scale: int | float = 1):
    y = (
        jax.nn.elu(self, alpha)
        if input_scale == 1
        else jnp.where(self > 0, self, alpha * jnp.expm1(self * input_scale))
    )
    return y if scale == 1 else scale * y


def _celu(self, alpha: int | float = 1):
    return jax.nn.celu(self, alpha)


def _softplus(self, beta: int | float = 1, threshold: int | float = 20):
    """`log(1 + exp(beta x)) / beta`; above the threshold the line that it has become to within 3e-9."""
    y = jax.nn.softplus(self if beta == 1 else beta * self)
    y = y if beta == 1 else y / beta
    return y if threshold >= 20 else jnp.where(self * beta > threshold, self, y)


def _prelu(self, weight):
    """A slope for each channel, the second axis, or one for all."""
    shape = [1] * self.ndim
    if weight.size > 1:
        shape[1 if self.ndim > 1 else 0] = weight.size
    return jax.nn.relu(self) - jnp.reshape(weight, shape if weight.size > 1 else ()) * jax.nn.relu(-self)


def _threshold(self, threshold: int | float, value: int | float):
    """Of ReLU's form where both are 0."""
    return jax.nn.relu(self) if threshold == value == 0 else jnp.where(self > threshold, self, value)


def _hardtanh(self, min_val: int | float = -1, max_val: int | float = 1):
    return jax.nn.relu6(self) if (min_val, max_val) == (0, 6) else jnp.minimum(jnp.maximum(self, min_val), max_val)


def _hardshrink(self, lambd: int | float = 0.5):
    return jnp.where(jnp.abs(self) > lambd, self, 0)


def _softshrink(self, lambd: int | float = 0.5):
    return jax.nn.relu(self - lambd) - jax.nn.relu(-self - lambd)


def _softmax(self, dim: int, half_to_float: bool = False, dtype=None):
    return jax.nn.softmax(self, axis=dim)


def _safe_softmax(self, dim: int, dtype=None):
    """0 where a whole row is minus infinity (a query that may attend to nothing)."""
    masked = jnp.all(self == -jnp.inf, axis=dim, keepdims=True)
    return jnp.where(masked, 0, jax.nn.softmax(jnp.where(masked, 0, self), axis=dim))


def _masked_softmax(self, dim: int, parts: Sequence[Any]):
    """0 where a whole row is masked out. The scores are the sum of `parts`, if any: a constant one is the mask."""
    masks = [part for part in parts if isinstance(part, np.ndarray)]
    if parts and not masks:
        return _safe_softmax(self, dim)
    if not any((mask == -np.inf).all(axis=dim).any() for mask in masks if mask.ndim):
        return jax.nn.softmax(self, axis=dim)
    blind = functools.reduce(np.logical_or, ((mask == -np.inf).all(axis=dim, keepdims=True) for mask in masks))
    return jnp.where(blind, 0, jax.nn.softmax(jnp.where(blind, 0, self), axis=dim))


def _log_softmax(self, dim: int, half_to_float: bool = False, dtype=None):
    return jax.nn.log_softmax(self, axis=dim)


def _glu(self, dim: int = -1):
    a, b = jnp.split(self, 2, axis=dim)
    return a * jax.nn.sigmoid(b)


def _rrelu(self, lower: int | float = 0.125, upper: int | float = 1 / 3, training: bool = False, generator=None):
    if training:
        raise InputError("draws its slopes at random; model.eval() before export")
    return jax.nn.leaky_relu(self, (lower + upper) / 2)


def _rrelu_with_noise(
    self, noise, lower: int | float = 0.125, upper: int | float = 1 / 3, training: bool = False, generator=None
):
    return _rrelu(self, lower, upper, training), noise


def _plain(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda self: function(self)


OPERATIONS: dict[str, Callable[..., Any]] = {
    **{
        name: _plain(function)
        for name, function in {
            "relu": jax.nn.relu,
            "relu6": jax.nn.relu6,
            "silu": jax.nn.silu,
            "mish": jax.nn.mish,
            "selu": jax.nn.selu,
            "hardswish": jax.nn.hard_silu,
            "hardsigmoid": jax.nn.hard_sigmoid,
            "log_sigmoid": jax.nn.log_sigmoid,
            "softsign": jax.nn.soft_sign,
            "tanhshrink": lambda x: x - jnp.tanh(x),
        }.items()
    },
    "log_sigmoid_forward": lambda self: (jax.nn.log_sigmoid(self), None),
    "gelu": _gelu,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "celu": _celu,
    "softplus": _softplus,
    "prelu": _prelu,
    "_prelu_kernel": lambda self, weight: jax.nn.relu(self) - weight * jax.nn.relu(-self),
    "threshold": _threshold,
    "hardtanh": _hardtanh,
    "hardshrink": _hardshrink,
    "softshrink": _softshrink,
    "softmax": _softmax,
    "_softmax": _softmax,
    "_safe_softmax": _safe_softmax,
    "_masked_softmax": _masked_softmax,
    "log_softmax": _log_softmax,
    "_log_softmax": _log_softmax,
    "special_softmax": _softmax,
    "glu": _glu,
    "rrelu": _rrelu,
    "rrelu_with_noise_functional": _rrelu_with_noise,
}
