"""Regions of a genome as windows of the one length that a network takes.

Peaks are cut around their summits, or their centres where none was called: the window of L bases has that base at
index L // 2, on the plus strand. A stretch `chr:first-last` of more than L bases is covered by windows half a window
apart, the last of which ends where it ends; one of L bases is its own window, a shorter one is cut around its centre.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from genomics.data.windows import windows_at
from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.narrow_peak import read_peaks
from genomics.sequence.intervals import Interval, parse_region
from genomics.sequence.loci import Loci, loci


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Windows, and what is to be said of them.

    Attributes:
      loci: the windows, in the order of the regions.
      tiled: whether all of them were named as stretches.
      lines: what was understood, for the user.
    """

    loci: Loci
    tiled: bool
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Found:
    contig: list[str]
    start: Int64[np.ndarray, " M"]
    strand: list[str]
    line: Int64[np.ndarray, " M"] | None
    source: str
    words: str


def windows_of(
    texts: Sequence[str],
    contigs: Mapping[str, int],
    length: int,
    *,
    summit_column: int | None = None,
    bad_rows: BadRows | None = None,
    pad: bool = False,
) -> Regions:
    """Reads regions.

    Args:
      texts: each a file of peaks (narrowPeak, BED), or stretches or contigs, several between commas.
      contigs: name -> number of bases.
      length: L.
      summit_column: of files not named narrowPeak, see `read_peaks`.
      bad_rows: what becomes of lines of files that break a rule, and of windows that leave their contig.
      pad: keep windows that leave their contig; they hold N there.

    Raises:
      InputError: a text that is no region of these contigs, a line that breaks a rule, a window that leaves its contig,
        or no window at all.
    """
    bad = BadRows() if bad_rows is None else bad_rows
    every, lines = [], []
    for text in texts:
        for found in _read(text, contigs, length, summit_column, bad):
            kept, beyond = _within(found, contigs, length, bad, pad)
            every.append(kept)
            told = f"; {beyond:,} reach beyond their contig: N there" if beyond and pad else ""
            lines.append(f"regions: {found.source}: {found.words}{told}")
    total = sum(len(each.contig) for each in every)
    if not total:
        raise InputError(f"--regions={','.join(texts)}: no window of {length} bases is left; {'; '.join(bad.lines())}")
    return Regions(
        loci=loci(
            [name for each in every for name in each.contig],
            np.concatenate([each.start for each in every]),
            length,
            [strand for each in every for strand in each.strand],
        ),
        tiled=all(each.line is None for each in every),
        lines=(*lines, *bad.lines()),
    )


def _read(
    text: str, contigs: Mapping[str, int], length: int, summit_column: int | None, bad: BadRows
) -> Iterator[_Found]:
    if text not in contigs and Path(text).is_file():
        yield _of_peaks(text, contigs, length, summit_column, bad)
        return
    try:
        regions = [parse_region(text, contigs)]
    except InputError:
        if text.lower().removesuffix(".gz").endswith((".bed", "peak")):
            raise InputError(f"--regions={text}: no such file") from None
        if "," not in text:
            raise
        regions = [parse_region(part.strip(), contigs) for part in text.split(",")]
    for each in regions:
        yield _of_stretch(each, length)


def _of_peaks(path: str, contigs: Mapping[str, int], length: int, summit_column: int | None, bad: BadRows) -> _Found:
    peaks = read_peaks(path, contigs, summit_column=summit_column, skip_unknown_contigs=None, bad_rows=bad)
    assert peaks.reverse is not None
    names = list(contigs)
    called = int(np.count_nonzero(peaks.summit != (peaks.start + peaks.end) // 2))
    at = "summits" if called else "centres"
    reverse = int(peaks.reverse.sum())
    strand = f", {reverse:,} of them read on the minus strand" if reverse else ""
    return _Found(
        contig=[names[place] for place in peaks.contig.tolist()],
        start=windows_at(peaks.summit, length),
        strand=["-" if each else "+" for each in peaks.reverse],
        line=peaks.line,
        source=path,
        words=f"{len(peaks.start):,} peaks, cut to {length} bases at their {at} (base {length // 2 + 1}){strand}",
    )


def _of_stretch(region: Interval, length: int) -> _Found:
    if len(region) <= length:
        start = windows_at(np.array([(region.start + region.end) // 2]), length)
        window = Interval(contig=region.contig, start=int(start[0]), end=int(start[0]) + length)
        words = f"{len(region):,} bases" if len(region) == length else f"{len(region):,} bases: window {window}"
    else:
        step = max(1, length // 2)
        start = np.append(np.arange(region.start, region.end - length, step), region.end - length)
        words = f"{len(region):,} bases: {len(start):,} windows of {length}, {step} bases apart"
    count = len(start)
    return _Found(
        contig=[region.contig] * count, start=start, strand=["+"] * count, line=None, source=str(region), words=words
    )


def _within(found: _Found, contigs: Mapping[str, int], length: int, bad: BadRows, pad: bool) -> tuple[_Found, int]:
    """The windows that lie in their contigs, or all of them; and how many do not."""
    ends = np.array([contigs[name] for name in found.contig], np.int64)
    beyond = (found.start < 0) | (found.start + length > ends)
    if pad or not beyond.any():
        return found, int(beyond.sum())
    for row in np.flatnonzero(beyond).tolist():
        place = f"{found.source}: line {found.line[row]}" if found.line is not None else f"--regions={found.source}"
        first = int(found.start[row])
        told = f"{place}: its window, bases {first + 1} to {first + length} of {found.contig[row]}"
        rule = f"reaches beyond the contig's {ends[row]} bases; --pad puts N there"
        bad.found(InputError(f"{told}, {rule}"), "with a window beyond the contig")
    kept = np.flatnonzero(~beyond)
    return (
        _Found(
            contig=[found.contig[row] for row in kept],
            start=found.start[kept],
            strand=[found.strand[row] for row in kept],
            line=None if found.line is None else found.line[kept],
            source=found.source,
            words=found.words,
        ),
        0,
    )
