"""Dropout (Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html), with its randomness as an argument.

A network that drops units while it is trained has an attribute `dropout`, the share of them, and takes a further
argument `key`: `model(x, form, key)`. Without a key nothing is dropped: that is the network that is explained.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.errors import InputError


def drop(x: Float[Array, "*shape"], rate: float, key: Array | None) -> Float[Array, "*shape"]:
    """Each number is 0 with probability `rate`, or else divided by 1 - rate; without a key, x itself."""
    if key is None or not rate:
        return x
    return jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0.0)


def drops(model: Any) -> bool:
    """Whether a network asks for keys while it is trained."""
    return bool(getattr(model, "dropout", 0.0))


def check_rate(rate: float) -> float:
    """The rate, if it is one.

    Raises:
      InputError: it is not in [0, 1).
    """
    if not 0 <= rate < 1:
        raise InputError(f"model.dropout={rate}: must be at least 0 and below 1")
    return rate
