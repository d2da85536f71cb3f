"""Measured alleles as pairs of windows of a genome."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.genome import Genome
from genomics.io.measurements import Measurement
from genomics.sequence.intervals import other_prefix, unknown_contig
from genomics.sequence.variants import fetch_bounds, reason_against_place, reason_against_reference, windows_of


@dataclass(frozen=True, kw_only=True)
class AlleleWindows:
    """M alleles that lie on the genome.

    Attributes:
      rows: what was measured.
      contig: the genome's name for each one's contig, and `start` the first base on it.
      start: 0-based.
      windows: bases of the reference and of the alternative; REF's first base has index L // 2 in both.
      passed_over: rows that do not lie on the genome, by reason.
      renamed: contigs that the genome names otherwise, as `name -> its name`.
    """

    rows: tuple[Measurement, ...]
    contig: tuple[str, ...]
    start: tuple[int, ...]
    windows: UInt8[np.ndarray, "M 2 L"]
    passed_over: Counter[str]
    renamed: Mapping[str, str]


def allele_windows(
    rows: Sequence[Measurement], genome: Genome, length: int, bad_rows: BadRows | None = None
) -> AlleleWindows:
    """Fetches the windows of both alleles, after REF was compared with the genome.

    A contig is the genome's of that name; or the one whose name differs by the prefix `chr` alone; or a part of it, a
    contig that is named like a region, `X:1000-2999` (from 1, both ends included), and holds the position.

    Args:
      rows: the alleles, at least one.
      genome: where the bases are.
      length: L.
      bad_rows: what becomes of alleles whose REF differs from the genome or lies beyond it, by default an error.

    Raises:
      InputError: a contig that the genome does not have; or, however bad rows are taken, most alleles do not fit the
        genome: one base in four agrees by chance, so that those that fit mean nothing.
    """
    bad_rows = BadRows() if bad_rows is None else bad_rows
    before = Counter(bad_rows.counts)
    parts = _parts(genome.contigs)
    kept, contigs, starts, pairs, renamed = [], [], [], [], {}
    for row in rows:
        contig, start = _place(row, genome.contigs, parts)
        if contig != row.contig:
            renamed[row.contig] = contig
        reason = reason_against_place(start, row.ref, genome.contigs[contig])
        context = genome.fetch(contig, *fetch_bounds(start, row.ref, length)) if reason is None else None
        if context is not None:
            place = length // 2
            reason = reason_against_reference(row.ref, context[place : place + len(row.ref)])
        if reason is not None or context is None:
            bad_rows.found(InputError(f"{row.where}: {row.contig}:{row.start + 1} {row.ref}: {reason}"), f"{reason}")
            continue
        kept.append(row)
        contigs.append(contig)
        starts.append(start)
        pairs.append(np.stack(windows_of(context, row.ref, row.alt, length)))
    if 2 * len(kept) < len(rows):
        raise InputError(
            f"{genome.path}: only {len(kept):,} of {len(rows):,} measured alleles have their REF there, and one in "
            "four would by chance; are their positions those of another assembly (hg19, hg38)?"
        )
    return AlleleWindows(
        rows=tuple(kept),
        contig=tuple(contigs),
        start=tuple(starts),
        windows=np.stack(pairs),
        passed_over=bad_rows.counts - before,
        renamed=renamed,
    )


def _parts(contigs: Mapping[str, int]) -> dict[str, list[tuple[int, int, str]]]:
    """Contigs that are named like regions: (first base, end, name) by the name of the whole."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for name, length in contigs.items():
        whole, colon, place = name.rpartition(":")
        first, dash, last = place.partition("-")
        if colon and dash and first.isdigit() and last.isdigit() and int(last) - int(first) + 1 == length:
            found.setdefault(whole, []).append((int(first) - 1, int(last), name))
    return found


def _place(
    row: Measurement, contigs: Mapping[str, int], parts: Mapping[str, Sequence[tuple[int, int, str]]]
) -> tuple[str, int]:
    for name in (row.contig, other_prefix(row.contig)):
        if name in contigs:
            return name, row.start
        for start, end, part in parts.get(name, ()):
            if start <= row.start < end:
                return part, row.start - start
    raise InputError(f"{row.where}: {row.contig}:{row.start + 1}: {unknown_contig(row.contig, contigs)}")
