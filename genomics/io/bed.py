"""BED, its first three columns: https://samtools.github.io/hts-specs/BEDv1.pdf ."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from genomics.errors import InputError
from genomics.io.compressed import read_whole
from genomics.sequence.intervals import Interval, checked

_NO_RECORD = ("track", "browser")


def read_bed(path: str | os.PathLike[str], contigs: Mapping[str, int]) -> list[Interval]:
    """The intervals of a BED file, plain or gzip, in the order of the file.

    Args:
      path: the file; columns contig, start, end (0-based, half-open) and any others, between tabs or blanks.
      contigs: name -> number of bases; every interval must lie within its contig.

    Raises:
      InputError: the file cannot be read or holds no interval, or a line is not an interval of these contigs; the
        message names file and line.
    """
    path = Path(path)
    found = []
    for number, fields in records(path):
        where = f"{path}: line {number}"
        try:
            interval = Interval(contig=fields[0], start=whole_number(fields[1]), end=whole_number(fields[2]))
        except (ValueError, IndexError):
            shown = "\t".join(fields)[:60]
            raise InputError(f"{where}: {shown!r}: must be CONTIG, START, END between tabs") from None
        found.append(checked(interval, contigs, where))
    if not found:
        raise InputError(f"{path}: holds no interval")
    return found


def records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number, from 1, and fields of each record; comments, headers and empty lines are none.

    Fields stand between tabs, or between blanks where a line has no tab.

    Raises:
      InputError: the file cannot be read.
    """
    for number, line in enumerate(_lines(path), start=1):
        if line.strip() and not line.startswith("#") and line.split(maxsplit=1)[0] not in _NO_RECORD:
            yield number, line.rstrip("\r\n").split("\t") if "\t" in line else line.split()


def whole_number(text: str) -> int:
    """The integer that plain decimal digits write, with or without a minus; nothing else that Python reads as one.

    Raises:
      ValueError: the text is another.
    """
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise ValueError(text)
    return int(text)


def _lines(path: Path) -> list[str]:
    try:
        # Not str.splitlines: that also splits at characters which a name or a comment may hold.
        return read_whole(path).decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start}: is not text") from error
