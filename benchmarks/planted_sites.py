"""Planted sites whose matrix is known, and what every substitution in them does to its score."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from absl import app
from jaxtyping import Float, Int, UInt8

from genomics.data.dataset import load
from genomics.data.motifs import packaged_motifs
from genomics.data.recipes import RECIPES
from genomics.sequence.motif import Motif, log_odds, reverse_complement


class Sites(NamedTuple):
    """S sites of one motif, each the only one of its factor in its sequence.

    Attributes:
      motif: W positions.
      bases: codes of the sequences.
      places: positions of the site, in the order of the sequence.
      observed: the bases there.
      effects: change of the log-odds (bits, uniform background, pseudo-count 1) by each base, on the planted strand;
        0 at the observed base.
    """

    motif: Motif
    bases: UInt8[np.ndarray, "S L"]
    places: Int[np.ndarray, "S W"]
    observed: UInt8[np.ndarray, "S W"]
    effects: Float[np.ndarray, "S W 4"]


def single_sites(path: str | Path, factor: str, count: int) -> Sites:
    """The first so many of the test split of a simulated data set.

    Raises:
      UsageError: the file does not say what was planted.
    """
    data = load(path, splits=("test",))
    split = data.splits["test"]
    if split.truth is None or factor not in data.factors:
        raise app.UsageError(f"{path}: says of no planted {factor}; simulated data do")
    number = data.factors.index(factor)
    motif = packaged_motifs()[RECIPES[str(data.provenance["recipe"])].motifs[number]]
    planted = split.truth.factor == number
    rows = np.flatnonzero(planted.sum(1) == 1)[:count]
    column = planted[rows].argmax(1)
    start, strand = split.truth.start[rows, column], split.truth.strand[rows, column]
    places = start[:, None] + np.arange(motif.width)
    observed = split.bases[rows[:, None], places]
    matrices = {1: log_odds(motif, pseudocount=1.0), -1: log_odds(reverse_complement(motif), pseudocount=1.0)}
    matrix = np.stack([matrices[int(each)] for each in strand])
    effects = matrix - np.take_along_axis(matrix, observed[:, :, None].astype(int), 2)
    return Sites(motif=motif, bases=split.bases[rows], places=places, observed=observed, effects=effects)
