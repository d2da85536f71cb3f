"""The index of a FASTA file, held against the file: htslib believes it, and would give other bases without an error.

`.fai`: one line a contig, name, bases, place of the first base, bases a line, bytes a line
(https://www.htslib.org/doc/faidx.html). `.gzi`, of files compressed by bgzip: the number of blocks but the first, then
the place of each in the file and in what it unpacks to (https://www.htslib.org/doc/bgzip.html).
"""

import bisect
import functools
import gzip
import mmap
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genomics.errors import InputError
from genomics.io.fasta_lines import index_lines

#: Bytes of the longest header lines that are looked for between the bases of two contigs.
_LONGEST_GAP = 1 << 22
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


def check_index(path: Path, fai: Path, gzi: Path | None) -> dict[str, int]:
    """Checks that the contigs of an index, each behind its header, are all that a FASTA file holds.

    Only a few bytes a contig are read, and those of compressed files that tell the length of a block; the whole file
    where something does not agree, to tell the cause.

    Args:
      path: the FASTA file.
      fai: its index.
      gzi: that of its blocks, where it is compressed by bgzip.

    Returns:
      Name -> number of bases, in the order of the file. Contigs without bases, which htslib's index leaves out, are
      among them.

    Raises:
      InputError: an index cannot be read or is not of this file, or the file has a line that no index can hold.
    """
    lines = sorted(_read_fai(fai), key=lambda line: line.start)
    read = _plain(path) if gzi is None else _blocks(path, gzi)
    found: dict[str, int] = {}
    place, before = 0, "the file's start"
    for line in lines:
        gap = read(place, line.start) if place <= line.start <= place + _LONGEST_GAP else b""
        names = _headers(gap)
        if not names or names[-1] != line.contig or not gap.endswith(b"\n") or not found.keys().isdisjoint(names):
            raise _other(path, fai, f"contig {line.contig} does not follow {before}")
        found |= dict.fromkeys(names, 0) | {line.contig: line.bases}
        if line.bases > line.line_bases:
            ending = read(line.start + line.line_bases, line.start + line.line_bytes)
            if ending not in (b"\n", b"\r\n"):
                raise _other(path, fai, f"contig {line.contig} has no lines of {line.line_bases} bases")
        if line.bases and not read(line.end - 1, line.end).strip():
            raise _other(path, fai, f"contig {line.contig} ends before {line.bases} bases")
        place, before = line.end, line.contig
    names = _headers(read(place, place + _LONGEST_GAP))
    if names is None or not found.keys().isdisjoint(names):
        raise _other(path, fai, f"contig {before} does not end where it should")
    return found | dict.fromkeys(names, 0)


def _headers(gap: bytes) -> list[str] | None:
    """Names of the contigs whose headers stand between two stretches of bases; None where anything else does."""
    texts = [text for text in (line.strip() for line in gap.split(b"\n")) if text]
    words = [text[1:].split(maxsplit=1) for text in texts if text.startswith(b">")]
    if len(words) < len(texts) or not all(words):
        return None
    names = [word[0].decode("utf-8", "surrogateescape") for word in words]
    return names if len(set(names)) == len(names) else None


def _other(path: Path, index: Path, reason: str) -> InputError:
    """What is wrong with the file itself, where something is; otherwise the index is not of this file."""
    try:
        index_lines(path)
    except InputError as error:
        return error
    return InputError(f"{path}: {reason}: the index {index} is of another file; delete it")


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
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return lambda first, end: data[first:end]


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
