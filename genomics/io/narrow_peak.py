"""Peaks of a binding or accessibility experiment, with their summits.

narrowPeak (https://genome.ucsc.edu/FAQ/FAQformat.html#format12) has ten columns; the tenth counts the bases from the
peak's start to its summit, and -1 says that none was called. Many calls come as other BED files, of three columns or
more.
"""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int64

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.bed import records, whole_number
from genomics.sequence.intervals import Interval, checked, other_prefix, unknown_contig

#: Columns of narrowPeak, and the one of its summits, counted from 1.
NARROW_PEAK_COLUMNS = 10
_STRAND_COLUMN, _STRANDS = 6, ("+", "-", ".")


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """P peaks in the order of the file.

    Attributes:
      contig: place of each one's contig among the genome's.
      start: first base, 0-based.
      end: after the last base.
      summit: base of the summit, within the peak; the centre `(start + end) // 2` where none was called.
      skipped: lines left out because the genome has no such contig.
      further_columns: columns beyond the ten of narrowPeak, which say nothing here.
      passed_over: bad lines left out, by reason.
      reverse: whether column 6 puts each on the minus strand; none is where that column holds no strands.
      line: of each in the file, from 1.
    """

    contig: Int64[np.ndarray, " P"]
    start: Int64[np.ndarray, " P"]
    end: Int64[np.ndarray, " P"]
    summit: Int64[np.ndarray, " P"]
    skipped: int = 0
    further_columns: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    reverse: Bool[np.ndarray, " P"] | None = None
    line: Int64[np.ndarray, " P"] | None = None


def read_peaks(
    path: str | os.PathLike[str],
    contigs: Mapping[str, int],
    *,
    summit_column: int | None = None,
    skip_unknown_contigs: bool | None = False,
    bad_rows: BadRows | None = None,
) -> Peaks:
    """Reads narrowPeak or BED, plain or gzip.

    Args:
      path: the file. All of its lines must have one number of columns, at least contig, start and end.
      contigs: name -> number of bases; every peak must lie within its contig.
      summit_column: column, from 1, that holds the number of bases from the peak's start to its summit (0 = the summit
        is the peak's first base), or -1 for no summit; 0 = the file has none: centres. By default column 10 of a file
        that is named `.narrowPeak` (which may have further columns) or has ten columns, and centres of any other.
      skip_unknown_contigs: leave out and count peaks on contigs that the genome does not have. A name that differs
        from a contig's by the prefix `chr` alone stays an error. None = no, and there is no flag for it.
      bad_rows: what becomes of lines that break a rule, by default an error; those of other contigs are among them.

    Raises:
      InputError: the file cannot be read or holds no peak, or a line breaks a rule; the message names file and line.
    """
    path = Path(path)
    places = {name: place for place, name in enumerate(contigs)}
    rows: list[tuple[int, ...]] = []
    bad = BadRows() if bad_rows is None else bad_rows
    skipped = columns = column = 0
    stranded = False
    for number, fields in records(path):
        where = f"{path}: line {number}"
        if not columns:
            columns = len(fields)
            column = _summit_column(path, columns, summit_column, where)
            stranded = columns >= _STRAND_COLUMN and fields[_STRAND_COLUMN - 1] in _STRANDS
        if skip_unknown_contigs and fields[0] not in places and other_prefix(fields[0]) not in places:
            skipped += 1
            continue
        try:
            place = _row(fields, columns, column, places, contigs, where, hint=skip_unknown_contigs is not None)
            rows.append((*place, number, _reverse(fields, where) if stranded else False))
        except _BadRow as error:
            bad.found(error, error.reason)
    if not rows:
        raise InputError(f"{path}: holds no peak" + (f" on the genome's contigs; {skipped} on others" * bool(skipped)))
    contig, start, end, summit, line, reverse = np.array(rows, np.int64).T
    further = max(0, columns - NARROW_PEAK_COLUMNS) if is_narrow_peak(path) else 0
    return Peaks(
        contig=contig,
        start=start,
        end=end,
        summit=summit,
        skipped=skipped,
        further_columns=further,
        passed_over=bad.counts,
        reverse=reverse.astype(bool),
        line=line,
    )


class _BadRow(InputError):
    """A line that breaks a rule, with the reason that it shares with others."""

    def __init__(self, message: str, reason: str):
        super().__init__(message)
        self.reason = reason


def _row(
    fields: list[str],
    columns: int,
    column: int,
    places: Mapping[str, int],
    contigs: Mapping[str, int],
    where: str,
    *,
    hint: bool,
) -> tuple[int, int, int, int]:
    """Place of the contig, start, end and summit of a line."""
    if len(fields) != columns:
        raise _BadRow(f"{where}: has {len(fields)} columns; must have {columns}, as the first line", "of other columns")
    try:
        start, end = whole_number(fields[1]), whole_number(fields[2])
    except (ValueError, IndexError):
        raise _BadRow(f"{where}: {_shown(fields)}: must be CONTIG, START, END between tabs", "no interval") from None
    if fields[0] not in places:
        told = f"{where}: {unknown_contig(fields[0], contigs)}"
        if other_prefix(fields[0]) in places:  # all peaks would be lost for a matter of spelling
            raise InputError(told)
        further = "; --skip_unknown_contigs leaves such peaks out" * hint
        raise _BadRow(f"{told}{further}", "on contigs not in the FASTA file")
    try:
        checked(Interval(contig=fields[0], start=start, end=end), contigs, where)
    except InputError as error:
        raise _BadRow(str(error), "beyond the contig, or empty") from None
    try:
        return places[fields[0]], start, end, _summit(fields, column, start, end, where)
    except InputError as error:
        raise _BadRow(str(error), "with a summit outside the peak") from None


def _reverse(fields: list[str], where: str) -> bool:
    strand = fields[_STRAND_COLUMN - 1]
    if strand not in _STRANDS:
        raise _BadRow(f"{where}: column 6 is {strand[:20]!r}; a strand must be +, - or .", "without a strand")
    return strand == "-"


def is_narrow_peak(path: str | os.PathLike[str]) -> bool:
    """Whether the name says so, with or without `.gz`."""
    return os.fspath(path).lower().removesuffix(".gz").endswith(".narrowpeak")


def _summit_column(path: Path, columns: int, given: int | None, where: str) -> int:
    """The column of the summits, from 1; 0 = none."""
    named = is_narrow_peak(path)
    if named and columns < NARROW_PEAK_COLUMNS:
        raise InputError(f"{where}: has {columns} columns; narrowPeak has {NARROW_PEAK_COLUMNS}")
    if given is None:
        return NARROW_PEAK_COLUMNS if named or columns == NARROW_PEAK_COLUMNS else 0
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


def _shown(fields: list[str]) -> str:
    return repr("\t".join(fields)[:60])
