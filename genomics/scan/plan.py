"""The deterministic plan of a scan: which bases, or which records, belong to which part."""

import bisect
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genomics.sequence.intervals import Interval

#: Bytes of output in a part: what a killed run loses at most.
_PART_BYTES = 32 << 20
_SMALLEST, _LARGEST = 1 << 10, 1 << 20


@dataclass(frozen=True, kw_only=True)
class BasesPlan:
    """Intervals cut into parts of equal numbers of bases; a part may end within an interval and hold many short ones.

    Attributes:
      intervals: disjoint, in order.
      part_size: bases of a part; the last has what is left.
      ends: bases up to the end of each interval.
    """

    intervals: tuple[Interval, ...]
    part_size: int
    ends: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "ends", tuple(itertools.accumulate(len(each) for each in self.intervals)))

    @property
    def size(self) -> int:
        """Bases of all intervals."""
        return self.ends[-1] if self.ends else 0

    @property
    def num_parts(self) -> int:
        """Number of parts."""
        return -(-self.size // self.part_size)

    def pieces(self, number: int) -> list[Interval]:
        """The intervals, or pieces of them, that part `number` holds."""
        first, last = number * self.part_size, min((number + 1) * self.part_size, self.size)
        found = []
        for index in range(bisect.bisect_right(self.ends, first), len(self.intervals)):
            interval = self.intervals[index]
            begin = self.ends[index] - len(interval)
            if begin >= last:
                break
            start = interval.start + max(first - begin, 0)
            end = interval.start + min(last - begin, len(interval))
            found.append(Interval(contig=interval.contig, start=start, end=end))
        return found


@dataclass(frozen=True, kw_only=True)
class RecordsPlan:
    """The records of a VCF file cut into parts of equal numbers.

    Attributes:
      size: number of records.
      part_size: records of a part.
    """

    size: int
    part_size: int

    @property
    def num_parts(self) -> int:
        """Number of parts."""
        return -(-self.size // self.part_size)

    def records(self, number: int) -> range:
        """Numbers of the records of part `number`."""
        return range(number * self.part_size, min((number + 1) * self.part_size, self.size))


def plan_of(plan: Mapping[str, Any]) -> BasesPlan:
    """The parts of a plan that was read from its file."""
    intervals = tuple(Interval(contig=contig, start=start, end=end) for contig, start, end in plan["intervals"])
    return BasesPlan(intervals=intervals, part_size=plan["settings"]["part_size"])


def default_part_size(row_bytes: int) -> int:
    """Rows of a part such that it has some ten megabytes: a power of two.

    Args:
      row_bytes: of the output for one base.
    """
    size = _LARGEST
    while size > _SMALLEST and size * row_bytes > _PART_BYTES:
        size //= 2
    return size


#: What is computed -> its array, where it has one number for each task or channel.
_STORED = {"predictions": "logits", "coverage": "coverage"}


def result_names(what: str, summary: bool) -> tuple[str, ...]:
    """The arrays that are kept of every base: `logits`, `coverage`, `effects`, or of these the `max` and the `mean`."""
    if what in _STORED:
        return (_STORED[what],)
    return ("max", "mean") if summary else ("effects",)


def of_shard(num_parts: int, shard: int, num_shards: int) -> range:
    """The parts of shard `shard` of `num_shards`: every `num_shards`-th, so that shares are even."""
    return range(shard, num_parts, num_shards)
