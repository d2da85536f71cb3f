"""What the networks are built from: plain JAX, with weights that are the same in every process.

Convolutions and activations go through `hooked`, so that a test can look at a layer, or change an activation's
gradient, by hand: without reading the network's program, as the code under test does.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

#: Positions of a sequence, where a network does not say otherwise.
LENGTH = 26

Function = Callable[[Array], Array]

_of_convolution: Callable[[Array], Array] = lambda h: h  # noqa: E731
_of_activation: Callable[[Function, Array], Array] = lambda function, z: function(z)  # noqa: E731


@contextlib.contextmanager
def hooked(
    *, convolution: Callable[[Array], Array] | None = None, activation: Callable[[Function, Array], Array] | None = None
) -> Iterator[None]:
    """For a while, what convolutions give goes through `convolution`, and activations are called by `activation`.

    JAX remembers what a function did when it was traced: inside, call a function that it has not seen yet.
    """
    global _of_convolution, _of_activation
    before = _of_convolution, _of_activation
    _of_convolution, _of_activation = convolution or _of_convolution, activation or _of_activation
    try:
        yield
    finally:
        _of_convolution, _of_activation = before


@functools.cache
def weights(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal random numbers of variance 1 / inputs; others for every shape and seed."""
    fans = np.prod(shape[:-1]) if len(shape) > 1 else 4
    return np.random.default_rng([seed, *shape]).normal(size=shape) / np.sqrt(fans)


def weighted(h: Array, *shape: int, seed: int = 0) -> Array:
    """`weights` in the precision of `h`."""
    return jnp.asarray(weights(*shape, seed=seed), h.dtype)


def convolve(h: Array, kernel: Array, stride=(1,), padding="VALID", **options) -> Array:
    """`lax.conv_general_dilated`, seen by `hooked`."""
    return _of_convolution(lax.conv_general_dilated(h, kernel, stride, padding, **options))


def conv(h: Array, width: int, features: int, *, stride=1, padding="VALID", dilation=1, groups=1, seed=0) -> Array:
    """(L, C) -> (M, features), with a bias; few of the rectified units are idle."""
    out = convolve(
        h[None], weighted(h, width, h.shape[1] // groups, features, seed=seed), (stride,), padding,
        rhs_dilation=(dilation,), feature_group_count=groups, dimension_numbers=("NWC", "WIO", "NWC"),
    )  # fmt: skip
    return out[0] + 0.5 * weighted(h, features, seed=1 + seed) + 0.3


def dense(h: Array, outputs: int, seed=0) -> Array:
    """All of `h` times weights, plus a bias."""
    return h.reshape(-1) @ weighted(h, h.size, outputs, seed=seed) + weighted(h, outputs, seed=2 + seed)


def head(h: Array, tasks: int = 2) -> Array:
    """Two dense layers; few of the hidden units are idle."""
    return dense(relu(dense(h, 8) + 0.5), tasks)


def max_pool(h: Array, width: int, stride: int | None = None, padding="VALID", dilation=1) -> Array:
    """Along the first axis."""
    return lax.reduce_window(
        h, -jnp.inf, lax.max, (width, 1), (stride or width, 1), padding, window_dilation=(dilation, 1)
    )


def min_pool(h: Array, width: int, stride: int | None = None, padding="VALID") -> Array:
    """Along the first axis."""
    return lax.reduce_window(h, jnp.inf, lax.min, (width, 1), (stride or width, 1), padding)


def mean_pool(h: Array, width: int, stride: int | None = None, padding="VALID") -> Array:
    """Along the first axis; padding does not count."""
    total = lambda v: lax.reduce_window(v, 0.0, lax.add, (width, 1), (stride or width, 1), padding)  # noqa: E731
    return total(h) / total(jnp.ones_like(h))


def batch_norm(h: Array) -> Array:
    """At inference: a constant factor and summand for each channel."""
    mean, variance = weighted(h, h.shape[-1], seed=3), jnp.square(weighted(h, h.shape[-1], seed=4)) + 0.1
    return (h - mean) * lax.rsqrt(variance) * weighted(h, h.shape[-1], seed=5) + 0.2


def standardised(h: Array, axis: int | tuple[int, ...]) -> Array:
    """Mean 0 and variance 1 along `axis`."""
    centred = h - h.mean(axis, keepdims=True)
    return centred * lax.rsqrt(jnp.square(centred).mean(axis, keepdims=True) + 1e-3)


def _activation(function: Function) -> Function:
    return functools.wraps(function)(lambda h: _of_activation(function, h))


relu, tanh, sigmoid, silu = map(_activation, (jax.nn.relu, jnp.tanh, jax.nn.sigmoid, jax.nn.silu))
gelu, elu, softplus, leaky_relu = map(_activation, (jax.nn.gelu, jax.nn.elu, jax.nn.softplus, jax.nn.leaky_relu))
exp, square, sin = map(_activation, (jnp.exp, jnp.square, jnp.sin))
