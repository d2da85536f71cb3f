"""The gradient of every task's logit at one sequence, in one pass."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact, PyTree

from genomics.errors import InputError, UnsuitedError


def logits_and_gradients(
    predict: Callable[..., Array], x: PyTree[Inexact[Array, "..."]]
) -> tuple[Float[Array, " T"], PyTree[Inexact[Array, "T ..."]]]:
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
      UnsuitedError: JAX cannot differentiate it: an exported function without its derivative, a callback, a loop whose
        length is not known.
    """
    try:
        logits, pull_back = jax.vjp(predict, x)
        if logits.ndim != 1:
            raise InputError(f"predict must return logits of shape (T,) for one sequence, it returned {logits.shape}")
        (gradients,) = jax.vmap(pull_back)(jnp.eye(logits.size, dtype=logits.dtype))
    except InputError:
        raise
    except (NotImplementedError, ValueError) as error:  # what JAX says of functions without a derivative
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        way_out = "; an exported function keeps its derivative by serialize(vjp_order=1)" if "VJP" in reason else ""
        raise UnsuitedError(f"the network has no gradient: {reason}{way_out}") from error
    return logits, gradients
