"""From peaks and a genome to a data set: windows at summits with their labels, negatives, splits, and counts of all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from genomics.data import splits as splitting
from genomics.data import windows
from genomics.data.axis import (
    Axis,
    Stretches,
    axis_of,
    contig_of,
    difference,
    fetch_windows,
    joined,
    overlapping,
    union,
)
from genomics.data.dataset import SPLITS, Dataset, Split
from genomics.data.flanks import with_flanks
from genomics.data.hard_negatives import hard_candidates, hard_then_matched
from genomics.data.negatives import Negatives, shuffled
from genomics.data.shared_words import shared_with_training
from genomics.errors import InputError
from genomics.io.genome import Genome
from genomics.io.narrow_peak import Peaks
from genomics.io.places import KINDS, Places
from genomics.sequence.bases import N
from genomics.sequence.intervals import Interval

_PIECE_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class PeakSettings:
    """What a set is made with.

    Attributes:
      length: L of the windows.
      min_overlap: share of the shorter of window and peak that makes a window bound: see `windows.label`.
      merge_distance: see `windows.merge_summits`.
      max_unknown: windows with a larger share of N are dropped.
      negatives: where sequences without a label come from.
      negatives_per_positive: how many for each window with one.
      split_by: whole contigs, or blocks.
      valid: contigs of the validation split; chosen by number of windows where neither these nor test's are named.
      test: contigs of the test split.
      block_size: bases of a block, about.
      flank: bases stored on each side of a window, N beyond its contig.
      seed: equal seeds give equal data.
    """

    length: int = 200
    min_overlap: float = 0.5
    merge_distance: int = 99
    max_unknown: float = 0.0
    negatives: Literal["gc", "dinucleotide", "none"] = "gc"
    negatives_per_positive: int = 1
    split_by: Literal["chromosome", "block"] = "chromosome"
    valid: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    block_size: int | None = None
    flank: int = 0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class _Bound:
    """M windows with a label, ascending."""

    start: Int64[np.ndarray, " M"]
    bases: UInt8[np.ndarray, "M L"]
    labels: UInt8[np.ndarray, "M T"]


def examples_from_peaks(
    genome: Genome,
    peaks: Mapping[str, Peaks],
    excluded: Sequence[Interval],
    settings: PeakSettings,
    source: Mapping[str, Any],
    *,
    ignored: Sequence[Interval] = (),
    hard: Sequence[Interval] = (),
) -> tuple[Dataset, dict[str, Any]]:
    """A data set of windows, and the counts of what was kept and dropped, JSON-ready.

    Args:
      genome: where the bases are.
      peaks: of each task.
      excluded: no window, bound or not, overlaps these.
      settings: how.
      source: what the set says of its files, JSON-ready.
      ignored: no negative overlaps these, e.g. weak peaks; windows at summits may.
      hard: the windows in the middle of these that are outside peaks are negatives before any others, e.g. accessible
        regions without the factor, or matches of its motif.

    Raises:
      InputError: a split would be empty, or the genome is damaged.
    """
    length = settings.length
    axis = axis_of(genome.contigs, spacer=2 * length)
    split_rng, negative_rng, order_rng = np.random.default_rng(settings.seed).spawn(3)
    offsets = {task: axis.offset[each.contig] for task, each in peaks.items()}
    summits = np.concatenate([offsets[task] + each.summit for task, each in peaks.items()])
    barred = _on_axis(axis, excluded)

    usable, counts = _usable(genome, axis, summits, barred, settings)
    chosen = windows.merge_summits(summits[np.isin(summits, usable)], settings.merge_distance)
    counts["merged"] = len(usable) - len(chosen)
    start = windows.windows_at(chosen, length)
    bases = fetch_windows(genome, axis, start, length)
    seen: set[bytes] = set()
    new = windows.first_of_their_kind(bases, seen)
    counts["repeated"] = int(np.count_nonzero(~new))
    start, bases = start[new], bases[new]
    labels = np.zeros((len(start), len(peaks)), np.uint8)
    for column, (task, each) in enumerate(peaks.items()):
        places = (offsets[task] + each.start, offsets[task] + each.end, offsets[task] + each.summit)
        labels[:, column] = windows.label(start, length, *places, settings.min_overlap)
    bound = _Bound(start=start, bases=bases, labels=labels)
    if not len(start):
        lost = ", ".join(f"{reason} {counts[reason]}" for reason in ("beyond_contig", "excluded", "unknown"))
        raise InputError(f"no window of {length} bases is left of {counts['summits']} summits: {lost}")

    units, unit_split = _units(axis, bound, settings, split_rng)
    regions = splitting.regions(units, unit_split)
    inside = {name: splitting.lies_in(region, start, length) for name, region in regions.items()}
    counts["between_splits"] = len(start) - sum(int(rows.sum()) for rows in inside.values())
    taken = _taken(axis, peaks, windows.windows_at(summits, length), barred, length)
    taken = joined(taken, _on_axis(axis, ignored))
    candidates = hard_candidates(axis, hard, length)

    made, rows_of = {}, {}
    for name in SPLITS:
        rows = inside[name]
        if not rows.any():
            raise InputError(f"split {name}: no window with a label lies in it; {_hint(settings, name)}")
        mine = _Bound(start=start[rows], bases=bases[rows], labels=labels[rows])
        free = difference(_with_windows(axis, regions[name], start), taken)
        negatives = _negatives(genome, axis, mine, free, candidates, seen, settings, name, negative_rng)
        made[name] = _split(genome, axis, mine, negatives, settings, order_rng)
        rows_of[name] = _row_counts(units, unit_split, mine, negatives, tuple(peaks), name)
    counts["tasks"] = {
        task: {"peaks": len(each.start), "skipped": each.skipped, "bad_rows": dict(each.passed_over)}
        for task, each in peaks.items()
    }
    counts["splits"] = rows_of
    counts["shared"] = shared_with_training({name: split.bases for name, split in made.items()})
    stored = json.dumps({**source, "settings": asdict(settings), "counts": counts})
    provenance: dict[str, str | int] = {"seed": settings.seed, "peaks": stored}
    return Dataset(tasks=tuple(peaks), splits=made, provenance=provenance), counts


def _on_axis(axis: Axis, intervals: Sequence[Interval]) -> Stretches:
    offset = dict(zip(axis.names, axis.offset.tolist(), strict=True))
    start = np.array([offset[each.contig] + each.start for each in intervals], np.int64)
    end = np.array([offset[each.contig] + each.end for each in intervals], np.int64)
    return union(start, end)


def _usable(
    genome: Genome, axis: Axis, summits: Int64[np.ndarray, " P"], barred: Stretches, settings: PeakSettings
) -> tuple[Int64[np.ndarray, " M"], dict[str, Any]]:
    """The distinct summits whose windows can be examples, and how many are not for each reason."""
    length = settings.length
    summit = np.unique(summits)
    counts: dict[str, Any] = {"peaks": len(summits), "summits": len(summit)}
    kept = windows.within_contigs(axis, windows.windows_at(summit, length), length)
    counts["beyond_contig"] = int(np.count_nonzero(~kept))
    summit = summit[kept]
    start = windows.windows_at(summit, length)
    hits, _ = overlapping(start, start + length, barred)
    kept = ~np.isin(np.arange(len(start)), hits)
    counts["excluded"] = int(np.count_nonzero(~kept))
    summit = summit[kept]
    kept = np.ones(len(summit), bool)
    rows = max(1, _PIECE_BYTES // length)
    for first in range(0, len(summit), rows):
        codes = fetch_windows(genome, axis, windows.windows_at(summit[first : first + rows], length), length)
        kept[first : first + rows] = ~windows.too_unknown(codes, settings.max_unknown)
    counts["unknown"] = int(np.count_nonzero(~kept))
    return summit[kept], counts


def _units(
    axis: Axis, bound: _Bound, settings: PeakSettings, rng: np.random.Generator
) -> tuple[splitting.Units, Int64[np.ndarray, " U"]]:
    if settings.split_by == "block":
        units = splitting.block_units(axis, settings.block_size or splitting.default_block_size(axis))
    else:
        units = splitting.contig_units(axis)
        if settings.valid or settings.test:
            return units, splitting.named_split(axis, settings.valid, settings.test)
    return units, splitting.chosen_split(units, bound.start, bound.labels, settings.length, rng)


def _taken(
    axis: Axis, peaks: Mapping[str, Peaks], window: Int64[np.ndarray, " P"], barred: Stretches, length: int
) -> Stretches:
    """Where no negative may lie: peaks, windows at any summit, and what is excluded."""
    start = [axis.offset[each.contig] + each.start for each in peaks.values()]
    end = [axis.offset[each.contig] + each.end for each in peaks.values()]
    return union(np.concatenate([*start, window, barred.start]), np.concatenate([*end, window + length, barred.end]))


def _with_windows(axis: Axis, region: Stretches, window: Int64[np.ndarray, " M"]) -> Stretches:
    """The stretches on contigs that hold a window: others may be alternative versions of these, or unassembled."""
    kept = np.isin(contig_of(axis, region.start), contig_of(axis, window))
    return Stretches(start=region.start[kept], end=region.end[kept])


def _negatives(
    genome: Genome,
    axis: Axis,
    bound: _Bound,
    free: Stretches,
    candidates: Int64[np.ndarray, " C"],
    seen: set[bytes],
    settings: PeakSettings,
    name: str,
    rng: np.random.Generator,
) -> Negatives:
    per_positive = settings.negatives_per_positive
    if settings.negatives == "none":
        return Negatives(start=bound.start[:0], bases=bound.bases[:0])
    if settings.negatives == "dinucleotide":
        found = shuffled(bound.start, bound.bases, per_positive, seen, rng)
    else:
        found = hard_then_matched(
            genome, axis, free, candidates, bound.bases, per_positive, settings.max_unknown, seen, rng
        )
    if not len(found.start):
        other = "gc" if settings.negatives == "dinucleotide" else "dinucleotide"
        raise InputError(f"split {name}: no negative can be made by --negatives={settings.negatives}; use {other}")
    return found


def _split(
    genome: Genome,
    axis: Axis,
    bound: _Bound,
    negatives: Negatives,
    settings: PeakSettings,
    rng: np.random.Generator,
) -> Split:
    """The windows with and without a label, in random order."""
    kind = KINDS.index("shuffle" if settings.negatives == "dinucleotide" else "genome")
    start = np.concatenate([bound.start, negatives.start])
    labels = np.concatenate([bound.labels, np.zeros((len(negatives.start), bound.labels.shape[1]), np.uint8)])
    kinds = np.repeat(np.array([KINDS.index("peak"), kind], np.uint8), [len(bound.start), len(negatives.start)])
    order = rng.permutation(len(start))
    contig = contig_of(axis, start)
    names = np.char.encode(np.array(axis.names), "utf-8")
    places = Places(
        chrom=names[contig[order]], start=(start - axis.offset[contig])[order], kind=np.ascontiguousarray(kinds[order])
    )
    bases = np.concatenate([bound.bases, negatives.bases])[order]
    flanked = with_flanks(genome, axis, start[order], bases, settings.flank) if settings.flank else None
    return Split(bases=bases, labels=labels[order], places=places, flanked=flanked)


def _row_counts(
    units: splitting.Units,
    unit_split: Int64[np.ndarray, " U"],
    bound: _Bound,
    negatives: Negatives,
    tasks: tuple[str, ...],
    name: str,
) -> dict[str, Any]:
    own: Bool[np.ndarray, " U"] = unit_split == SPLITS.index(name)
    return {
        "units": [unit for unit, mine in zip(units.name, own, strict=True) if mine],
        "positives": dict(zip(tasks, bound.labels.sum(0, dtype=int).tolist(), strict=True)),
        "labelled": len(bound.start),
        "unlabelled": len(negatives.start),
        "gc_labelled": _gc(bound.bases),
        "gc_unlabelled": _gc(negatives.bases),
        "hard": negatives.hard,
        "gc_bins_away": negatives.away,
        "missing": negatives.missing,
    }


def _gc(bases: UInt8[np.ndarray, "M L"]) -> float | None:
    """Share of C and G among all known bases."""
    known = bases.size - np.count_nonzero(bases == N)
    return float(np.count_nonzero(bases - np.uint8(1) < 2) / known) if known else None


def _hint(settings: PeakSettings, name: str) -> str:
    if settings.split_by == "block":
        return "give another --block_size or --seed"
    return f"name contigs that hold peaks by --{name}" if name != "train" else "leave it some contigs that hold peaks"
