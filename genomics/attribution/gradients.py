"""The gradient of every task's logit at one sequence, in one pass."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from genomics.errors import InputError


def logits_and_gradients(
    predict: Callable[..., Array], x: PyTree[Float[Array, "..."]]
) -> tuple[Float[Array, " T"], PyTree[Float[Array, "T ..."]]]:
    """Logits (T,) of `predict` at `x` and their gradients: one forward pass, all cotangents at once.

    These are JAX's own derivatives, so the function's conventions hold: `jax.nn.relu` has slope 0 at 0,
    `jnp.maximum(x, 0)` 0.5; of tied values `lax.reduce_window` gives everything to the first, `jnp.max` equal shares.

    Args:
      predict: a function of an array, or of a pytree of arrays, to logits (T,).
      x: where.

    Returns:
      The logits, and for each array of `x` the gradients with a leading axis T.

    Raises:
      InputError: `predict` does not return a vector of logits.
    """
    logits, pull_back = jax.vjp(predict, x)
    if logits.ndim != 1:
        raise InputError(f"predict must return logits of shape (T,) for one sequence, it returned {logits.shape}")
    (gradients,) = jax.vmap(pull_back)(jnp.eye(logits.size, dtype=logits.dtype))
    return logits, gradients
