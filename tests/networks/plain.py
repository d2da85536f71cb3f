"""The plain way of everything: short, slow, and without a line of the package under test."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tests.networks.layers import hooked, is_rectifier

#: Compiling is most of the time of these checks, running next to none.
QUICK_TO_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def compiled(function):
    """`jax.jit`, quick to compile; always of a function that JAX has not seen yet."""
    return jax.jit(lambda *arguments: function(*arguments), compiler_options=QUICK_TO_COMPILE)


@contextlib.contextmanager
def exactly():
    """Double precision, so that nothing but an error makes a difference."""
    with jax.enable_x64(True), jax.default_matmul_precision("highest"):
        yield


def sequence(length: int, seed: int = 0, unknown: int | None = None):
    """(L, 4) random one-hot; with an N, a row of zeros, at one position."""
    x = np.eye(4)[np.random.default_rng(seed).integers(0, 4, length)]
    if unknown is not None:
        x[unknown] = 0
    return jnp.asarray(x)


def mutants(x):
    """(L, 4, L, 4): every position with every base put in."""
    return jax.vmap(lambda place: jax.vmap(lambda base: x.at[place].set(base))(jnp.eye(4)))(jnp.arange(len(x)))


def ism(predict, x):
    """(T, L, 4): f(x with base a at l) - f(x); NaN at an N."""
    everything = jnp.concatenate([x[None], mutants(x).reshape(-1, *x.shape)])
    logits = jax.vmap(predict)(everything)
    effects = (logits[1:] - logits[0]).reshape(len(x), 4, -1)
    known = (x != 0).any(-1)[:, None, None]
    return jnp.moveaxis(jnp.where(known, effects, jnp.nan), -1, 0)


def gradients(predict, x):
    """(T, L, 4), by JAX."""
    return jax.jacrev(without_holes(predict))(x)


def without_holes(predict):
    """The network with pools with holes, which have no gradient in JAX, written as slices."""

    def network(x):
        with hooked(pool_with_holes=_by_slices):
            return predict(x)

    return network


def _by_slices(h, width, stride, dilation):
    """A maximum of slices, one for each place in the window."""
    reach = (width - 1) * dilation
    return jnp.stack([h[k * dilation : len(h) - reach + k * dilation : stride] for k in range(width)]).max(0)


def _with_activations(predict, replaced):
    """`predict` with `replaced(function, z)` in the place of every activation `function(z)`."""

    def network(x):
        with hooked(activation=lambda function, z: replaced(getattr(function, "body", function), z)):
            return predict(x)

    return network


@jax.custom_vjp
def _positive(y):
    """`y`; only positive gradients come back."""
    return y


_positive.defvjp(lambda y: (y, None), lambda _, g: (jnp.maximum(g, 0),))


def guided(predict):
    """`predict` whose rectifiers pass back the positive part of a gradient, times their slope."""
    return _with_activations(predict, lambda f, z: _positive(f(z)) if is_rectifier(f) else f(z))


def deconvnet(predict):
    """`predict` whose rectifiers pass back the positive part of a gradient, whatever their slope."""

    def passed(f, z):
        return _positive(lax.stop_gradient(f(z)) + z - lax.stop_gradient(z))

    return _with_activations(predict, lambda f, z: passed(f, z) if is_rectifier(f) else f(z))


def through_zero(predict):
    """`predict` whose activations f have the slope f(z) / z: of a line through zero and their value."""

    def line(f, z):
        y = lax.stop_gradient(f(z))
        return jnp.where(z == 0, y + z, z * (y / lax.stop_gradient(jnp.where(z == 0, 1, z))))

    return _with_activations(predict, line)


def scanned(predict, codes, length):
    """(C, T) logits of all windows, and (T, 3, C): their centre replaced by itself + 1, + 2, + 3 modulo 4."""
    logits = jax.vmap(jax.vmap(predict))(of_scan(codes, length))
    return logits[0], (logits[1:] - logits[0]).transpose(2, 0, 1)


def of_scan(codes, length):
    """(4, C, L, 4): all windows of a long sequence as they are, then with other bases in their centres."""
    here = jnp.stack([codes[start : start + length] for start in range(len(codes) - length + 1)])
    centre = here[:, length // 2]
    after = [here.at[:, length // 2].set((centre + k) % 4) for k in (1, 2, 3)]
    return jax.nn.one_hot(jnp.stack([here, *after]), 4)


def influence(values, x):
    """Which positions of the sequence each element of each value depends on, by changing them one at a time.

    Args:
      values: (L, 4) -> a list of arrays.
      x: (K, L, 4) sequences; an element depends on a position if it changes in any of them.

    Returns:
      For each value (L, *its shape), True where it depends.
    """
    other = jnp.asarray(np.random.default_rng(1).normal(size=x.shape))

    def of_one(x, other):
        before = values(x)

        def changed(place):
            after = values(x.at[place].set(other[place]))
            return [jnp.abs(a * 1.0 - b) > 1e-12 for a, b in zip(after, before, strict=True)]

        return jax.vmap(changed)(jnp.arange(len(x)))

    return [found.any(0) for found in jax.vmap(of_one)(x, other)]
