"""Motifs: what a factor binds, as base probabilities at each position."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real

from genomics.sequence.bases import BASES

UNIFORM = (0.25, 0.25, 0.25, 0.25)


@dataclass(frozen=True, kw_only=True)
class Motif:
    """A position probability matrix with its names.

    Attributes:
      identifier: unique within a collection (`MA0139.1`); no white space.
      name: what people call it (`CTCF`); need not be unique, may be empty.
      probabilities: (W, 4) float64 in order A C G T; every row sums to 1.
      nsites: number of aligned sites behind the matrix; 0 if unknown.
    """

    identifier: str
    name: str
    probabilities: Float[np.ndarray, "W 4"]
    nsites: int

    def __post_init__(self):
        if not self.identifier or any(letter.isspace() for letter in self.identifier):
            raise ValueError(f"a motif's identifier is a word without white space: {self.identifier!r}")
        if not len(self.probabilities):
            raise ValueError(f"motif {self.identifier} has no positions")
        if not np.all(self.probabilities >= 0) or not np.allclose(self.probabilities.sum(1), 1, atol=1e-6):
            raise ValueError(f"motif {self.identifier}: every row of the probabilities must be >= 0 and sum to 1")

    @property
    def width(self) -> int:
        """Number of positions W."""
        return len(self.probabilities)


def from_counts(identifier: str, name: str, counts: Real[np.ndarray, "W 4"], pseudocount: float = 0.0) -> Motif:
    """The motif of a count matrix: (counts + pseudocount) / row sums.

    Args:
      identifier: see `Motif`.
      name: see `Motif`.
      counts: (W, 4) weights of the bases A C G T at each position; need not be whole numbers.
      pseudocount: added to each of the W x 4 counts.

    Returns:
      The motif; `nsites` is the largest row sum of `counts`, rounded.

    Raises:
      ValueError: a row of counts (with the pseudocount) has a negative count or no count at all.
    """
    weights = np.asarray(counts, np.float64) + pseudocount
    totals = weights.sum(1, keepdims=True)
    if not np.all(weights >= 0) or not np.all(totals > 0):
        raise ValueError(f"motif {identifier}: counts must be >= 0, and above 0 somewhere at every position")
    sites = round(float(np.asarray(counts, np.float64).sum(1).max()))
    return Motif(identifier=identifier, name=name, probabilities=weights / totals, nsites=sites)


def log_odds(
    motif: Motif, *, pseudocount: float = 0.8, background: tuple[float, ...] = UNIFORM
) -> Float[np.ndarray, "W 4"]:
    """The position weight matrix: log2(p / b), in bits.

    p = (sites * probability + pseudocount * b) / (sites + pseudocount): `pseudocount` is the weight of the background
    in sites, over a whole position (Wasserman & Sandelin 2004, doi:10.1038/nrg1315). With 0, unseen bases get -inf.

    Args:
      motif: W positions; with `nsites` 0 (unknown) it counts as 20 sites, the value that the MEME Suite assumes.
      pseudocount: total weight of the background at each position.
      background: frequencies b of A C G T.

    Returns:
      (W, 4) float64.
    """
    sites = motif.nsites or 20
    frequencies = np.asarray(background, np.float64)
    smoothed = (sites * motif.probabilities + pseudocount * frequencies) / (sites + pseudocount)
    with np.errstate(divide="ignore"):
        return np.log2(smoothed / frequencies)


def information(
    probabilities: Float[np.ndarray, "W 4"], background: tuple[float, ...] = UNIFORM
) -> Float[np.ndarray, " W"]:
    """Information content of each position: sum_a p_a log2(p_a / b_a) bits, with 0 log 0 = 0.

    For the uniform background this is 2 + sum_a p_a log2 p_a, from 0 (all bases alike) to 2 (one base only); a letter
    of a motif's logo is p_a times as high (Schneider & Stephens 1990, doi:10.1093/nar/18.20.6097).
    """
    ratio = np.where(probabilities > 0, probabilities, 1.0) / np.where(probabilities > 0, background, 1.0)
    return (probabilities * np.log2(ratio)).sum(1)


def reverse_complement(motif: Motif) -> Motif:
    """The motif as it reads on the other strand."""
    flipped = np.ascontiguousarray(motif.probabilities[::-1, ::-1])
    return Motif(identifier=motif.identifier, name=motif.name, probabilities=flipped, nsites=motif.nsites)


def consensus(motif: Motif) -> str:
    """The likeliest base of each position; of equal ones the first in the order A C G T."""
    return "".join(BASES[base] for base in motif.probabilities.argmax(1))
