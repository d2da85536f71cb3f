"""Peaks of a binding or accessibility experiment, with their summits.

narrowPeak (https://genome.ucsc.edu/FAQ/FAQformat.html#format12) has ten columns; the tenth counts the bases from the
peak's start to its summit, and -1 says that none was called. Many calls come as other BED files, of three columns or
more.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from genomics.errors import InputError
from genomics.io.bed import records, whole_number
from genomics.sequence.intervals import Interval, checked, unknown_contig

#: Columns of narrowPeak, and the one of its summits, counted from 1.
NARROW_PEAK_COLUMNS = 10


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """P peaks in the order of the file.

    Attributes:
      contig: place of each one's contig among the genome's.
      start: first base, 0-based.
      end: after the last base.
      summit: base of the summit, within the peak; the centre `(start + end) // 2` where none was called.
      skipped: lines left out because the genome has no such contig.
    """

    contig: Int64[np.ndarray, " P"]
    start: Int64[np.ndarray, " P"]
    end: Int64[np.ndarray, " P"]
    summit: Int64[np.ndarray, " P"]
    skipped: int = 0


def read_peaks(
    path: str | os.PathLike[str],
    contigs: Mapping[str, int],
    *,
    summit_column: int | None = None,
    skip_unknown_contigs: bool = False,
) -> Peaks:
    """Reads narrowPeak or BED, plain or gzip.

    Args:
      path: the file. All of its lines must have one number of columns, at least contig, start and end.
      contigs: name -> number of bases; every peak must lie within its contig.
      summit_column: column, from 1, that holds the number of bases from the peak's start to its summit (0 = the summit
        is the peak's first base), or -1 for no summit; 0 = the file has none: centres. By default column 10 of a file
        that is named `.narrowPeak` or has ten columns, and centres of any other.
      skip_unknown_contigs: leave out and count peaks on contigs that the genome does not have. A name that differs
        from a contig's by the prefix `chr` alone stays an error.

    Raises:
      InputError: the file cannot be read or holds no peak, or a line breaks a rule; the message names file and line.
    """
    path = Path(path)
    places = {name: place for place, name in enumerate(contigs)}
    rows: list[tuple[int, int, int, int]] = []
    skipped = columns = 0
    for number, fields in records(path):
        where = f"{path}: line {number}"
        if not columns:
            columns = len(fields)
            column = _summit_column(path, columns, summit_column, where)
        elif len(fields) != columns:
            raise InputError(f"{where}: has {len(fields)} columns; must have {columns}, as the first line")
        contig = fields[0]
        try:
            start, end = whole_number(fields[1]), whole_number(fields[2])
        except (ValueError, IndexError):
            raise InputError(f"{where}: {_shown(fields)}: must be CONTIG, START, END between tabs") from None
        if contig not in places and skip_unknown_contigs and _other_prefix(contig) not in places:
            skipped += 1
            continue
        if contig not in places or not 0 <= start < end <= contigs[contig]:
            _refuse(Interval(contig=contig, start=start, end=end), contigs, where)
        rows.append((places[contig], start, end, _summit(fields, column, start, end, where)))
    if not rows:
        raise InputError(f"{path}: holds no peak" + (f" on the genome's contigs; {skipped} on others" * bool(skipped)))
    contig, start, end, summit = np.array(rows, np.int64).T
    return Peaks(contig=contig, start=start, end=end, summit=summit, skipped=skipped)


def is_narrow_peak(path: str | os.PathLike[str]) -> bool:
    """Whether the name says so, with or without `.gz`."""
    return os.fspath(path).lower().removesuffix(".gz").endswith(".narrowpeak")


def _summit_column(path: Path, columns: int, given: int | None, where: str) -> int:
    """The column of the summits, from 1; 0 = none."""
    named = is_narrow_peak(path)
    if named and columns != NARROW_PEAK_COLUMNS:
        raise InputError(f"{where}: has {columns} columns; narrowPeak has {NARROW_PEAK_COLUMNS}")
    if given is None:
        return NARROW_PEAK_COLUMNS if columns == NARROW_PEAK_COLUMNS else 0
    if given > columns:
        raise InputError(f"{where}: has {columns} columns, but summits were said to be in column {given}")
    return given


def _summit(fields: list[str], column: int, start: int, end: int, where: str) -> int:
    if not column:
        return (start + end) // 2
    text = fields[column - 1]
    try:
        offset = whole_number(text)
    except ValueError:
        offset = -2
    if offset == -1:
        return (start + end) // 2
    if not 0 <= offset < end - start:
        raise InputError(
            f"{where}: column {column} is {text[:20]!r}; a summit must be a number of bases from the peak's start, "
            f"from 0 to {end - start - 1} in this peak of {end - start}, or -1 for none"
        )
    return start + offset


def _refuse(interval: Interval, contigs: Mapping[str, int], where: str) -> None:
    if interval.contig not in contigs and _other_prefix(interval.contig) not in contigs:
        hint = "; --skip_unknown_contigs leaves such peaks out"
        raise InputError(f"{where}: {unknown_contig(interval.contig, contigs)}{hint}")
    checked(interval, contigs, where)


def _other_prefix(name: str) -> str:
    return name.removeprefix("chr") if name.startswith("chr") else f"chr{name}"


def _shown(fields: list[str]) -> str:
    return repr("\t".join(fields)[:60])
