"""A piece of a track, finished where its values are: sections and blocks of zoom levels, compressed, to be copied.

The finest levels count bins from the contig's start. A bin that may go on in the neighbouring piece, and the bins of
the level from which coarser ones are made, are kept as numbers until the pieces are joined.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64, Shaped

from genomics.io.bigwig.form import (
    BIN,
    BLOCK,
    BLOCK_BINS,
    FIXED_STEP,
    RECORD,
    SECTION,
    SECTION_VALUES,
    keys,
)
from genomics.io.deflate import compress

#: Bases of a bin of each zoom level that a piece finishes; powers of two.
FINISHED = (32, 128, 512)
#: Of the level from which coarser ones are made.
COARSE = 2048
#: Between a level and the next.
FACTOR = 4
#: What a piece is finished of: the values themselves (0), and levels by their bins' bases.
LEVELS = (0, *FINISHED)
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Compressed blocks.

    Attributes:
      table: `BLOCK`, what each covers and its bytes.
      body: the blocks one after the other.
    """

    table: Shaped[np.ndarray, " N"]
    body: bytes | memoryview = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A track between the first and the last place of some intervals.

    Attributes:
      blocks: for each of `LEVELS`.
      cut: for each of `FINISHED`, the bins (`BIN`) that neighbours may share.
      coarse: bins of `COARSE` bases, all of them.
    """

    blocks: tuple[Blocks, ...]
    cut: tuple[np.ndarray, ...]
    coarse: Shaped[np.ndarray, " N"]


@dataclass(frozen=True)
class PieceLayout:
    """Where the values of a piece are: the same for all its tracks.

    Attributes:
      contigs: number of each interval's contig.
      starts: of each interval, 0-based.
      lengths: of each interval, at least 1. Intervals are in order within a contig, and contigs in one place each.
      sizes: bases of every contig by its number.
    """

    contigs: Int64[np.ndarray, " M"]
    starts: Int64[np.ndarray, " M"]
    lengths: Int64[np.ndarray, " M"]
    sizes: Int64[np.ndarray, " contigs"]
    _found: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @property
    def count(self) -> int:
        """Values of the piece."""
        return int(self.lengths.sum())

    def of(self, known: Bool[np.ndarray, " P"]) -> Int64[np.ndarray, " K"]:
        """The keys of the values that are known; tracks mostly lack the same ones."""
        if "all" not in self._found:
            shift = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
            self._found["all"] = np.arange(self.count) + np.repeat(
                keys(self.contigs, self.starts) - shift, self.lengths
            )
        if "known" not in self._found or not np.array_equal(self._found["known"], known):
            self._found["known"] = known
            self._found["keys"] = self._found["all"] if known.all() else self._found["all"][known]
        return self._found["keys"]

    def cut(self, width: int) -> Sequence[int]:
        """Keys of the bins in which the piece starts and ends, where a neighbour may have a share of them."""
        found = []
        if self.starts[0] % width:
            found.append((int(self.contigs[0]) << 32) | int(self.starts[0] // width * width))
        end = int(self.starts[-1] + self.lengths[-1])
        if end % width and end < self.sizes[self.contigs[-1]]:
            found.append((int(self.contigs[-1]) << 32) | (end // width * width))
        return found


def finish(places: PieceLayout, values: Float[np.ndarray, " P"]) -> Piece:
    """Makes a piece.

    Args:
      places: of the values.
      values: those that are not finite are taken as absent.
    """
    single = values.astype(np.float32, copy=False)
    known = np.isfinite(single)
    at = places.of(known)
    kept = (single if known.all() else single[known]) + np.float32(0)  # -0 is 0
    bins = _binned(at, kept, places.sizes)
    blocks, cut = [_sections(at, kept)], []
    for number, width in enumerate(FINISHED):
        bins = reduced(bins, width, places.sizes) if number else bins
        shared = np.isin(keys(bins["contig"], bins["start"]), places.cut(width))
        cut.append(bins[shared])
        blocks.append(packed(bins[~shared]))
    return Piece(blocks=tuple(blocks), cut=tuple(cut), coarse=reduced(bins, COARSE, places.sizes))


def _sections(at: Int64[np.ndarray, " K"], values: Float32[np.ndarray, " K"]) -> Blocks:
    """Runs without a gap, as sections of at most `SECTION_VALUES`."""
    breaks = np.flatnonzero(np.diff(at) != 1) + 1
    firsts = np.concatenate([[0], breaks])[: len(at)]
    lengths = np.diff(firsts, append=len(at))
    counts = -(-lengths // SECTION_VALUES)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    starts = np.repeat(firsts, counts) + within * SECTION_VALUES
    ends = np.minimum(starts + SECTION_VALUES, np.repeat(firsts + lengths, counts))
    table = np.zeros(len(starts), BLOCK)
    table["contig"] = table["end_contig"] = at[starts] >> 32
    table["start"] = at[starts] & 0xFFFFFFFF
    table["end"] = table["start"] + (ends - starts)
    body = []
    for start, end, (contig, first, _, last, _) in zip(starts.tolist(), ends.tolist(), table.tolist(), strict=True):
        header = SECTION.pack(contig, first, last, 1, 1, FIXED_STEP, 0, end - start)
        body.append(compress(header + values[start:end].tobytes()))
    table["size"] = list(map(len, body))
    return Blocks(table=table, body=b"".join(body))


def packed(bins: Shaped[np.ndarray, " N"], largest: int = BLOCK_BINS) -> Blocks:
    """Bins of a zoom level as blocks of at most `largest`; a block's contigs are in the order of their numbers."""
    records = np.zeros(len(bins), RECORD)
    for name in BIN.names or ():
        records[name] = np.clip(bins[name], -_LARGEST, _LARGEST) if name in ("sum", "squares") else bins[name]
    turns = np.flatnonzero(np.diff(bins["contig"].astype(np.int64)) < 0) + 1
    bounds = [0, *turns.tolist(), len(bins)]
    starts = [at for start, end in itertools.pairwise(bounds) for at in range(start, end, largest)]
    ends = [*starts[1:], len(bins)][: len(starts)]
    body = [compress(records[start:end].tobytes()) for start, end in zip(starts, ends, strict=True)]
    lasts = np.array(ends, np.int64) - 1
    table = np.zeros(len(starts), BLOCK)
    table["contig"], table["start"] = bins["contig"][starts], bins["start"][starts]
    table["end_contig"], table["end"] = bins["contig"][lasts], bins["end"][lasts]
    table["size"] = list(map(len, body))
    return Blocks(table=table, body=b"".join(body))


def _binned(at: Int64[np.ndarray, " K"], values: Float32[np.ndarray, " K"], sizes: np.ndarray) -> np.ndarray:
    """Bins of the finest level."""
    width = FINISHED[0]
    places = at // width
    firsts = _firsts(places)
    found = np.zeros(len(firsts), BIN)
    _placed(found, places[firsts] * width, width, sizes)
    if len(firsts):
        found["count"] = np.diff(firsts, append=len(values))
        found["least"], found["largest"] = np.minimum.reduceat(values, firsts), np.maximum.reduceat(values, firsts)
        double = values.astype(np.float64)
        found["sum"] = np.add.reduceat(double, firsts)
        found["squares"] = np.add.reduceat(np.square(double, out=double), firsts)
    return found


def reduced(
    bins: Shaped[np.ndarray, " N"], width: int, sizes: Int64[np.ndarray, " contigs"]
) -> Shaped[np.ndarray, " M"]:
    """Bins of `width` bases from finer ones, or from such that were cut; those of a bin lie side by side."""
    places = keys(bins["contig"], bins["start"]) // width
    firsts = _firsts(places)
    found = np.zeros(len(firsts), BIN)
    _placed(found, places[firsts] * width, width, sizes)
    if len(firsts):
        found["least"] = np.minimum.reduceat(bins["least"], firsts)
        found["largest"] = np.maximum.reduceat(bins["largest"], firsts)
        for name in ("count", "sum", "squares"):
            found[name] = np.add.reduceat(bins[name], firsts)
    return found


def _firsts(places: Int64[np.ndarray, " N"]) -> Int64[np.ndarray, " M"]:
    """Where the place changes, and 0."""
    return np.concatenate([[0], np.flatnonzero(np.diff(places)) + 1])[: len(places)]


def _placed(bins: np.ndarray, at: np.ndarray, width: int, sizes: np.ndarray) -> None:
    contig, start = at >> 32, at & 0xFFFFFFFF
    bins["contig"], bins["start"] = contig, start
    bins["end"] = np.minimum(start + width, sizes[contig])
