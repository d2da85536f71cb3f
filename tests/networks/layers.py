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


def _of_holes(h: Array, width: int, stride: int, dilation: int) -> Array:
    return lax.reduce_window(h, -jnp.inf, lax.max, (width, 1), (stride, 1), "VALID", window_dilation=(dilation, 1))


@contextlib.contextmanager
def hooked(
    *,
    convolution: Callable[[Array], Array] | None = None,
    activation: Callable[[Function, Array], Array] | None = None,
    pool_with_holes: Callable[[Array, int, int, int], Array] | None = None,
) -> Iterator[None]:
    """For a while, what convolutions give goes through `convolution`; activations and pools with holes are called so.

    JAX remembers what a function did when it was traced: inside, call a function that it has not seen yet.
    """
    global _of_convolution, _of_activation, _of_holes
    before = _of_convolution, _of_activation, _of_holes
    _of_convolution, _of_activation = convolution or _of_convolution, activation or _of_activation
    _of_holes = pool_with_holes or _of_holes
    try:
        yield
    finally:
        _of_convolution, _of_activation, _of_holes = before


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
    out = lax.conv_general_dilated(
        h[None], weighted(h, width, h.shape[1] // groups, features, seed=seed), (stride,), padding,
        rhs_dilation=(dilation,), feature_group_count=groups, dimension_numbers=("NWC", "WIO", "NWC"),
    )  # fmt: skip
    return _of_convolution(out[0] + 0.5 * weighted(h, features, seed=1 + seed) + 0.3)


def dense(h: Array, outputs: int, seed=0) -> Array:
    """All of `h` times weights, plus a bias."""
    return h.reshape(-1) @ weighted(h, h.size, outputs, seed=seed) + weighted(h, outputs, seed=2 + seed)


def head(h: Array, tasks: int = 2) -> Array:
    """Two dense layers; few of the hidden units are idle."""
    return dense(relu(dense(h, 8) + 0.5), tasks)


def max_pool(h: Array, width: int, stride: int | None = None, padding="VALID") -> Array:
    """Along the first axis."""
    return lax.reduce_window(h, -jnp.inf, lax.max, (width, 1), (stride or width, 1), padding)


def pool_with_holes(h: Array, width: int, stride: int, dilation: int) -> Array:
    """A VALID max pool along the first axis that leaves out columns between those that it reads."""
    return _of_holes(h, width, stride, dilation)


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


def activation(function: Function) -> Function:
    """A function of one value that `hooked` may replace."""
    return functools.wraps(function)(lambda h: _of_activation(function, h))


#: Whose gradients guided backpropagation changes.
RECTIFIERS = (jax.nn.relu, jax.nn.silu, jax.nn.gelu, jax.nn.elu, jax.nn.softplus, jax.nn.leaky_relu)
relu, silu, gelu, elu, softplus, leaky_relu = map(activation, RECTIFIERS)


def is_rectifier(function: Function) -> bool:
    """Whether guided backpropagation changes its gradient."""
    return function in RECTIFIERS or getattr(function, "is_rectifier", False)


def clip(h: Array, low: float, high: float) -> Array:
    """Between two bounds: one activation, which holds a rectifier."""

    def at_least(z):
        return jnp.maximum(z, low)

    at_least.is_rectifier = True
    return activation(lambda z: jnp.minimum(activation(at_least)(z), high))(h)


tanh, sigmoid, exp, square, sin = map(activation, (jnp.tanh, jax.nn.sigmoid, jnp.exp, jnp.square, jnp.sin))
