"""BED, its first three columns: https://samtools.github.io/hts-specs/BEDv1.pdf ."""

import gzip
import os
from collections.abc import Mapping
from pathlib import Path

from genomics.errors import InputError
from genomics.sequence.intervals import Interval, checked

_NO_RECORD = ("#", "track", "browser")


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
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip() or line.startswith(_NO_RECORD):
            continue
        fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        where = f"{path}: line {number}"
        try:
            interval = Interval(contig=fields[0], start=int(fields[1]), end=int(fields[2]))
        except (ValueError, IndexError):
            raise InputError(f"{where}: {line.strip()[:60]!r}: must be CONTIG, START, END between tabs") from None
        found.append(checked(interval, contigs, where))
    if not found:
        raise InputError(f"{path}: holds no interval")
    return found


def _lines(path: Path) -> list[str]:
    try:
        data = path.read_bytes()
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        return data.decode("utf-8").splitlines()
    except (OSError, EOFError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start}: is not text") from error
