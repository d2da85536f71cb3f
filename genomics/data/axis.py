"""All contigs on one line of numbers, so that places on a genome are sorted and compared as plain integers."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64, UInt8

from genomics.io.genome import Genome

# Windows nearer to each other than this are read together: a call of htslib costs about as much as these bases.
_NEAR = 4096
_LONGEST_READ = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Contigs in the order of the genome; base b of contig c stands at `offset[c] + b`.

    Attributes:
      names: C names.
      length: of each contig.
      offset: of each contig; contigs are so far apart that no window reaches from one to the next.
    """

    names: tuple[str, ...]
    length: Int64[np.ndarray, " C"]
    offset: Int64[np.ndarray, " C"]


@dataclass(frozen=True, kw_only=True)
class Stretches:
    """S intervals of an axis, half-open, disjoint and in order."""

    start: Int64[np.ndarray, " S"]
    end: Int64[np.ndarray, " S"]


def axis_of(contigs: Mapping[str, int], spacer: int) -> Axis:
    """The axis of contigs (name -> number of bases) with `spacer` numbers that are no base between neighbours."""
    length = np.array(list(contigs.values()), np.int64)
    offset = np.cumsum(length + spacer) - length - spacer
    return Axis(names=tuple(contigs), length=length, offset=offset)


def contig_of(axis: Axis, place: Int64[np.ndarray, " M"]) -> Int64[np.ndarray, " M"]:
    """The contig at each place, as an index; places of spacers count to the contig before."""
    # Empty contigs share no place with others, because spacers are at least 1.
    return np.searchsorted(axis.offset, place, side="right") - 1


def union(start: Int64[np.ndarray, " M"], end: Int64[np.ndarray, " M"]) -> Stretches:
    """The places that any of some intervals covers; neighbours that touch become one."""
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order])
    first = np.flatnonzero(np.concatenate([[True], start[1:] > reach[:-1]]))[: len(start)]
    last = np.append(first[1:], len(start))[: len(first)] - 1
    return Stretches(start=start[first], end=reach[last])


def joined(these: Stretches, those: Stretches) -> Stretches:
    """The places that either covers."""
    return union(np.concatenate([these.start, those.start]), np.concatenate([these.end, those.end]))


def difference(these: Stretches, those: Stretches) -> Stretches:
    """The places of `these` that `those` do not cover."""
    # What those leave free lies between them; the line's ends are beyond everything.
    low = np.iinfo(np.int64).min
    free = Stretches(start=np.append(low, those.end), end=np.append(those.start, np.iinfo(np.int64).max))
    pair, other = overlapping(these.start, these.end, free)
    start, end = np.maximum(these.start[pair], free.start[other]), np.minimum(these.end[pair], free.end[other])
    return Stretches(start=start, end=end)


def overlapping(
    start: Int64[np.ndarray, " M"], end: Int64[np.ndarray, " M"], stretches: Stretches
) -> tuple[Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"]]:
    """Every pair of an interval and a stretch that share at least one place, in order of the intervals."""
    return ranges(np.searchsorted(stretches.end, start, "right"), np.searchsorted(stretches.start, end, "left"))


def ranges(
    first: Int64[np.ndarray, " M"], stop: Int64[np.ndarray, " M"]
) -> tuple[Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"]]:
    """Pairs (m, i) for each m and each i from first[m] up to stop[m]."""
    count = np.maximum(stop - first, 0)
    owner = np.repeat(np.arange(len(first)), count)
    return owner, np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + first[owner]


def fetch_windows(
    genome: Genome, axis: Axis, start: Int64[np.ndarray, " N"], length: int
) -> UInt8[np.ndarray, "N {length}"]:
    """Codes of the windows of `length` bases at some starts, which must lie within their contigs; in the order given.

    Windows that lie near each other are read in one go, so many windows cost about a pass over the file, and few cost
    themselves; beside the result at most a megabase is held.

    Raises:
      InputError: the genome has a letter that stands for no base, or is damaged.
    """
    found = np.empty((len(start), length), np.uint8)
    order = np.argsort(start, kind="stable")
    ascending, contig = start[order], contig_of(axis, start[order])
    new = np.diff(ascending, prepend=0) > _NEAR
    new |= np.diff(contig, prepend=-1) != 0
    run_start = ascending[new][np.cumsum(new) - 1]
    new |= np.diff((ascending - run_start) // _LONGEST_READ, prepend=0) != 0
    bounds = [*np.flatnonzero(new).tolist(), len(order)]
    for first, stop in itertools.pairwise(bounds):
        begin, own = int(ascending[first]), int(contig[first])
        local = begin - int(axis.offset[own])
        codes = genome.fetch(axis.names[own], local, local + int(ascending[stop - 1]) - begin + length)
        rows = order[first:stop]
        found[rows] = np.lib.stride_tricks.sliding_window_view(codes, length)[start[rows] - begin]
    return found
