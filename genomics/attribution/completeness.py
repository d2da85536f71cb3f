"""How far the scores are from adding up to what they explain."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def relative_residual(
    scores: Float[Array, "T *shape"], at_x: Float[Array, " T"], at_reference: Float[Array, " T"] | float
) -> Float[Array, " T"]:
    """`(sum of the scores - (f(x) - f(r))) / max(1, |f(x)|, |f(r)|)` for each task."""
    total = scores.reshape(scores.shape[0], -1).sum(1)
    scale = jnp.maximum(1, jnp.maximum(jnp.abs(at_x), jnp.abs(at_reference)))
    return (total - (at_x - at_reference)) / scale
