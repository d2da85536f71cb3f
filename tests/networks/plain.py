"""The plain way of everything: short, slow, and without a line of the package under test."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np

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
    effects = jax.vmap(jax.vmap(predict))(mutants(x)) - predict(x)
    known = (x != 0).any(-1)[:, None, None]
    return jnp.moveaxis(jnp.where(known, effects, jnp.nan), -1, 0)


def gradients(predict, x):
    """(T, L, 4)."""
    return jax.jacrev(predict)(x)


def windows(codes, length):
    """(C, L): all windows of a long sequence."""
    return jnp.stack([codes[start : start + length] for start in range(len(codes) - length + 1)])


def central_effects(predict, codes, length):
    """(T, 3, C): the centre of each window replaced by itself + 1, + 2, + 3 modulo 4."""
    here = windows(codes, length)
    logits = jax.vmap(lambda window: predict(jax.nn.one_hot(window, 4)))
    centre = here[:, length // 2]
    after = [logits(here.at[:, length // 2].set((centre + k) % 4)) for k in (1, 2, 3)]
    return (jnp.stack(after) - logits(here)).transpose(2, 0, 1)


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
