"""Negatives that a user names: places that look bound and are not."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64, UInt8

from genomics.data.axis import Axis, Stretches, difference, fetch_windows, union
from genomics.data.negatives import Negatives, gc_matched
from genomics.data.splits import lies_in
from genomics.data.windows import first_of_their_kind, too_unknown, windows_at, within_contigs
from genomics.io.genome import Genome
from genomics.sequence.intervals import Interval


def hard_candidates(axis: Axis, intervals: Sequence[Interval], length: int) -> Int64[np.ndarray, " C"]:
    """Starts of the windows in the middle of some intervals, ascending, without those that overlap an earlier one."""
    offset = dict(zip(axis.names, axis.offset.tolist(), strict=True))
    middle = np.array([offset[each.contig] + (each.start + each.end) // 2 for each in intervals], np.int64)
    start = np.unique(windows_at(middle, length))
    start = start[within_contigs(axis, start, length)]
    kept, end = [], -1
    for each in start.tolist():
        if each >= end:
            kept.append(each)
            end = each + length
    return np.array(kept, np.int64)


def hard_then_matched(
    genome: Genome,
    axis: Axis,
    free: Stretches,
    candidates: Int64[np.ndarray, " C"],
    positives: UInt8[np.ndarray, "M L"],
    per_positive: int,
    max_unknown: float,
    seen: set[bytes],
    rng: np.random.Generator,
) -> Negatives:
    """The candidates that lie where negatives may, and for the rest windows matched in GC content.

    Args:
      genome: where the bases are.
      axis: of its contigs.
      free: where negatives may lie.
      candidates: starts of windows, from `hard_candidates`.
      positives: the sequences to match.
      per_positive: how many negatives for each, both kinds together.
      max_unknown: largest share of N.
      seen: sequences that a negative must not equal; the negatives are added.
      rng: source of randomness.
    """
    length = positives.shape[1]
    start, bases = candidates[:0], positives[:0]
    if len(candidates):
        start, bases = _hard(genome, axis, free, candidates, length, max_unknown, seen)
        chosen = np.sort(rng.permutation(len(start))[: per_positive * len(positives)])
        start, bases = start[chosen], bases[chosen]
        free = difference(free, union(start, start + length))
    found = gc_matched(genome, axis, free, positives, per_positive, max_unknown, seen, rng, fewer=len(start))
    return Negatives(
        start=np.concatenate([start, found.start]),
        bases=np.concatenate([bases, found.bases]),
        away=found.away,
        missing=found.missing,
        hard=len(start),
    )


def _hard(
    genome: Genome,
    axis: Axis,
    free: Stretches,
    candidates: Int64[np.ndarray, " C"],
    length: int,
    max_unknown: float,
    seen: set[bytes],
) -> tuple[Int64[np.ndarray, " K"], UInt8[np.ndarray, "K L"]]:
    start = candidates[lies_in(free, candidates, length)]
    bases = fetch_windows(genome, axis, start, length)
    kept = ~too_unknown(bases, max_unknown)
    start, bases = start[kept], bases[kept]
    new = first_of_their_kind(bases, seen)
    return start[new], bases[new]
