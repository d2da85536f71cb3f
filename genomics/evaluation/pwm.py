"""Position weight matrices on sequences: the plain baseline of every network, in double precision."""

import numpy as np
from jaxtyping import Float, UInt8
from numpy.lib.stride_tricks import sliding_window_view

from genomics.sequence.bases import N
from genomics.sequence.motif import Motif, log_odds

#: Windows that hold an unknown base are no sites.
_NO_SITE = -np.inf


def window_scores(
    bases: UInt8[np.ndarray, "N L"], motif: Motif, *, pseudocount: float = 1.0
) -> Float[np.ndarray, "N 2 M"]:
    """Log-odds of every window, in bits to a uniform background: forward and reverse strand; -inf where one holds N.

    Args:
      bases: codes of N sequences.
      motif: W positions; M = L - W + 1.
      pseudocount: weight of the background at each position, in sites.
    """
    matrix = log_odds(motif, pseudocount=pseudocount)
    table = np.concatenate([matrix, np.zeros((motif.width, 1))], 1)
    windows = sliding_window_view(bases, motif.width, axis=1)
    place = np.arange(motif.width)
    flipped = np.concatenate([table[::-1, 3::-1], np.zeros((motif.width, 1))], 1)
    scores = np.stack([each[place, windows].sum(-1) for each in (table, flipped)], 1)
    return np.where((windows == N).any(-1)[:, None], _NO_SITE, scores)


def best_scores(bases: UInt8[np.ndarray, "N L"], motif: Motif, *, pseudocount: float = 1.0) -> Float[np.ndarray, " N"]:
    """The highest of `window_scores` of each sequence."""
    return window_scores(bases, motif, pseudocount=pseudocount).max((1, 2))


def best_site(bases: UInt8[np.ndarray, " L"], motif: Motif) -> tuple[int, int, float]:
    """(first base, strand +1 or -1, score in bits) of the best site of a sequence."""
    scores = window_scores(bases[None], motif)[0]
    strand, start = np.unravel_index(int(scores.argmax()), scores.shape)
    return int(start), -1 if strand else 1, float(scores[strand, start])
