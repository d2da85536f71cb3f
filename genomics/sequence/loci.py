"""Where in a genome sequences lie."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Int64

from genomics.sequence.bases import reverse_complement
from genomics.sequence.intervals import Interval

FORWARD, REVERSE, NOWHERE = "+", "-", ""


@dataclass(frozen=True, kw_only=True)
class Loci:
    """Places of N sequences, whose bases are those of the plus strand.

    Attributes:
      chrom: names of the contigs, of objects; empty for a sequence that lies nowhere, such as a shuffle.
      start: first bases, 0-based; they may lie before the contig, where the sequence begins with N; -1 for nowhere.
      end: after the last bases; -1 for nowhere.
      strand: which one a network reads, + or -; empty for nowhere.
    """

    chrom: np.ndarray
    start: Int64[np.ndarray, " N"]
    end: Int64[np.ndarray, " N"]
    strand: np.ndarray

    def __len__(self) -> int:
        return len(self.start)

    @property
    def known(self) -> Bool[np.ndarray, " N"]:
        """Whether each lies somewhere."""
        return self.chrom != NOWHERE

    @property
    def reverse(self) -> Bool[np.ndarray, " N"]:
        """Whether each is read on the minus strand."""
        return self.strand == REVERSE

    def take(self, rows: Int[np.ndarray, " M"] | slice) -> "Loci":
        """Those of some rows."""
        return Loci(chrom=self.chrom[rows], start=self.start[rows], end=self.end[rows], strand=self.strand[rows])

    def interval(self, row: int) -> Interval | None:
        """Where a sequence lies; None for nowhere."""
        if not self.chrom[row]:
            return None
        return Interval(contig=str(self.chrom[row]), start=int(self.start[row]), end=int(self.end[row]))


def loci(
    chrom: Sequence[str] | np.ndarray, start: Int[np.ndarray, " N"], length: int, strand: Sequence[str] | str = FORWARD
) -> Loci:
    """Windows of one length.

    Args:
      chrom: names; empty for nowhere.
      start: first bases; of no meaning for nowhere.
      length: of every window.
      strand: of each, or of all.
    """
    names = np.array([str(name) for name in chrom], object)  # plain texts: their repr is hashed
    strands = np.array([strand] * len(names) if isinstance(strand, str) else [str(each) for each in strand], object)
    known = names != NOWHERE
    first = np.where(known, np.asarray(start, np.int64), -1)
    return Loci(
        chrom=names,
        start=first,
        end=np.where(known, first + length, -1),
        strand=np.where(known, strands, NOWHERE).astype(object),
    )


def as_read(bases: np.ndarray, where: Loci | None) -> np.ndarray:
    """(N, L) codes as a network reads them: reverse complements of those on the minus strand."""
    if where is None or not where.reverse.any():
        return bases
    turned = bases.copy()
    turned[where.reverse] = reverse_complement(bases[where.reverse])
    return turned
