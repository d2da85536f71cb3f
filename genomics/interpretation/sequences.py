"""Which sequences a network is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int32, UInt8

from genomics.data.dataset import Truth, load
from genomics.errors import InputError
from genomics.io.fasta import read_fasta
from genomics.io.genome import Genome
from genomics.sequence.loci import Loci, as_read

Select = Literal["all", "positive"]


@dataclass(frozen=True, kw_only=True)
class Sequences:
    """N sequences, and what is known about them.

    Attributes:
      bases: (N, L) codes; of sequences with a place in a genome those of its plus strand.
      names: N names.
      index: (N,) row of each in its split, FASTA file or list of regions.
      labels: (N, T) 0 or 1, columns in order of the network's tasks; None where unknown.
      truth: the planted motifs; None where unknown.
      factors: names of the planted factors.
      widths: of the factors' motifs.
      source: where they come from, for messages and provenance.
      loci: where in a genome they lie, and which strand the network reads; None where unknown: then it reads them as
        they are.
    """

    bases: UInt8[np.ndarray, "N L"]
    names: tuple[str, ...]
    index: Int32[np.ndarray, " N"]
    labels: UInt8[np.ndarray, "N T"] | None = None
    truth: Truth | None = None
    factors: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    source: str
    loci: Loci | None = None

    @property
    def reverse(self) -> Bool[np.ndarray, " N"]:
        """Which of them the network reads on the minus strand."""
        return np.zeros(len(self.bases), bool) if self.loci is None else self.loci.reverse

    def as_read(self) -> "Sequences":
        """The same with bases as the network reads them."""
        return replace(self, bases=as_read(self.bases, self.loci), loci=None) if self.reverse.any() else self

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
    columns, places = _label_columns(dataset.tasks, tasks), rows.places
    return Sequences(
        bases=rows.bases,
        names=places.names(dataset.length) if places else tuple(f"{split}_{row}" for row in range(len(rows.bases))),
        index=np.arange(len(rows.bases), dtype=np.int32),
        labels=None if columns is None else rows.labels[:, columns],
        truth=rows.truth,
        factors=dataset.factors,
        widths=dataset.widths,
        source=f"{path}: {split}",
        loci=places and places.loci(dataset.length),
    )


def from_fasta(path: str | Path, length: int, *, pad: bool = False) -> Sequences:
    """All records of a FASTA file.

    Args:
      path: of the file.
      length: L that the network takes.
      pad: fill shorter records up with N, as many on the left as on the right, or one less; this is said.

    Raises:
      InputError: the file is malformed, or a record has another length than `length`.
    """
    records = read_fasta(path, length, pad=pad)
    index = np.arange(len(records.bases), dtype=np.int32)
    return Sequences(bases=records.bases, names=records.names, index=index, source=str(path))


def from_regions(genome: Genome, where: Loci, source: str) -> Sequences:
    """The bases of some windows of a genome; beyond the ends of contigs N."""
    places = zip(where.chrom.tolist(), where.start.tolist(), where.end.tolist(), strict=True)
    return Sequences(
        bases=np.stack([genome.fetch(*place) for place in places]),
        names=tuple(str(where.interval(row)) for row in range(len(where))),
        index=np.arange(len(where), dtype=np.int32),
        source=source,
        loci=where,
    )


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
        loci=sequences.loci and sequences.loci.take(kept),
        labels=None if labels is None else labels[kept],
        truth=truth and Truth(start=truth.start[kept], factor=truth.factor[kept], strand=truth.strand[kept]),
    )


def _label_columns(own: Sequence[str], wanted: Sequence[str]) -> list[int] | None:
    place = {name.lower(): column for column, name in enumerate(own)}
    if all(name.lower() in place for name in wanted):
        return [place[name.lower()] for name in wanted]
    unnamed = any(all(name == f"task_{i}" for i, name in enumerate(names)) for names in (own, wanted))
    return list(range(len(own))) if unnamed and len(own) == len(wanted) else None
