"""The loss, and what is counted beside it."""

from typing import NamedTuple

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float


class Counts(NamedTuple):
    """Sums over examples, per task: they add up over batches, and divided by `examples` they are means.

    Attributes:
      loss: (T,) binary cross-entropy in nats.
      correct: (T,) number of examples on the right side of p = 0.5.
      examples: number of examples.
      penalties: what the network adds to the loss, by name, times the number of examples; empty for most networks.
    """

    loss: Float[Array, "*R T"]
    correct: Float[Array, "*R T"]
    examples: Float[Array, "*R"]
    penalties: dict[str, Float[Array, "*R"]] = {}  # noqa: RUF012  (never changed: a new tuple takes a new one)


def count(logits: Float[Array, "B T"], labels: Float[Array, "B T"], weights: Float[Array, " B"]) -> Counts:
    """Losses and hits of a batch.

    Args:
      logits: before the sigmoid.
      labels: 0 or 1.
      weights: 1 for an example, 0 for padding.

    Returns:
      The sums. The loss to minimise is their `mean_loss`: Keras' binary cross-entropy, over examples and tasks.
    """
    losses = optax.sigmoid_binary_cross_entropy(logits, labels)
    # Keras counts p > 0.5 as a positive call.
    hits = ((logits > 0) == (labels > 0.5)).astype(jnp.float32)
    return Counts(loss=weights @ losses, correct=weights @ hits, examples=weights.sum())


def with_penalties(counts: Counts, penalties: dict[str, Float[Array, ""]]) -> Counts:
    """The counts of a batch with the penalties that its examples met."""
    return counts._replace(penalties={name: value * counts.examples for name, value in penalties.items()})


def mean_loss(counts: Counts) -> Float[Array, "*R"]:
    """Mean over examples and tasks."""
    return counts.loss.mean(-1) / counts.examples
