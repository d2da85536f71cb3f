"""Where filters respond: the windows above a threshold, counted base by base."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt8

from genomics.errors import InputError
from genomics.extremes import largest, smallest
from genomics.motifs.layer import FilterLayer, Predict, responses

_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class Range:
    """What each of F filters does over all windows of N sequences: smallest, largest and mean response."""

    lowest: Float[np.ndarray, " F"]
    highest: Float[np.ndarray, " F"]
    mean: Float[np.ndarray, " F"]


@dataclass(frozen=True, kw_only=True)
class ThresholdRule:
    """Which windows count as sites of a filter.

    Attributes:
      threshold: a site's response must exceed this, from the filter's range.
      before_activation: whether responses are those before the activation.
      best_only: whether only the best window of each sequence counts, the first of equal ones.
      definition: in words, with the source.
    """

    threshold: Callable[[Range], Float[np.ndarray, " F"]]
    before_activation: bool
    best_only: bool
    definition: str


RULES: Mapping[str, ThresholdRule] = MappingProxyType(
    {
        "half_max": ThresholdRule(
            threshold=lambda found: 0.5 * found.highest,
            before_activation=False,
            best_only=False,
            definition="activation above half of the filter's highest (Koo & Eddy 2019, 10.1371/journal.pcbi.1007560)",
        ),
        "basset": ThresholdRule(
            threshold=lambda found: found.mean + 0.5 * (found.highest - found.mean),
            before_activation=True,
            best_only=False,
            definition="score above mean + (highest - mean) / 2 (Kelley, Snoek & Rinn 2016, 10.1101/gr.200535.115)",
        ),
        "best": ThresholdRule(
            threshold=lambda found: np.zeros_like(found.highest),
            before_activation=False,
            best_only=True,
            definition="a sequence's best window, where active (Alipanahi et al. 2015, 10.1038/nbt.3300)",
        ),
    }
)


@dataclass(frozen=True, kw_only=True)
class Sites:
    """Sites of F filters.

    Attributes:
      counts: (F, W, 4) how often each base stands at each position of a site; unknown bases are not counted.
      number: (F,) sites.
      sequences: (F,) sequences with at least one site.
      total: N, sequences looked at.
      threshold: (F,) that sites exceed.
      dead: (F,) True where a filter never responds, or responds alike to everything.
      range: of the responses.
    """

    counts: Float[np.ndarray, "F W 4"]
    number: Int[np.ndarray, " F"]
    sequences: Int[np.ndarray, " F"]
    total: int
    threshold: Float[np.ndarray, " F"]
    dead: Bool[np.ndarray, " F"]
    range: Range


def find_sites(predict: Predict, bases: UInt8[np.ndarray, "N L"], layer: FilterLayer, rule: str = "half_max") -> Sites:
    """Counts the sites of every filter of a layer.

    Args:
      predict: the network that `layer` was read from.
      bases: sequences to look at.
      layer: from `read_layer`.
      rule: a name in `RULES`.

    Raises:
      InputError: an unknown rule, or a filter whose responses are not finite.
    """
    if rule not in RULES:
        raise InputError(f"threshold rule {rule!r}: must be one of {', '.join(RULES)}")
    chosen = RULES[rule]
    respond = responses(predict, layer.number, before_activation=chosen.before_activation)
    starts, whole = jnp.asarray(layer.starts), jnp.asarray(layer.whole)

    @jax.jit
    def ranges(rows: Array, real: Array) -> tuple[Array, Array, Array]:
        maps = jax.vmap(lambda row: respond(jax.nn.one_hot(row, 4)))(rows)
        inside = (real[:, None] & whole)[..., None]
        return (
            smallest(jnp.where(inside, maps, jnp.inf), (0, 1)),
            largest(jnp.where(inside, maps, -jnp.inf), (0, 1)),
            jnp.where(inside, maps, 0.0).sum((0, 1)),
        )

    @jax.jit
    def counts(rows: Array, real: Array, threshold: Array) -> tuple[Array, Array, Array]:
        onehot = jax.nn.one_hot(rows, 4)
        maps = jax.vmap(respond)(onehot)
        maps = jnp.where((real[:, None] & whole)[..., None], maps, -jnp.inf)
        hits = maps > threshold
        if chosen.best_only:
            hits &= jnp.arange(maps.shape[1])[:, None] == maps.argmax(1)[:, None]
        places = jnp.minimum(starts[:, None] + jnp.arange(layer.width), rows.shape[1] - 1)
        # Whole numbers far below 2^24, so the product is exact in float32.
        table = jnp.einsum("bmf,bmwa->fwa", hits.astype(jnp.float32), onehot[:, places], precision="highest")
        return table, hits.sum((0, 1)), hits.any(1).sum(0)

    found = [[np.asarray(v, np.float64) for v in ranges(*batch)] for batch in _batches(bases)]
    lowest, highest, totals = (np.stack(values) for values in zip(*found, strict=True))
    broken = np.flatnonzero(~np.isfinite(totals).all(0))
    if broken.size:
        raise InputError(
            f"{broken.size} of {totals.shape[1]} filters respond by numbers that are not finite, filter {broken[0]} "
            f"(from 0) the first; among {len(bases)} sequences their sites cannot be told"
        )
    seen = Range(
        lowest=lowest.min(0), highest=highest.max(0), mean=totals.sum(0) / (len(bases) * int(layer.whole.sum()))
    )
    threshold = chosen.threshold(seen)
    tables = [
        [np.asarray(v, np.float64) for v in counts(*batch, jnp.asarray(threshold, jnp.float32))]
        for batch in _batches(bases)
    ]
    table, number, sequences = (np.sum(values, axis=0) for values in zip(*tables, strict=True))
    dead = (seen.highest <= seen.lowest) | (number == 0)
    return Sites(
        counts=table,
        number=number.astype(np.int64),
        sequences=sequences.astype(np.int64),
        total=len(bases),
        threshold=threshold,
        dead=dead,
        range=seen,
    )


def _batches(bases: UInt8[np.ndarray, "N L"]):
    """Rows in batches of one size, the last filled up, with what is real."""
    for first in range(0, len(bases), _BATCH):
        rows = np.minimum(np.arange(first, first + _BATCH), len(bases) - 1)
        yield bases[rows], np.arange(first, first + _BATCH) < len(bases)
