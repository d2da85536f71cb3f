"""Second-order in-silico mutagenesis: what two substitutions do together beyond the sum of what each does."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from genomics.attribution.record import Explain, Predict
from genomics.errors import InputError
from genomics.mutagenesis.batches import predictions
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.table import alternative_codes
from genomics.sequence.bases import ALTERNATIVES

FORMS = "all, window:W or top:K"


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Which pairs of positions are mutated together.

    Attributes:
      window: only positions at most this far apart; None = no limit.
      top: only the positions with the largest effects, this many; None = all.
    """

    window: int | None = None
    top: int | None = None


def parse_pairs(text: str) -> Pairs:
    """Reads `all`, `window:W` or `top:K`.

    Raises:
      InputError: it is none of these, W is below 1, or K below 2.
    """
    if text == "all":
        return Pairs()
    kind, _, number = text.partition(":")
    if kind in ("window", "top") and number.isdecimal():
        if kind == "window" and int(number) >= 1:
            return Pairs(window=int(number))
        if kind == "top" and int(number) >= 2:
            return Pairs(top=int(number))
    raise InputError(f"pairs={text!r}: must be {FORMS}, with W >= 1 and K >= 2")


def epistasis(
    predict: Predict, pairs: str = "all", *, first_order: Callable[[Predict], Explain] = incremental_ism
) -> Callable[[Float[Array, "L 4"]], Float[Array, "T L 4 L 4"]]:
    """f(x with a at i and b at j) - f(x with a at i) - f(x with b at j) + f(x), in logits.

    All pairs are a mutagenesis of every mutant; chosen pairs are evaluated in full. Memory is that of the result and of
    one mutagenesis, or one batch.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      pairs: `all`, `window:W` (positions at most W apart) or `top:K` (pairs of the K positions with the largest effect
        of a substitution on any task).
      first_order: the mutagenesis used.

    Returns:
      (L, 4) one-hot -> (T, L, 4, L, 4), symmetric in (i, a) and (j, b). 0 where a or b is the reference base; NaN for
      i = j, at positions without a base, and for pairs that were not asked for.

    Raises:
      InputError: pairs has another form.
    """
    chosen = parse_pairs(pairs)

    def explain(x: Float[Array, "L 4"]) -> Float[Array, "T L 4 L 4"]:
        single = first_order(predict)(x).scores
        if chosen == Pairs():
            return _all_pairs(first_order(predict), x, single)
        first, second = _positions(chosen, x.shape[0], single)
        return _chosen_pairs(predict, x, single, first, second)

    return explain


def _all_pairs(method: Explain, x: Float[Array, "L 4"], single: Float[Array, "T L 4"]) -> Float[Array, "T L 4 L 4"]:
    length = x.shape[0]

    def given(number: Int[Array, ""]) -> Float[Array, "T L 4"]:
        """What the first substitution adds to the effects of all second ones."""
        mutant = x.at[number // 4].set(jax.nn.one_hot(number % 4, 4, dtype=x.dtype))
        return method(mutant).scores - single

    table = jax.lax.map(given, jnp.arange(4 * length))  # (4 L, T, L, 4)
    table = jnp.moveaxis(table.reshape(length, 4, *table.shape[1:]), 2, 0)
    # The columns of (j, b) are relative to the reference base at j; both orders were computed, so take the mean.
    table = (table + table.transpose(0, 3, 4, 1, 2)) / 2
    return _only(table, x, ~jnp.eye(length, dtype=bool))


def _positions(
    pairs: Pairs, length: int, single: Float[Array, "T L 4"]
) -> tuple[Int[Array, " pairs"], Int[Array, " pairs"]]:
    """Positions i < j of the pairs."""
    if pairs.window is not None:
        i, j = np.triu_indices(length, 1)
        near = j - i <= pairs.window
        return jnp.asarray(i[near]), jnp.asarray(j[near])
    strength = jnp.nan_to_num(jnp.abs(single), nan=-1.0).max((0, 2))
    _, top = jax.lax.top_k(strength, min(pairs.top or length, length))
    i, j = np.triu_indices(len(top), 1)
    return jnp.sort(top)[i], jnp.sort(top)[j]


def _chosen_pairs(
    predict: Predict,
    x: Float[Array, "L 4"],
    single: Float[Array, "T L 4"],
    first: Int[Array, " pairs"],
    second: Int[Array, " pairs"],
) -> Float[Array, "T L 4 L 4"]:
    length, alternatives = x.shape[0], alternative_codes(x)
    choices = jnp.arange(ALTERNATIVES)
    i, j, a, b = (
        jnp.broadcast_to(own, (len(first), ALTERNATIVES, ALTERNATIVES)).ravel()
        for own in (first[:, None, None], second[:, None, None], choices[:, None], choices)
    )
    a, b = alternatives[i, a], alternatives[j, b]

    def mutant(pair: tuple[Int[Array, ""], ...]) -> Float[Array, "L 4"]:
        i, a, j, b = pair
        rows = jnp.arange(length)[:, None]
        once = jnp.where(rows == i, jax.nn.one_hot(a, 4, dtype=x.dtype), x)
        return jnp.where(rows == j, jax.nn.one_hot(b, 4, dtype=x.dtype), once)

    both = predictions(predict, mutant, (i, a, j, b), x) - predict(x)
    values = both - single[:, i, a].T - single[:, j, b].T  # (pairs, T)
    table = jnp.zeros((single.shape[0], length, 4, length, 4), single.dtype)
    table = table.at[:, i, a, j, b].set(values.T).at[:, j, b, i, a].set(values.T)
    asked = jnp.zeros((length, length), bool).at[first, second].set(True).at[second, first].set(True)
    return _only(table, x, asked)


def _only(table: Float[Array, "T L 4 L 4"], x: Float[Array, "L 4"], asked: Array) -> Float[Array, "T L 4 L 4"]:
    known = jnp.any(x != 0, axis=-1)
    pairs = asked & known[:, None] & known[None]
    observed = x != 0
    same = observed[:, :, None, None] | observed[None, None]
    return jnp.where(pairs[:, None, :, None], jnp.where(same, 0, table), jnp.nan)
