"""One signed number a base from the scores (L, 4) of a method: what every evaluation compares."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

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


#: How scores are read: mutation effects are zero at the observed base, so they are contrasted, and what adds up to a
#: difference of logits is added up at each position.
Reading = Literal["observed", "contrast", "total"]
READINGS: Mapping[Reading, Callable[[Scores, OneHot], Map]] = MappingProxyType(
    {"observed": observed, "contrast": contrast, "total": total}
)


def per_base(reading: Reading, scores: Scores, x: OneHot) -> Map:
    """The signed map of a method.

    Args:
      reading: how its scores are read.
      scores: of sequences and tasks in any number of leading axes, NumPy or JAX.
      x: the one-hot sequences, with axes of size one where the scores have tasks.

    Returns:
      A number for each base, of the same library as the scores; NaN where a method has none (mutagenesis at N).
    """
    return READINGS[reading](scores, x)
