"""Sequences without a label: windows of the genome outside all peaks, or shuffles of those with one."""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8

from genomics.data.axis import Axis, Stretches, fetch_windows
from genomics.data.windows import first_of_their_kind, too_unknown
from genomics.io.genome import Genome
from genomics.sequence.bases import N
from genomics.sequence.shuffle import shuffle_rows

#: GC contents within one of these equal parts of 0 to 1 count as equal.
GC_BINS = 50
#: How many bins away a negative may be, where its own bin is used up.
MOST_BINS_AWAY = 2
_FIRST_ROUND = 4096
_PIECE_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Negatives:
    """K sequences without a label.

    Attributes:
      start: of their windows; of a shuffle, of the window that it is made of.
      bases: of the sequences.
      away: how many were taken from a neighbouring bin of GC content.
      missing: how many fewer there are than were asked for.
      hard: how many of them were chosen by the user, the first ones.
    """

    start: Int64[np.ndarray, " K"]
    bases: UInt8[np.ndarray, "K L"]
    away: int = 0
    missing: int = 0
    hard: int = 0


def gc_bins(bases: UInt8[np.ndarray, "M L"]) -> Int64[np.ndarray, " M"]:
    """The bin of each sequence's share of C and G among its known bases, 0 to `GC_BINS` - 1; -1 for only N."""
    # C and G are codes 1 and 2: less one, unsigned, the only ones below 2.
    strong = np.count_nonzero(bases - np.uint8(1) < 2, axis=1)
    known = bases.shape[1] - np.count_nonzero(bases == N, axis=1)
    return np.where(known > 0, np.minimum(strong * GC_BINS // np.maximum(known, 1), GC_BINS - 1), -1)


def gc_matched(
    genome: Genome,
    axis: Axis,
    free: Stretches,
    positives: UInt8[np.ndarray, "M L"],
    per_positive: int,
    max_unknown: float,
    seen: set[bytes],
    rng: np.random.Generator,
    *,
    fewer: int = 0,
) -> Negatives:
    """Windows of the genome, as many of each GC content as the positives have, times `per_positive`.

    Each free stretch is tiled, from a random place on; tiles are drawn without replacement until every bin of
    `GC_BINS` has its number. So no two negatives overlap, and all places are equally likely within a bin. Where the
    tiles of a bin are used up, those of the nearest bins are taken, at most `MOST_BINS_AWAY` bins away. A tile whose
    sequence is known already is passed over.

    Args:
      genome: where the bases are.
      axis: of its contigs.
      free: where windows may lie.
      positives: the sequences to match.
      per_positive: how many for each.
      max_unknown: largest share of N.
      seen: sequences that a negative must not equal; the negatives are added.
      rng: source of randomness.
      fewer: so many fewer in all, shared out over the bins by chance.
    """
    length = positives.shape[1]
    need = per_positive * np.bincount(gc_bins(positives), minlength=GC_BINS)
    if fewer:
        every = np.repeat(np.arange(GC_BINS), need)
        need = need - np.bincount(rng.permutation(every)[:fewer], minlength=GC_BINS)
    tiles = _tiles(free, length, rng)
    order = rng.permutation(len(tiles))
    start, bases = [], []
    spare_start, spare_bin = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    size, done = max(_FIRST_ROUND, 2 * int(need.sum())), 0

    def take(candidate: Int64[np.ndarray, " C"], bins: Int64[np.ndarray, " C"], wanted: Int64[np.ndarray, " B"]) -> int:
        """Takes the first candidates of each bin, if new; returns how many."""
        codes = fetch_windows(genome, axis, candidate, length)
        new = first_of_their_kind(codes, seen)
        start.append(candidate[new])
        bases.append(codes[new])
        wanted -= np.bincount(bins[new], minlength=GC_BINS)
        return int(new.sum())

    while need.any() and done < len(tiles):
        candidate = tiles[order[done : done + size]]
        done, size = done + len(candidate), 2 * size
        bins = _bins_of(genome, axis, candidate, length, max_unknown)
        candidate, bins = candidate[bins >= 0], bins[bins >= 0]
        first = _rank(bins) < need[bins]
        take(candidate[first], bins[first], need)
        spare_start.append(candidate[~first])
        spare_bin.append(bins[~first])
    spare, spare_bins = np.concatenate(spare_start), np.concatenate(spare_bin)
    away = 0
    # Its own bin too: where others were passed over, more of it may be left.
    nearest = sorted(range(-MOST_BINS_AWAY, MOST_BINS_AWAY + 1), key=abs)
    for step, bin_ in itertools.product(nearest, np.flatnonzero(need)):
        while len(places := np.flatnonzero(spare_bins == bin_ + step)[: need[bin_]]):
            taken = take(spare[places], np.full(len(places), bin_), need)
            away += taken if step else 0
            spare_bins[places] = -1
    none = [np.empty((0, length), np.uint8)]
    return Negatives(
        start=np.concatenate([np.empty(0, np.int64), *start]),
        bases=np.concatenate([*none, *bases]),
        away=away,
        missing=int(need.sum()),
    )


def shuffled(
    start: Int64[np.ndarray, " M"],
    positives: UInt8[np.ndarray, "M L"],
    per_positive: int,
    seen: set[bytes],
    rng: np.random.Generator,
) -> Negatives:
    """Shuffles of each positive that keep its dinucleotides; those equal to a known sequence are left out, and missing.

    Args:
      start: of the positives' windows.
      positives: their sequences.
      per_positive: how many for each.
      seen: sequences that a negative must not equal; the negatives are added.
      rng: source of randomness.
    """
    bases = shuffle_rows(np.repeat(positives, per_positive, axis=0), rng)
    new = first_of_their_kind(bases, seen)
    return Negatives(
        start=np.repeat(start, per_positive)[new], bases=bases[new], missing=len(new) - int(np.count_nonzero(new))
    )


def _tiles(free: Stretches, length: int, rng: np.random.Generator) -> Int64[np.ndarray, " tiles"]:
    count = (free.end - free.start) // length
    slack = free.end - free.start - count * length
    begin = free.start + rng.integers(0, slack + 1)
    gap = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(gap)) - np.repeat(np.cumsum(count) - count, count)
    return begin[gap] + number * length


def _bins_of(
    genome: Genome, axis: Axis, start: Int64[np.ndarray, " M"], length: int, max_unknown: float
) -> Int64[np.ndarray, " M"]:
    """Bins of GC content; -1 for windows with too many N."""
    bins = np.empty(len(start), np.int64)
    # In order of place, so that a piece reads neighbouring windows together.
    order = np.argsort(start)
    rows = max(1, _PIECE_BYTES // length)
    for first in range(0, len(start), rows):
        piece = order[first : first + rows]
        codes = fetch_windows(genome, axis, start[piece], length)
        bins[piece] = np.where(too_unknown(codes, max_unknown), -1, gc_bins(codes))
    return bins


def _rank(bins: Int64[np.ndarray, " M"]) -> Int64[np.ndarray, " M"]:
    """How many of the same bin stand before each."""
    order = np.argsort(bins, kind="stable")
    ordered = bins[order]
    rank = np.empty(len(bins), np.int64)
    rank[order] = np.arange(len(bins)) - np.searchsorted(ordered, ordered, "left")
    return rank
