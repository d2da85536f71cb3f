"""Which sequences a network is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Int32, UInt8

from genomics.data.dataset import Truth, load
from genomics.errors import InputError
from genomics.io.fasta import read_fasta

Select = Literal["all", "positive"]


@dataclass(frozen=True, kw_only=True)
class Sequences:
    """N sequences, and what is known about them.

    Attributes:
      bases: (N, L) codes.
      names: N names.
      index: (N,) row of each in its split or FASTA file.
      labels: (N, T) 0 or 1, columns in order of the network's tasks; None where unknown.
      truth: the planted motifs; None where unknown.
      factors: names of the planted factors.
      widths: of the factors' motifs.
      source: where they come from, for messages and provenance.
    """

    bases: UInt8[np.ndarray, "N L"]
    names: tuple[str, ...]
    index: Int32[np.ndarray, " N"]
    labels: UInt8[np.ndarray, "N T"] | None = None
    truth: Truth | None = None
    factors: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    source: str

    def planted(self, row: int, factor: str | None = None) -> list[tuple[int, int]]:
        """Half-open intervals of the factor's motifs in one sequence (its name in any case); None = of all factors."""
        if self.truth is None:
            return []
        names = enumerate(self.factors)
        chosen = [number for number, name in names if factor is None or name.lower() == factor.lower()]
        pairs = zip(self.truth.start[row].tolist(), self.truth.factor[row].tolist(), strict=True)
        return [(start, start + self.widths[number]) for start, number in pairs if number in chosen]


def from_examples(path: str | Path, split: str, length: int, tasks: Sequence[str]) -> Sequences:
    """A whole split of a data set.

    Args:
      path: HDF5 file in the layout of `genomics.io.examples`.
      split: train, valid or test.
      length: L that the network takes.
      tasks: the network's T names. Label columns are found by name; where either side has no names of its own
        (`task_0`, ...) and the numbers of tasks agree, by position. Otherwise the labels count as unknown.

    Raises:
      InputError: the file is malformed, or its sequences have another length.
    """
    dataset = load(path, splits=[split])
    if dataset.length != length:
        raise InputError(f"{path}: X_{split} has sequences of {dataset.length} bases; the network takes {length}")
    rows = dataset.splits[split]
    columns = _label_columns(dataset.tasks, tasks)
    return Sequences(
        bases=rows.bases,
        names=tuple(f"{split}_{row}" for row in range(len(rows.bases))),
        index=np.arange(len(rows.bases), dtype=np.int32),
        labels=None if columns is None else rows.labels[:, columns],
        truth=rows.truth,
        factors=dataset.factors,
        widths=dataset.widths,
        source=f"{path}: {split}",
    )


def from_fasta(path: str | Path, length: int) -> Sequences:
    """All records of a FASTA file.

    Raises:
      InputError: the file is malformed, or a record has another length than `length`.
    """
    records = read_fasta(path, length)
    index = np.arange(len(records.bases), dtype=np.int32)
    return Sequences(bases=records.bases, names=records.names, index=index, source=str(path))


def select(sequences: Sequences, how: Select, count: int, tasks: Sequence[int]) -> Sequences:
    """The first `count` sequences that qualify, with the labels of some tasks.

    Args:
      sequences: with labels of all the network's tasks.
      how: `positive` keeps those with label 1 for any of `tasks`.
      count: 0 = all.
      tasks: indices of those that count.

    Raises:
      InputError: labels are needed and unknown, or no sequence qualifies.
    """
    labels = None if sequences.labels is None else sequences.labels[:, list(tasks)]
    kept = np.arange(len(sequences.bases))
    if how == "positive":
        if labels is None:
            raise InputError(f"--select=positive: {sequences.source}: has no labels for these tasks")
        kept = np.flatnonzero(labels.any(1))
    kept = kept[: count or None]
    if not len(kept):
        raise InputError(f"--select={how}: {sequences.source}: no sequence has label 1 for any of the tasks")
    truth = sequences.truth
    return replace(
        sequences,
        bases=sequences.bases[kept],
        names=tuple(sequences.names[row] for row in kept),
        index=sequences.index[kept],
        labels=None if labels is None else labels[kept],
        truth=truth and Truth(start=truth.start[kept], factor=truth.factor[kept], strand=truth.strand[kept]),
    )


def _label_columns(own: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    place = {name.lower(): column for column, name in enumerate(own)}
    if all(name.lower() in place for name in wanted):
        return [place[name.lower()] for name in wanted]
    unnamed = any(all(name == f"task_{i}" for i, name in enumerate(names)) for names in (own, wanted))
    return list(range(len(own))) if unnamed and len(own) == len(wanted) else None
