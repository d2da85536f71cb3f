"""What is counted while the parts of a scan go by, each in memory that does not grow with the scan."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

#: Entries that a summary gives of the largest.
TOP = 20
_CONTIGS = 100
#: Bins on each side of 0, of which between half and all are used.
_HALF = 64
_FINEST = 2.0**-40


class Histogram:
    """Counts of T tasks' values in bins that all tasks share, in one pass and without rounding.

    Bins are [k w, (k + 1) w). The width w is a power of two that doubles, by merging bins, whenever a value lies
    outside; so counts are the same whatever the order of the values.
    """

    def __init__(self, tasks: int):
        self._width = _FINEST
        self._counts = np.zeros((tasks, 2 * _HALF), np.int64)

    def add(self, values: Float32[np.ndarray, "n T"]) -> None:
        """Counts finite values."""
        if not values.size:
            return
        self._reach(float(np.abs(values).max()))
        places = np.floor(values / np.float32(self._width)).astype(np.int64) + _HALF
        for task, counts in enumerate(self._counts):
            counts += np.bincount(places[:, task], minlength=2 * _HALF)

    def remove_zeros(self, count: int) -> None:
        """Takes back `count` zeros of each task."""
        self._counts[:, _HALF] -= count

    def bins(self) -> tuple[Float[np.ndarray, " edges"], Int[np.ndarray, "T bins"]]:
        """Edges, and counts between them, from the first bin with a count to the last; empty without any value."""
        used = np.flatnonzero(self._counts.any(0))
        if not len(used):
            return np.zeros(0), np.zeros((len(self._counts), 0), np.int64)
        first, last = int(used[0]), int(used[-1])
        return (np.arange(first, last + 2) - _HALF) * self._width, self._counts[:, first : last + 1]

    def _reach(self, largest: float) -> None:
        # largest < 2^exponent
        width = math.ldexp(1.0, math.frexp(largest)[1]) / _HALF
        if largest == 0 or width <= self._width:
            return
        merged = np.zeros_like(self._counts)
        into = np.floor((np.arange(2 * _HALF) - _HALF) * (self._width / width)).astype(np.int64) + _HALF
        for old, new in zip(self._counts, merged, strict=True):
            np.add.at(new, into, old)
        self._width, self._counts = width, merged


class Highest:
    """The `size` entries of highest rank; of equal ones those that came first."""

    def __init__(self, size: int, above: float):
        self._size, self._above = size, above
        self._found: list[tuple[float, Any]] = []

    def add(self, ranks: Float32[np.ndarray, " n"], entry: Callable[[int], Any]) -> None:
        """Takes in those ranks that are among the highest so far.

        Args:
          ranks: NaN where there is no value; values not above the limit are left out.
          entry: gives what is kept for an index of `ranks`.
        """
        full = len(self._found) == self._size
        places = np.flatnonzero(ranks > (self._found[-1][0] if full else self._above))
        if len(places) > self._size:
            least = np.partition(ranks[places], -self._size)[-self._size]
            places = places[ranks[places] >= least]
        places = places[np.argsort(-ranks[places], kind="stable")[: self._size]]
        if len(places):
            found = self._found + [(float(ranks[place]), entry(int(place))) for place in places]
            self._found = sorted(found, key=lambda each: -each[0])[: self._size]

    def entries(self) -> list[Any]:
        """What was kept, highest rank first."""
        return [entry for _, entry in self._found]


class Track:
    """Means of T tasks' values in at most `most` stretches of equal length along a contig."""

    def __init__(self, start: int, end: int, tasks: int, most: int):
        self.start, self.end = start, end
        self.bin = -(-(end - start) // most)
        bins = -(-(end - start) // self.bin)
        self._counts = np.zeros(bins, np.int64)
        self._sums = np.zeros((tasks, bins))

    def add(self, start: int, values: Float32[np.ndarray, "n T"], known: Bool[np.ndarray, " n"]) -> None:
        """Takes in the values of the bases from `start` on; those that are not known do not count."""
        bins = (np.flatnonzero(known) + start - self.start) // self.bin
        self._counts += np.bincount(bins, minlength=len(self._counts))
        for task, sums in enumerate(self._sums):
            sums += np.bincount(bins, weights=values[known, task], minlength=len(sums))

    def means(self) -> Float[np.ndarray, "T bins"]:
        """NaN where no base is known."""
        return np.divide(self._sums, self._counts, out=np.full_like(self._sums, np.nan), where=self._counts > 0)


def shortened(value: Any) -> float:
    """The number with 5 significant digits: shorter in JSON."""
    return float(f"{float(value):.5g}")


def contig_rows(lengths: Mapping[str, int], scored: Mapping[str, int]) -> dict[str, Any]:
    """`num_contigs` with anything scored, and `contigs`: those with most, in the genome's order."""
    shown = set(sorted(scored, key=lambda contig: -scored[contig])[:_CONTIGS])
    rows = [{"name": name, "bases": bases, "scored": scored[name]} for name, bases in lengths.items() if name in shown]
    return {"num_contigs": len(scored), "contigs": rows}


def histogram_of(what: str, tasks: Sequence[str], histogram: Histogram) -> dict[str, Any]:
    """`of`, `edges` and `counts` by task."""
    edges, counts = histogram.bins()
    return {"of": what, "edges": edges.tolist(), "counts": dict(zip(tasks, counts.tolist(), strict=True))}


def means_of(tasks: Sequence[str], sums: Float[np.ndarray, " T"], count: int) -> dict[str, float | None]:
    """By task; None of no values."""
    return {task: shortened(total / count) if count else None for task, total in zip(tasks, sums, strict=True)}
