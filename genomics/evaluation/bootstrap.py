"""Intervals of means over sequences: the percentile bootstrap (Efron & Tibshirani 1993, doi:10.1201/9780429246593)."""

import numpy as np
from jaxtyping import Float

from genomics.errors import InputError

#: Draws of all sequences.
DRAWS = 1000
#: Ends of the interval that holds 95 %.
_PERCENTILES = (2.5, 97.5)
# Counts held at a time.
_MOST_COUNTS = 2**22


def bootstrap_means(
    values: Float[np.ndarray, "N M"], *, draws: int = DRAWS, seed: int = 0
) -> Float[np.ndarray, "draws M"]:
    """Means of M quantities over N sequences drawn with replacement, the same sequences for all quantities.

    So differences and ratios of columns are those of the same drawn sequences.

    Raises:
      InputError: there is no sequence.
    """
    count = len(values)
    if not count:
        raise InputError("no sequence to draw from")
    rng = np.random.default_rng(seed)
    each = max(1, _MOST_COUNTS // count)
    blocks = []
    for start in range(0, draws, each):
        size = min(each, draws - start)
        drawn = rng.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        blocks.append(counts @ values / count)
    return np.concatenate(blocks)


def interval(estimate: float, drawn: Float[np.ndarray, " draws"]) -> tuple[float, float, float]:
    """(estimate, lower, upper end of its 95 % interval); all NaN where the estimate is no number.

    An end beyond which draws are infinite, as ratios by zero are, is infinite or NaN.
    """
    if not np.isfinite(estimate):
        nan = float("nan")
        return nan, nan, nan
    with np.errstate(invalid="ignore"):
        low, high = np.percentile(drawn, _PERCENTILES).tolist()
    return float(estimate), low, high
