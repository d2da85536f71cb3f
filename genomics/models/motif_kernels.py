"""Convolution kernels made from motifs: a filter that scores how well a sequence fits what is known."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from genomics.data.motifs import packaged_motifs
from genomics.errors import InputError
from genomics.io.meme import read_meme
from genomics.sequence.motif import Motif, information, log_odds, reverse_complement

#: Added to every probability before logarithms: what is never seen in some dozen sites is not impossible.
_PSEUDO_PROBABILITY = 1e-3


def motifs_of(source: str) -> list[Motif]:
    """The motifs that a configuration names.

    Args:
      source: a MEME file, or `packaged` for the motifs that come with the package.

    Raises:
      InputError: the file cannot be read.
    """
    return list(packaged_motifs().values()) if source == "packaged" else read_meme(source)


def both_strands(motifs: Sequence[Motif]) -> list[Motif]:
    """Each motif, followed by itself as it reads on the other strand."""
    return [each for motif in motifs for each in (motif, reverse_complement(motif))]


def information_kernel(motifs: Sequence[Motif], width: int) -> Float[np.ndarray, "W 4 F"]:
    """Filters whose weights are the letters' heights in the motifs' logos: p times the information of the position.

    A window's score is then at most the total information of the motif, in bits.

    Args:
      motifs: F of them, no wider than `width`.
      width: W; narrower motifs stand in the middle, between zeros.

    Raises:
      InputError: a motif is wider.
    """

    def heights(motif: Motif) -> Float[np.ndarray, "V 4"]:
        p = (motif.probabilities + _PSEUDO_PROBABILITY) / (1 + 4 * _PSEUDO_PROBABILITY)
        return p * information(p)[:, None]

    return _centred([heights(motif) for motif in motifs], [motif.identifier for motif in motifs], width)


def log_odds_kernel(motifs: Sequence[Motif], width: int, norm: float) -> Float[np.ndarray, "W 4 F"]:
    """Filters whose weights are proportional to the motifs' log-odds: a window's score is its log likelihood ratio.

    Each position's mean over the bases is subtracted, so that a random window scores 0 on average.

    Args:
      motifs: F of them, no wider than `width`.
      width: W; narrower motifs stand in the middle, between zeros.
      norm: Euclidean norm of each filter, so that they start as large as other filters do.

    Raises:
      InputError: a motif is wider.
    """

    def weights(motif: Motif) -> Float[np.ndarray, "V 4"]:
        odds = log_odds(motif)
        odds = odds - odds.mean(1, keepdims=True)
        return odds * norm / np.linalg.norm(odds)

    return _centred([weights(motif) for motif in motifs], [motif.identifier for motif in motifs], width)


def _centred(matrices: Sequence[Float[np.ndarray, "_ 4"]], names: Sequence[str], width: int) -> np.ndarray:
    kernel = np.zeros((width, 4, len(matrices)), np.float32)
    for column, (matrix, name) in enumerate(zip(matrices, names, strict=True)):
        if len(matrix) > width:
            raise InputError(f"motif {name} is {len(matrix)} wide; the filters hold only {width} positions")
        left = (width - len(matrix)) // 2
        kernel[left : left + len(matrix), :, column] = matrix
    return kernel
