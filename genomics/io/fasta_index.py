"""The index of a FASTA file, held against the file: htslib believes it, and would give other bases without an error.

`.fai`: one line a contig, name, bases, place of the first base, bases a line, bytes a line
(https://www.htslib.org/doc/faidx.html). `.gzi`, of files compressed by bgzip: the number of blocks but the first, then
the place of each in the file and in what it unpacks to (https://www.htslib.org/doc/bgzip.html).
"""

import bisect
import functools
import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genomics.errors import InputError

#: Bytes of the longest header line that is looked for.
_LONGEST_HEADER = 1 << 16
_NUMBER = re.compile(r"[0-9]{1,18}")

#: (first, end) -> these bytes of the unpacked file, fewer beyond its end.
_Read = Callable[[int, int], bytes]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of the index."""

    contig: str
    bases: int
    start: int
    line_bases: int
    line_bytes: int

    @property
    def end(self) -> int:
        """The place after the last base."""
        if not self.bases:
            return self.start
        lines, rest = divmod(self.bases - 1, self.line_bases)
        return self.start + lines * self.line_bytes + rest + 1


def check_index(path: Path, fai: Path, gzi: Path | None) -> None:
    """Checks that the contigs of an index, each behind its header, are all that a FASTA file holds.

    Only a few bytes a contig are read, and those of compressed files that tell the length of a block.

    Args:
      path: the FASTA file.
      fai: its index.
      gzi: that of its blocks, where it is compressed by bgzip.

    Raises:
      InputError: an index cannot be read or is not of this file, or a contig is twice in the file.
    """
    lines = sorted(_read_fai(fai), key=lambda line: line.start)
    read = _plain(path) if gzi is None else _blocks(path, gzi)
    place, before = 0, "the file's start"
    for line in lines:
        header = read(place, line.start) if place <= line.start <= place + _LONGEST_HEADER else b""
        if not re.fullmatch(
            rb"\s*>%s(?:[^\S\n][^\n]*)?\n" % re.escape(line.contig.encode("utf-8", "surrogateescape")), header
        ):
            raise _other(path, fai, f"contig {line.contig} does not follow {before}")
        if line.bases > line.line_bases:
            ending = read(line.start + line.line_bases, line.start + line.line_bytes)
            if ending not in (b"\n", b"\r\n"):
                raise _other(path, fai, f"contig {line.contig} has no lines of {line.line_bases} bases")
        if line.bases and not read(line.end - 1, line.end).strip():
            raise _other(path, fai, f"contig {line.contig} ends before {line.bases} bases")
        place, before = line.end, line.contig
    if not re.fullmatch(rb"\s*", read(place, place + _LONGEST_HEADER)):
        raise _other(path, fai, f"contig {before} does not end where it should")


def _other(path: Path, index: Path, reason: str) -> InputError:
    return InputError(
        f"{path}: {reason}: a contig's name occurs twice, a byte is no letter, or the index {index} is of another file "
        "(then delete it)"
    )


def _read_fai(path: Path) -> list[_Line]:
    rule = "must be NAME, BASES, PLACE, BASES A LINE, BYTES A LINE between tabs; delete the index"
    lines: dict[str, _Line] = {}
    for number, text in enumerate(path.read_bytes().decode("utf-8", "surrogateescape").split("\n")[:-1], start=1):
        name, *numbers = text.rstrip("\r").split("\t")
        if not name or len(numbers) != 4 or not all(_NUMBER.fullmatch(each) for each in numbers):
            raise InputError(f"{path}: line {number}: {text[:60]!r}: {rule}")
        bases, start, line_bases, line_bytes = (int(each) for each in numbers)
        if name in lines or line_bytes < line_bases or (bases and not line_bases):
            raise InputError(f"{path}: line {number}: {text[:60]!r}: {rule}")
        lines[name] = _Line(contig=name, bases=bases, start=start, line_bases=line_bases, line_bytes=line_bytes)
    if not lines:
        raise InputError(f"{path}: is empty or cut; delete it")
    return list(lines.values())


def _plain(path: Path) -> _Read:
    data = np.memmap(path, np.uint8, "r")
    return lambda first, end: data[first:end].tobytes()


def _blocks(path: Path, gzi: Path) -> _Read:
    data = np.memmap(path, np.uint8, "r")
    entries = np.frombuffer(gzi.read_bytes()[: gzi.stat().st_size // 8 * 8], "<u8")
    packed, unpacked = (np.concatenate([np.zeros(1, "<u8"), entries[place::2]]).astype(np.int64) for place in (1, 2))
    if not _agree(data, entries, packed, unpacked):
        raise InputError(f"{gzi}: is not the index of the blocks of {path}; delete it")

    @functools.lru_cache(maxsize=4)
    def block(number: int) -> bytes:
        try:
            return gzip.decompress(data[packed[number] : [*packed[number + 1 : number + 2], None][0]].tobytes())
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: byte {packed[number]}: damaged or truncated bgzip block: {error}") from error

    def read(first: int, end: int) -> bytes:
        number, found = bisect.bisect_right(unpacked, first) - 1, b""
        while first < end and number < len(unpacked):
            place = first - int(unpacked[number])
            part = block(number)[place : place + end - first]
            found, first, number = found + part, first + len(part), number + 1
        return found

    return read


def _agree(data: np.ndarray, entries: np.ndarray, packed: np.ndarray, unpacked: np.ndarray) -> bool:
    """Whether a block starts at each place, and is as long as the next one's place says: its last four bytes tell."""
    if not len(entries) or len(entries) != 2 * int(entries[0]) + 1:
        return False
    if (np.diff(packed) < 4).any() or packed[-1] > len(data) - 4 or packed.min() < 0:
        return False
    lengths = data[packed[1:, None] + np.arange(-4, 0)].astype(np.int64) @ (1 << np.arange(0, 32, 8))
    starts = (data[packed] == 0x1F) & (data[packed + 1] == 0x8B)
    return bool(starts.all() and (np.diff(unpacked) == lengths).all())
