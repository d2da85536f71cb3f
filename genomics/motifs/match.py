"""Motifs compared with a collection of known motifs: Tomtom.

Gupta, Stamatoyannopoulos, Bailey & Noble 2007, "Quantifying similarity between motifs", doi:10.1186/gb-2007-8-2-r24, as
implemented by memelite. Its first call in an installation compiles for about a minute; later ones find that on disk.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from genomics.errors import InputError
from genomics.sequence.motif import Motif, reverse_complement

#: What counts as a match in a summary: a q-value below, and a correlation above.
MOST_Q, LEAST_R = 0.01, 0.7


@dataclass(frozen=True, kw_only=True)
class Match:
    """A motif's best partner.

    Attributes:
      target: the partner.
      p: probability that a random motif of this width is as like any alignment of the target.
      q: the same, corrected for all pairs that were compared.
      offset: position of the target, on its `strand`, that the motif's first position stands on; negative where the
        motif begins first.
      overlap: positions that both have.
      strand: of the target: `+` as in the collection, `-` its reverse complement.
      correlation: of the two motifs' probabilities (less 1/4) over the overlap. Tomtom finds bland motifs significantly
        like the empty stretches of wide ones; a true partner is correlated.
    """

    target: Motif
    p: float
    q: float
    offset: int
    overlap: int
    strand: Literal["+", "-"]
    correlation: float

    @property
    def convincing(self) -> bool:
        """Whether it counts as a match."""
        return self.q < MOST_Q and self.correlation > LEAST_R


@dataclass(frozen=True, kw_only=True)
class Matches:
    """All comparisons of Q motifs with T targets; see `Match` for the numbers."""

    queries: tuple[Motif, ...]
    targets: tuple[Motif, ...]
    p: Float[np.ndarray, "Q T"]
    q: Float[np.ndarray, "Q T"]
    score: Float[np.ndarray, "Q T"]
    offset: Float[np.ndarray, "Q T"]
    overlap: Float[np.ndarray, "Q T"]
    reverse: Float[np.ndarray, "Q T"]

    def best(self, query: int) -> Match:
        """The partner with the lowest p-value; of equal ones that with the highest score."""
        target = int(np.lexsort((-self.score[query], self.p[query]))[0])
        return self.pair(query, target)

    def pair(self, query: int, target: int) -> Match:
        """One comparison."""
        offset, reverse = int(self.offset[query, target]), bool(self.reverse[query, target])
        partner = reverse_complement(self.targets[target]) if reverse else self.targets[target]
        return Match(
            target=self.targets[target],
            p=float(self.p[query, target]),
            q=float(self.q[query, target]),
            offset=offset,
            overlap=int(self.overlap[query, target]),
            strand="-" if reverse else "+",
            correlation=correlation(self.queries[query], partner, offset),
        )


def match(queries: Sequence[Motif], targets: Sequence[Motif]) -> Matches:
    """Compares every query with every target, on both strands.

    The p-values' background is the columns of all targets: with fewer than some dozens they mean little.

    Raises:
      InputError: no query or no target, or memelite is not installed.
    """
    if not queries or not targets:
        raise InputError(f"{len(queries)} motifs and {len(targets)} targets: there must be at least one of each")
    try:
        from memelite import tomtom
    except ImportError as error:
        raise InputError(f"motifs are matched by memelite: pip install 'genomics[motifs]' ({error})") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the warning about few targets: said above
        results = tomtom([_columns(motif) for motif in queries], [_columns(motif) for motif in targets])
    p, score, offset, overlap, reverse = (np.array(values) for values in results)
    p = np.clip(p, 0.0, 1.0)
    q = benjamini_hochberg(p)
    return Matches(
        queries=tuple(queries),
        targets=tuple(targets),
        p=p,
        q=q,
        score=score,
        offset=offset,
        overlap=overlap,
        reverse=reverse,
    )


def correlation(motif: Motif, target: Motif, offset: int) -> float:
    """Correlation about 1/4 of two motifs' probabilities where they overlap; 0 where either says nothing there.

    Args:
      motif: W positions.
      target: V positions, on the strand that is compared.
      offset: position of the target below the motif's first.
    """
    first, end = max(0, -offset), min(motif.width, target.width - offset)
    if first >= end:
        return 0.0
    own, other = motif.probabilities[first:end] - 0.25, target.probabilities[first + offset : end + offset] - 0.25
    size = float(np.sqrt(np.square(own).sum() * np.square(other).sum()))
    return float((own * other).sum()) / size if size > 0 else 0.0


def benjamini_hochberg(p: Float[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
    """Adjusted p-values: the smallest false discovery rate at which each would still be called.

    `q_(i) = min over j >= i of p_(j) n / j`, at most 1, over all n values (Benjamini & Hochberg 1995).
    """
    flat = p.ravel()
    order = np.argsort(flat, kind="stable")
    scaled = flat[order] * len(flat) / np.arange(1, len(flat) + 1)
    adjusted = np.empty_like(flat)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted.reshape(p.shape)


def _columns(motif: Motif) -> Float[np.ndarray, "4 W"]:
    return np.ascontiguousarray(motif.probabilities.T)
