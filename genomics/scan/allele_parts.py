"""The alleles of a part of a VCF scan: which can be scored, and where their bases are."""

import collections
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, UInt8

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.deflate import crc32
from genomics.io.genome import Genome
from genomics.io.vcf import VcfRecord
from genomics.io.vcf_blocks import VcfBlock, open_blocks
from genomics.scan.plan import RecordsPlan
from genomics.sequence.variants import (
    MISMATCH,
    OUTSIDE,
    reason_against,
    reason_against_place,
    reason_against_reference,
    windows_of,
)

#: Bases between the first and the last record of a contig that are read at once; records farther apart one by one.
_MOST_BASES = 1 << 25
#: Records that are digested at a time, and the longest line that is put beside its bases in a table.
_DIGESTED, _LONGEST_LINE = 1 << 12, 256


@dataclass(frozen=True, kw_only=True)
class Alleles:
    """Alleles that can be scored, in the order of the file.

    Attributes:
      arrays: `chrom`, `start`, `end`, `record` and `allele`, as in a part.
      skipped: reason -> alleles that cannot be scored.
      digest: CRC-32 of the records and the bases around them.
      codes: bases of all stretches that were read, one after the other.
      place: (M,) where in `codes` the window with REF starts.
      alternative: (M,) code of ALT, where one base is replaced by another; 255 elsewhere.
      windows: allele -> windows with REF and with ALT, of those that are no such substitution.
      lengths: (M, 2) bases of REF and of ALT.
    """

    arrays: Mapping[str, np.ndarray]
    skipped: Mapping[str, int]
    digest: int
    codes: UInt8[np.ndarray, " B"]
    place: Int[np.ndarray, " M"]
    alternative: UInt8[np.ndarray, " M"]
    windows: Mapping[int, UInt8[np.ndarray, "2 L"]]
    lengths: Int[np.ndarray, "M 2"]

    @property
    def single(self) -> Bool[np.ndarray, " M"]:
        """Which are one base for another."""
        return self.alternative < 4

    def pairs(self, rows: Int[np.ndarray, " K"], length: int) -> UInt8[np.ndarray, "K 2 L"]:
        """The windows with REF and with ALT of some alleles."""
        found = np.repeat(self.codes[self.place[rows, None] + np.arange(length)][:, None], 2, axis=1)
        found[:, 1, length // 2] = self.alternative[rows]
        for place in np.flatnonzero(self.alternative[rows] > 3):
            found[place] = self.windows[int(rows[place])]
        return found


def reader(path: Path, plan: RecordsPlan) -> Callable[[int], Iterator[VcfBlock]]:
    """Records of a part by its number; parts asked for in order are read in one pass over the file."""
    held: dict[str, Any] = {"next": 0, "blocks": None, "close": None, "rest": None}

    def start() -> None:
        if held["close"]:
            held["close"].__exit__(None, None, None)
        held["close"] = open_blocks(path, allow_truncated=True, bad_rows=BadRows(mode="skip"))
        held["blocks"], held["rest"], held["next"] = held["close"].__enter__()[1], None, 0

    def records(number: int) -> Iterator[VcfBlock]:
        wanted = plan.records(number)
        if held["blocks"] is None or held["next"] > wanted.start:
            start()
        while held["next"] < wanted.stop:
            block = held["rest"] if held["rest"] is not None else next(held["blocks"] or iter(()), None)
            if block is None:
                return
            low, high = max(wanted.start - block.number, 0), min(wanted.stop - block.number, len(block))
            held["next"] = block.number + high
            held["rest"] = block.rows(high, len(block)) if high < len(block) else None
            if low < high:
                yield block.rows(low, high)

    return records


def read_alleles(blocks: Iterator[VcfBlock], genome: Genome, length: int, no_contig: Mapping[str, str]) -> Alleles:
    """The alleles of some records.

    Args:
      blocks: the records.
      genome: where the bases around them are.
      length: L.
      no_contig: reason against the alleles of a contig that the genome does not have.
    """
    found = _Found(genome, length)
    for block in blocks:
        for contig, low, high in block.contigs():
            found.add(contig, block.rows(low, high), no_contig)
    return found.alleles()


class _Found:
    """Alleles as they are found."""

    def __init__(self, genome: Genome, length: int):
        self._genome, self._length = genome, length
        self._skipped: collections.Counter[str] = collections.Counter()
        self._digest = self._bases = self._rows = 0
        self._codes: list[np.ndarray] = []
        self._columns: list[tuple[np.ndarray, ...]] = []
        self._windows: dict[int, np.ndarray] = {}

    def add(self, contig: str, block: VcfBlock, no_contig: Mapping[str, str]) -> None:
        """All records of a block, which lie on one contig."""
        if contig not in self._genome.contigs:
            self._tell(b"".join(block.lines()))
            self._skipped[no_contig[contig]] += int(block.allele_counts().sum())
            return
        single, ref, alt = block.substitutions()
        others = {index: block.record(index) for index in np.flatnonzero(~single).tolist()}
        sizes = np.ones(len(block), np.int64)
        sizes[list(others)] = [len(each.ref) for each in others.values()]
        first = block.starts - self._length // 2
        low, high = int(first.min()), int((first + self._length + sizes).max())
        try:
            if high - low > _MOST_BASES and len(block) > 1:
                raise InputError("too far apart")
            codes = self._genome.fetch(contig, low, high)
        except InputError:
            if len(block) == 1:
                raise
            half = len(block) // 2  # what is wrong may lie between the records
            self.add(contig, block.rows(0, half), no_contig)
            self.add(contig, block.rows(half, len(block)), no_contig)
            return
        self._digested(block, codes, first - low, sizes)
        self._scored(contig, block, codes, first - low, (single, ref, alt), others)
        self._codes.append(codes)
        self._bases += len(codes)

    def _tell(self, data: bytes | UInt8[np.ndarray, " n"]) -> None:
        self._digest = crc32(data, self._digest)

    def _digested(self, block: VcfBlock, codes: np.ndarray, place: np.ndarray, sizes: np.ndarray) -> None:
        """Each record's line, and the bases that it was scored by."""
        for low in range(0, len(block), _DIGESTED):
            own = block.rows(low, min(low + _DIGESTED, len(block)))
            places, spans = place[low : low + len(own)], self._length + sizes[low : low + len(own)]
            width, span = int(np.diff(own.begins).max()) - 1, int(spans.max())
            if width > _LONGEST_LINE or (spans != span).any():
                data, ends = codes.tobytes(), (places + spans).tolist()
                around = [data[start:end] for start, end in zip(places.tolist(), ends, strict=True)]
                self._tell(b"".join(part for pair in zip(own.lines(), around, strict=True) for part in pair))
                continue
            # Lines filled up with 0, and the bases beside them.
            both = np.empty((len(own), width + span), np.uint8)
            both[:, :width] = own.padded(width)
            both[:, width:] = np.lib.stride_tricks.sliding_window_view(codes, span)[places]
            kept = np.ones(both.shape, bool)
            kept[:, :width] = both[:, :width] != 0
            self._tell(both.ravel().compress(kept.ravel()))

    def _scored(
        self, contig: str, block: VcfBlock, codes: np.ndarray, place: np.ndarray, own: Any, others: Any
    ) -> None:
        single, ref, alt = own
        size = self._genome.contigs[contig]
        outside = single & ((block.starts < 0) | (block.starts >= size))
        differs = single & ~outside & (codes[place + self._length // 2] != ref)
        for reason, which in ((OUTSIDE, outside), (MISMATCH, differs)):
            if which.any():
                self._skipped[reason] += int(which.sum())
        kept = np.flatnonzero(single & ~outside & ~differs)
        ones = np.ones(len(kept), np.int64)
        columns = [kept, ones, alt[kept].astype(np.int64), ones, ones, np.full(len(kept), -1)]
        rows, windows = [], []
        for index, record in others.items():
            context = codes[place[index] : place[index] + self._length + len(record.ref)]
            for allele, text in self._other(record, size, context):
                pair = np.stack(windows_of(context, record.ref, text, self._length))
                rows.append((index, allele, 255, len(record.ref), len(text), len(windows)))
                windows.append(pair)
        if rows:
            columns = [np.concatenate(both) for both in zip(columns, np.array(rows, np.int64).T, strict=True)]
            order = np.lexsort((columns[1], columns[0]))
            columns = [column[order] for column in columns]
        index, allele, code, before, after, pair = columns
        for row in np.flatnonzero(pair >= 0):
            self._windows[self._rows + int(row)] = windows[pair[row]]
        start = block.starts[index]
        self._columns.append(
            (
                np.full(len(index), contig.encode()),
                start,
                start + before,
                index + block.number,
                allele.astype(np.int32),
                place[index] + self._bases,
                code.astype(np.uint8),
                np.stack([before, after], 1).astype(np.int32),
            )
        )
        self._rows += len(index)

    def _other(self, record: VcfRecord, size: int, context: np.ndarray) -> Iterator[tuple[int, str]]:
        """Alleles of a record that is no substitution of one base by another."""
        centre = self._length // 2
        against = reason_against_place(record.start, record.ref, size)
        against = against or reason_against_reference(record.ref, context[centre : centre + len(record.ref)])
        for allele, alt in enumerate(record.alts, start=1):
            if reason := reason_against(alt) or against:
                self._skipped[reason] += 1
            else:
                yield allele, alt

    def alleles(self) -> Alleles:
        """All of them."""
        dtypes = ("S1", np.int64, np.int64, np.int64, np.int32, np.int64, np.uint8)
        columns = [np.concatenate(column) for column in zip(*self._columns, strict=True)] if self._columns else []
        if not columns:
            columns = [*(np.zeros(0, dtype) for dtype in dtypes), np.zeros((0, 2), np.int32)]
        names = ("chrom", "start", "end", "record", "allele")
        return Alleles(
            arrays=dict(zip(names, columns, strict=False)),
            skipped=dict(self._skipped),
            digest=self._digest,
            codes=np.concatenate(self._codes) if self._codes else np.zeros(0, np.uint8),
            place=columns[5],
            alternative=columns[6],
            windows=self._windows,
            lengths=columns[7],
        )
