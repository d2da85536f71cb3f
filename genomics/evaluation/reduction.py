"""One signed number a base from the scores (L, 4) of a method: what every evaluation compares."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Array, Float

Scores = Float[Array | np.ndarray, "*batch L 4"]
OneHot = Float[Array | np.ndarray, "*#batch L 4"]
Map = Float[Array | np.ndarray, "*batch L"]


def observed(scores: Scores, x: OneHot) -> Map:
    """The score in the column of the observed base; 0 where the base is N and the scores are numbers."""
    return (scores * x).sum(-1)


def contrast(scores: Scores, x: OneHot) -> Map:
    """The score of the observed base minus the mean of the three others; of mutation effects minus their mean.

    A constant added to all four columns changes nothing, so it is the same for effects in the gauges `delta` and
    `centred` (and for `projected` up to a factor of 4 / 3).
    """
    return (scores * x).sum(-1) - (scores * (1 - x)).sum(-1) / 3


def total(scores: Scores, x: OneHot) -> Map:
    """The sum of the four columns: what a position contributes, where contributions (x - r) * m with a reference r that
    holds other bases are spread over their columns."""
    del x
    return scores.sum(-1)


def magnitude(scores: Scores, x: OneHot) -> Map:
    """The Euclidean length of the four columns: how much a position matters, whatever base stands there."""
    del x
    return (scores**2).sum(-1) ** 0.5


#: Method -> its reduction, where that is not `observed`: mutation effects are zero at the observed base, and what adds
#: up to a difference of logits is added up at each position.
_REDUCTIONS: dict[str, Callable[[Scores, OneHot], Map]] = {
    "ism": contrast,
    **dict.fromkeys(("integrated_gradients", "expected_gradients", "lrp", "deeplift", "deepshap"), total),
}


def per_base(method: str, scores: Scores, x: OneHot) -> Map:
    """The signed map of a method.

    Args:
      method: its name, as in `scores.h5`.
      scores: of sequences and tasks in any number of leading axes, NumPy or JAX.
      x: the one-hot sequences, with axes of size one where the scores have tasks.

    Returns:
      A number for each base, of the same library as the scores; NaN where a method has none (mutagenesis at N).
    """
    return _REDUCTIONS.get(method, observed)(scores, x)
