"""Deletions and insertions: the rest of the sequence moves."""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from genomics.attribution.record import Predict
from genomics.errors import InputError
from genomics.mutagenesis.batches import predictions

#: Random strings that an insertion is averaged over.
STRINGS = 20


def deletions(
    predict: Predict, x: Float[Array, "L 4"], max_indel: int, flank: Float[Array, "D 4"] | None = None
) -> Float[Array, "T L D"]:
    """f(x without the bases l ... l + d) - f(x), for d + 1 = 1 ... D deleted bases.

    What stands behind the deletion moves to the left, and the right end is filled up: with the bases that follow the
    sequence, or with N.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      x: the sequence.
      max_indel: D.
      flank: (D, 4) one-hot bases behind the sequence; None = N.

    Returns:
      (T, L, D); [t, l, d] = effect of deleting the d + 1 bases from l on. NaN where they reach over the sequence's end.

    Raises:
      InputError: D is below 1 or not below L, or the flank has another length than D.
    """
    length = x.shape[0]
    _check(max_indel, length)
    if flank is None:
        flank = jnp.zeros((max_indel, 4), x.dtype)
    if flank.shape[0] != max_indel:
        raise InputError(f"flank of {flank.shape[0]} bases: must be as long as the longest deletion, {max_indel}")
    extended = jnp.concatenate([x, flank.astype(x.dtype)])

    def variant(item: tuple[Int[Array, ""], Int[Array, ""]]) -> Float[Array, "L 4"]:
        position, deleted = item
        column = jnp.arange(length)
        return extended[jnp.where(column < position, column, column + deleted)]

    positions, lengths = _grid(length, max_indel)
    effects = predictions(predict, variant, (positions, lengths), x) - predict(x)
    table = effects.reshape(length, max_indel, -1)
    possible = (positions + lengths <= length).reshape(length, max_indel, 1)
    return jnp.moveaxis(jnp.where(possible, table, jnp.nan), -1, 0)


def insertions(predict: Predict, x: Float[Array, "L 4"], strings: Int[Array, "K D"]) -> Float[Array, "T L D"]:
    """Mean over random strings of f(x with the string's first d bases put in before l) - f(x), for d = 1 ... D.

    What stands behind the insertion moves to the right and over the end.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      x: the sequence.
      strings: (K, D) codes of the strings, 0..3, from `random_strings`.

    Returns:
      (T, L, D); [t, l, d] = effect of inserting d + 1 bases before position l.

    Raises:
      InputError: D is below 1 or not below L.
    """
    length, (count, max_indel) = x.shape[0], strings.shape
    _check(max_indel, length)
    bases = jnp.eye(4, dtype=x.dtype)[strings]  # (K, D, 4)

    def variant(item: tuple[Int[Array, ""], Int[Array, ""], Int[Array, ""]]) -> Float[Array, "L 4"]:
        position, inserted, string = item
        column = jnp.arange(length)
        old = x[jnp.clip(jnp.where(column < position, column, column - inserted), 0, length - 1)]
        new = bases[string][jnp.clip(column - position, 0, max_indel - 1)]
        inside = (column >= position) & (column < position + inserted)
        return jnp.where(inside[:, None], new, old)

    positions, lengths = _grid(length, max_indel)
    before = predict(x)

    def mean(total: Float[Array, "LD T"], string: Int[Array, ""]) -> tuple[Float[Array, "LD T"], None]:
        items = positions, lengths, jnp.full_like(positions, string)
        return total + (predictions(predict, variant, items, x) - before) / count, None

    start = jnp.zeros((length * max_indel, *before.shape), before.dtype)
    effects, _ = lax.scan(mean, start, jnp.arange(count))
    return jnp.moveaxis(effects.reshape(length, max_indel, -1), -1, 0)


def random_strings(max_indel: int, seed: int = 0, count: int = STRINGS) -> Int[Array, "K D"]:
    """K strings of D random bases, the same for the same seed."""
    return jax.random.randint(jax.random.key(seed), (count, max_indel), 0, 4)


def _grid(length: int, max_indel: int) -> tuple[Int[Array, " LD"], Int[Array, " LD"]]:
    return jnp.repeat(jnp.arange(length), max_indel), jnp.tile(jnp.arange(1, max_indel + 1), length)


def _check(max_indel: int, length: int) -> None:
    if not 1 <= max_indel < length:
        raise InputError(f"max_indel={max_indel}: must be 1 to {length - 1}, below the sequence's length")
