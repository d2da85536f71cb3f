"""Pieces of contigs laid end to end with their flanks, so that chunks of one size cover short regions without waste."""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from genomics.io.deflate import crc32
from genomics.io.genome import Genome
from genomics.sequence.bases import N
from genomics.sequence.intervals import Interval


@dataclass(frozen=True, kw_only=True)
class Segment:
    """`size` bases that are evaluated: from `place` in the evaluated sequence on, from row `row` of the part on."""

    place: int
    row: int
    size: int


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A part's bases as one sequence that is evaluated window by window.

    The windows across the join of two segments mean nothing; no segment refers to them.

    Attributes:
      codes: segments with L // 2 bases before and L - 1 - L // 2 after each.
      segments: in order of place and of row.
      length: L.
      rows: bases of the part, N runs included.
      unknown: how many of them are N.
      digest: CRC-32 over the part's bases and flanks.
    """

    codes: UInt8[np.ndarray, " V"]
    segments: tuple[Segment, ...]
    length: int
    rows: int
    unknown: int
    digest: int

    def num_chunks(self, chunk: int) -> int:
        """Chunks of `chunk` windows that cover the sequence."""
        return -(-max(len(self.codes) - self.length + 1, 0) // chunk)

    def chunk(self, number: int, chunk: int) -> UInt8[np.ndarray, " W"]:
        """The `chunk` + L - 1 bases of a chunk, the last one filled up with N."""
        found = self.codes[number * chunk : (number + 1) * chunk + self.length - 1]
        return np.pad(found, (0, chunk + self.length - 1 - len(found)), constant_values=N)

    def places(self, number: int, chunk: int) -> Iterator[tuple[slice, slice]]:
        """(rows of the part, rows of the chunk's result) that belong together."""
        first, last = number * chunk, (number + 1) * chunk
        start = bisect.bisect_right(self.segments, first, key=lambda each: each.place + each.size)
        for each in self.segments[start:]:
            if each.place >= last:
                return
            low, high = max(each.place, first), min(each.place + each.size, last)
            row = each.row + low - each.place
            yield slice(row, row + high - low), slice(low - first, high - first)


def lay_out(pieces: Sequence[Interval], genome: Genome, length: int) -> Layout:
    """Reads the pieces with their flanks, and leaves out runs of N that cost more to evaluate than to cut out.

    Args:
      pieces: of a part.
      genome: where their bases are; beyond the ends of a contig all is N.
      length: L.
    """
    before = length // 2
    codes: list[np.ndarray] = []
    segments: list[Segment] = []
    place = row = unknown = digest = 0
    for piece in pieces:
        found = genome.fetch(piece.contig, piece.start - before, piece.end + length - 1 - before)
        digest = crc32(np.ascontiguousarray(found), digest)
        missing = found[before : before + len(piece)] == N
        unknown += int(np.count_nonzero(missing))
        for start, end in known_stretches(missing, length - 1):
            codes.append(found[start : end + length - 1])
            segments.append(Segment(place=place, row=row + start, size=end - start))
            place += end - start + length - 1
        row += len(piece)
    joined = codes[0] if len(codes) == 1 else np.concatenate(codes) if codes else np.zeros(0, np.uint8)
    return Layout(codes=joined, segments=tuple(segments), length=length, rows=row, unknown=unknown, digest=digest)


def known_stretches(missing: np.ndarray, longest: int) -> list[tuple[int, int]]:
    """Half-open stretches without a missing run of more than `longest`; they neither start nor end with one missing."""
    if not missing.any():
        return [(0, len(missing))] if len(missing) else []
    known = np.flatnonzero(~missing)
    if not len(known):
        return []
    breaks = np.flatnonzero(np.diff(known) > longest + 1)
    starts = known[np.concatenate([[0], breaks + 1])]
    ends = known[np.concatenate([breaks, [len(known) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
