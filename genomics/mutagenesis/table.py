"""The table of single-base effects: three alternatives a position in, four columns out."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def reference_codes(x: Float[Array, "L 4"]) -> Int[Array, " L"]:
    """Code 0..3 of each base; a position without a base (N, a row of zeros) has the code 0."""
    return jnp.argmax(x, axis=-1)


def alternative_codes(x: Float[Array, "L 4"]) -> Int[Array, "L 3"]:
    """The bases that mutagenesis puts in: reference + 1, + 2, + 3 modulo 4."""
    return (reference_codes(x)[:, None] + jnp.arange(1, 4)) % 4


def in_columns(effects: Float[Array, "L 3 T"], x: Float[Array, "L 4"]) -> Float[Array, "T L 4"]:
    """Sorts effects by base.

    Args:
      effects: f(mutant) - f(x), in order of `alternative_codes`.
      x: the sequence.

    Returns:
      (T, L, 4), column = the base put in; exactly 0 at the reference base, NaN at a position without a base.
    """
    offset = (jnp.arange(4) - reference_codes(x)[:, None]) % 4  # 0 = the reference base
    sorted_ = jnp.take_along_axis(effects, jnp.maximum(offset - 1, 0)[:, :, None], axis=1)
    table = jnp.where(offset[:, :, None] == 0, 0, sorted_)
    known = jnp.any(x != 0, axis=-1)[:, None, None]
    return jnp.moveaxis(jnp.where(known, table, jnp.nan), -1, 0)
