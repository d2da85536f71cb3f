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


def strongest(scores: Scores, x: OneHot) -> Map:
    """The entry of largest magnitude among the four, with its sign (Simonyan, Vedaldi & Zisserman 2013 plot its
    magnitude, doi:10.48550/arXiv.1312.6034); of two opposite ones the positive."""
    del x
    highest, lowest = scores.max(-1), scores.min(-1)
    return highest * (highest >= -lowest) + lowest * (highest < -lowest)


#: Method -> its reduction, where that is not `observed`: mutation effects are zero at the observed base, and gradients
#: speak about bases that are not there. The corrected gradient is read at the observed base, as by its authors.
_REDUCTIONS: dict[str, Callable[[Scores, OneHot], Map]] = {
    "ism": contrast,
    "saliency": strongest,
    "smoothgrad": strongest,
    "guided_backprop": strongest,
    "deconvnet": strongest,
    "guided_grad_cam": strongest,
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
