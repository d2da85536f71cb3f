"""Records of a VCF file in blocks, as columns: what most records need is found for all of a block at once.

https://samtools.github.io/hts-specs/VCFv4.5.pdf . A record of a block is the same as that of `genomics.io.vcf`, whose
rules and messages hold here too.
"""

import contextlib
import gzip
import io
import itertools
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int, UInt8

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.compressed import GZIP_MAGIC
from genomics.io.vcf import KEEP, Vcf, VcfRecord, open_vcf
from genomics.sequence.bases import encode

_BLOCK_BYTES = 1 << 21
_NEWLINE, _TAB, _COMMA, _CARRIAGE, _DOT, _SEMICOLON, _ZERO = b"\n\t,\r.;0"
#: CHROM POS ID REF ALT QUAL FILTER: a record has a tab after each.
_TABS = 7
#: POS of so many digits is read here; longer ones by `open_vcf`, which has a rule for them.
_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class VcfBlock:
    """Some records that follow each other.

    Attributes:
      number: of the first record, from 0 in the file.
      data: their lines, each with a newline.
      begins: (R + 1,) where lines begin; the last number is the end of the data.
      tabs: (R, 7) the first tabs of each line.
      starts: (R,) POS, 0-based.
    """

    number: int
    data: bytes
    begins: Int[np.ndarray, " R1"]
    tabs: Int[np.ndarray, "R 7"]
    starts: Int[np.ndarray, " R"]

    def __len__(self) -> int:
        return len(self.starts)

    def rows(self, low: int, high: int) -> "VcfBlock":
        """The records `low` to `high` of the block."""
        first, last = int(self.begins[low]), int(self.begins[high])
        return VcfBlock(
            number=self.number + low,
            data=self.data[first:last],
            begins=self.begins[low : high + 1] - first,
            tabs=self.tabs[low:high] - first,
            starts=self.starts[low:high],
        )

    def contigs(self) -> list[tuple[str, int, int]]:
        """(CHROM, first record, behind the last one) of records that follow each other on a contig."""
        if not len(self):
            return []
        start = self.data[: self.tabs[0, 0] + 1]
        if self.data.count(b"\n" + start) == len(self) - 1:  # mostly there is one
            return [(start[:-1].decode(), 0, len(self))]
        begins, ends = self.begins.tolist(), self.tabs[:, 0].tolist()
        names = [self.data[start:end] for start, end in zip(begins, ends, strict=False)]
        found, place = [], 0
        for name, run in itertools.groupby(names):
            count = sum(1 for _ in run)
            found.append((name.decode(), place, place + count))
            place += count
        return found

    def allele_counts(self) -> Int[np.ndarray, " R"]:
        """ALT alleles of each record."""
        bytes_ = np.frombuffer(self.data, np.uint8)
        commas = np.flatnonzero(bytes_ == _COMMA)
        low, high = self.tabs[:, 3] + 1, self.tabs[:, 4]
        found = np.searchsorted(commas, high) - np.searchsorted(commas, low) + 1
        return np.where((high - low == 1) & (bytes_[low] == _DOT), 0, found)

    def substitutions(self) -> tuple[Bool[np.ndarray, " R"], UInt8[np.ndarray, " R"], UInt8[np.ndarray, " R"]]:
        """Which records are one base for another, and the codes of REF and ALT of these."""
        bytes_ = np.frombuffer(self.data, np.uint8)
        single = (self.tabs[:, 3] - self.tabs[:, 2] == 2) & (self.tabs[:, 4] - self.tabs[:, 3] == 2)
        ref, alt = (encode(bytes_[self.tabs[:, column] + 1].tobytes()) for column in (2, 3))
        return single & (ref < 4) & (alt < 4), ref, alt

    def lines(self) -> list[bytes]:
        """The lines without their ends."""
        places = self.begins.tolist()
        return [self.data[start : end - 1] for start, end in itertools.pairwise(places)]

    def padded(self, width: int) -> UInt8[np.ndarray, "R width"]:
        """The lines without their ends, filled up with 0; the longest has `width` bytes."""
        sizes = np.diff(self.begins) - 1
        bytes_ = np.append(np.frombuffer(self.data, np.uint8), np.zeros(width, np.uint8))
        found = np.lib.stride_tricks.sliding_window_view(bytes_, width)[self.begins[:-1]]
        return np.where(np.arange(width) < sizes[:, None], found, 0)

    def with_info(self, added: bytes, places: Int[np.ndarray, " R1"]) -> bytes:
        """The lines with more at the end of INFO.

        Args:
          added: `;KEY=VALUE` (one or several) of each record, one after the other; a record may have none.
          places: where each begins, and the end.
        """
        bytes_ = np.frombuffer(self.data, np.uint8)
        infos, line_ends, more = self.tabs[:, -1] + 1, self.begins[1:] - 1, np.diff(places) > 0
        tabs = np.append(np.flatnonzero(bytes_ == _TAB), len(bytes_))
        ends = np.minimum(tabs[np.searchsorted(tabs, infos)], line_ends)
        empty = (ends == infos) | ((ends - infos == 1) & (bytes_[infos] == _DOT))
        stops = np.where(more & empty, infos, ends)
        while (open_ := more & (stops > infos) & (bytes_[stops - 1] == _SEMICOLON)).any():
            stops = stops - open_
        firsts = places[:-1] + (more & (stops == infos))  # nothing is before the semicolon
        data, lines = self.data, []
        each = zip(*(x.tolist() for x in (self.begins[:-1], stops, firsts, places[1:], ends, line_ends)), strict=True)
        for begin, stop, first, last, end, line_end in each:
            lines += data[begin:stop], added[first:last], data[end : line_end + 1]
        return b"".join(lines)

    def prefixes(self) -> list[bytes]:
        """CHROM, POS, ID, REF and ALT of each line, with the tabs between; POS without zeros in front."""
        data, places = self.data, zip(self.begins[:-1].tolist(), self.tabs[:, 4].tolist(), strict=True)
        found = [data[begin:end] for begin, end in places]
        bytes_ = np.frombuffer(data, np.uint8)
        zeros = (bytes_[self.tabs[:, 0] + 1] == _ZERO) & (self.tabs[:, 1] - self.tabs[:, 0] > 2)
        for row in np.flatnonzero(zeros).tolist():
            contig, _, rest = found[row].split(b"\t", 2)
            found[row] = b"\t".join([contig, b"%d" % (self.starts[row] + 1), rest])
        return found

    def record(self, index: int) -> VcfRecord:
        """A record by its place in the block."""
        line = self.data[self.begins[index] : self.begins[index + 1] - 1].decode("utf-8", KEEP)
        contig, _, _, ref, alt, _ = line.split("\t", 5)
        return VcfRecord(
            number=self.number + index,
            contig=contig,
            start=int(self.starts[index]),
            ref=ref,
            alts=() if alt == "." else tuple(alt.split(",")),
            line=line,
        )


@contextlib.contextmanager
def open_blocks(
    path: Path, *, allow_truncated: bool = False, bad_rows: BadRows | None = None
) -> Iterator[tuple[Vcf, Iterator[VcfBlock]]]:
    """Opens a file as `open_vcf` does, which knows the header; its records come in blocks.

    Raises:
      InputError: see `open_vcf`.
    """
    with open_vcf(path, allow_truncated=allow_truncated, bad_rows=bad_rows) as vcf:
        yield vcf, _blocks(path, vcf, allow_truncated)


def _blocks(path: Path, vcf: Vcf, allow_truncated: bool) -> Iterator[VcfBlock]:
    number = 0
    with path.open("rb") as raw:
        compressed = raw.read(3).startswith(GZIP_MAGIC)
    fine = vcf.whole
    try:
        with gzip.open(path) if compressed else path.open("rb") as file:
            fine = fine and file.peek(3)[:3] != b"BCF"
            for data in _pieces(file, len(vcf.header)) if fine else ():
                block = _read(data, number)
                if block is None:
                    fine = False
                    break
                number += len(block)
                yield block
    except (OSError, EOFError, zlib.error) as error:
        if not allow_truncated:
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise InputError(f"{path}: cannot be read: {reason}") from error
        fine = False
    if not fine:  # from the first block that is not as it should be, line by line
        yield from _gathered(vcf, number)


def _pieces(file: gzip.GzipFile | io.BufferedReader, header: int) -> Iterator[bytes]:
    """Whole lines, some megabytes at a time, after the header."""
    for _ in range(header):
        file.readline()
    while data := file.read(_BLOCK_BYTES):
        yield data + file.readline()


def _read(data: bytes, number: int) -> VcfBlock | None:
    """The columns of lines; None where a line is no plain record."""
    data = data if data.endswith(b"\n") else data + b"\n"
    bytes_ = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(bytes_ == _NEWLINE)
    begins = np.concatenate([[0], ends + 1])
    places = np.flatnonzero(bytes_ == _TAB)
    first = np.searchsorted(places, begins[:-1])
    if not data.isascii() or _CARRIAGE in data or first[-1] + _TABS > len(places):
        return None
    tabs = places[first[:, None] + np.arange(_TABS)]
    if (tabs[:, -1] > ends).any():
        return None
    low, digits = tabs[:, 0] + 1, tabs[:, 1] - tabs[:, 0] - 1
    if digits.min() < 1 or digits.max() > _DIGITS:
        return None
    position = np.zeros(len(low), np.int64)
    for place in range(int(digits.max())):
        here = place < digits
        digit = bytes_[np.where(here, low + place, low)].astype(np.int64) - ord("0")
        if ((digit < 0) | (digit > 9)).any():
            return None
        position = np.where(here, position * 10 + digit, position)
    return VcfBlock(number=number, data=data, begins=begins, tabs=tabs, starts=position - 1)


def _gathered(vcf: Vcf, number: int) -> Iterator[VcfBlock]:
    """Blocks of the records of `open_vcf` from one on, whatever its lines are made of."""
    records = itertools.dropwhile(lambda record: record.number < number, vcf.records)
    while some := list(itertools.islice(records, 1 << 14)):
        lines = [record.line.encode("utf-8", KEEP) for record in some]
        begins = np.cumsum([0, *(len(line) + 1 for line in lines)])
        tabs = [list(itertools.islice(_found(line), _TABS)) for line in lines]
        yield VcfBlock(
            number=some[0].number,
            data=b"\n".join(lines) + b"\n",
            begins=begins,
            tabs=np.array(tabs, np.int64) + begins[:-1, None],
            starts=np.array([record.start for record in some], np.int64),
        )


def _found(line: bytes) -> Iterator[int]:
    place = line.find(b"\t")
    while place >= 0:
        yield place
        place = line.find(b"\t", place + 1)
