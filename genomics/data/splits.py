"""Which places of a genome are for training, validation and test: whole contigs, or blocks of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from genomics.data.axis import Axis, Stretches, union
from genomics.errors import InputError
from genomics.io.examples import SPLITS
from genomics.sequence.intervals import unknown_contig

#: Shares of each task's windows that the choice of whole contigs or blocks comes near to.
SHARES: Mapping[str, float] = {"train": 0.7, "valid": 0.1, "test": 0.2}
_TRIES = 32
_MOST_BLOCK = 5_000_000
_BLOCKS = 20


@dataclass(frozen=True, kw_only=True)
class Units:
    """U stretches of the axis that go to one split each.

    Attributes:
      start: of each.
      end: of each.
      name: `contig`, or `contig:first-last`, from 1.
    """

    start: Int64[np.ndarray, " U"]
    end: Int64[np.ndarray, " U"]
    name: tuple[str, ...]


def contig_units(axis: Axis) -> Units:
    """One unit a contig."""
    return Units(start=axis.offset, end=axis.offset + axis.length, name=axis.names)


def block_units(axis: Axis, size: int) -> Units:
    """Contigs cut into equal contiguous blocks of about `size` bases."""
    start, end, names = [], [], []
    for name, length, offset in zip(axis.names, axis.length.tolist(), axis.offset.tolist(), strict=True):
        count = max(1, round(length / size))
        edges = [length * block // count for block in range(count + 1)]
        start += [offset + edge for edge in edges[:-1]]
        end += [offset + edge for edge in edges[1:]]
        names += [f"{name}:{first + 1}-{last}" for first, last in itertools.pairwise(edges)]
    return Units(start=np.array(start, np.int64), end=np.array(end, np.int64), name=tuple(names))


def default_block_size(axis: Axis) -> int:
    """A twentieth of the genome, at most 5 Mb."""
    return int(min(_MOST_BLOCK, max(1, axis.length.sum() // _BLOCKS)))


def named_split(axis: Axis, valid: Sequence[str], test: Sequence[str]) -> Int64[np.ndarray, " C"]:
    """The split of each contig, as an index into `SPLITS`: those that are not named are for training.

    Raises:
      InputError: a name is no contig, or is named twice.
    """
    split = np.zeros(len(axis.names), np.int64)
    for flag, names in (("valid", valid), ("test", test)):
        for name in names:
            if name not in axis.names:
                raise InputError(f"--{flag}={name}: {unknown_contig(name, dict.fromkeys(axis.names, 0))}")
            place = axis.names.index(name)
            if split[place]:
                raise InputError(f"--{flag}={name}: is named twice; a contig belongs to one split")
            split[place] = SPLITS.index(flag)
    return split


def chosen_split(
    units: Units,
    window: Int64[np.ndarray, " M"],
    labels: UInt8[np.ndarray, "M T"],
    length: int,
    rng: np.random.Generator,
) -> Int64[np.ndarray, " U"]:
    """A split for each unit that brings every task's positive windows near to `SHARES`.

    Units are taken for test, then for validation, in random order, each if it lessens the distance between the shares
    of all tasks, and of all windows, and those that are wanted; the best of some orders wins. Units without windows
    are for training.

    Args:
      units: which there are.
      window: first bases, ascending.
      labels: of the windows.
      length: of the windows.
      rng: source of randomness.

    Raises:
      InputError: fewer than three units hold windows.
    """
    unit = np.searchsorted(units.start, window + length // 2, "right") - 1
    counts = np.zeros((len(units.start), labels.shape[1] + 1))
    np.add.at(counts, unit, np.column_stack([np.ones(len(window)), labels]))
    holders = np.flatnonzero(counts[:, 0])
    if len(holders) < len(SPLITS):
        raise InputError(
            f"windows lie on {len(holders)} of the {len(units.name)} contigs or blocks; {len(SPLITS)} splits need "
            "as many at least: use --split_by=block, with a smaller --block_size"
        )
    share = counts / np.maximum(counts.sum(0), 1)
    best, least = np.zeros(len(units.start), np.int64), np.inf
    for _ in range(_TRIES):
        split = np.zeros(len(units.start), np.int64)
        distance = 0.0
        for name in ("test", "valid"):
            others = 1 if name == "valid" else 2
            taken = np.zeros(share.shape[1])
            for each in rng.permutation(holders[split[holders] == 0]):
                if np.count_nonzero(split[holders] == 0) <= others:
                    break
                if _distance(taken + share[each], name) < _distance(taken, name):
                    taken = taken + share[each]
                    split[each] = SPLITS.index(name)
            if not taken.any():
                free = holders[split[holders] == 0]
                each = free[np.argmin([_distance(share[each], name) for each in free])]
                taken = share[each]
                split[each] = SPLITS.index(name)
            distance += _distance(taken, name)
        if distance < least:
            best, least = split, distance
    return best


def regions(units: Units, split: Int64[np.ndarray, " U"]) -> dict[str, Stretches]:
    """The places of each split; neighbouring units of one split become one stretch."""
    return {name: union(units.start[split == index], units.end[split == index]) for index, name in enumerate(SPLITS)}


def lies_in(region: Stretches, window: Int64[np.ndarray, " M"], length: int) -> Bool[np.ndarray, " M"]:
    """Whether all bases of each window are of one stretch."""
    if not len(region.start):
        return np.zeros(len(window), bool)
    place = np.searchsorted(region.start, window, "right") - 1
    return (place >= 0) & (window + length <= region.end[np.maximum(place, 0)])


def _distance(taken: np.ndarray, name: str) -> float:
    return float(np.abs(taken - SHARES[name]).sum())
