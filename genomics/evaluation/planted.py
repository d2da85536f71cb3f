"""Which bases of simulated sequences belong to planted motifs: what explanations are graded against."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool

from genomics.io.truth import Truth


def factor_of(task: str, factors: Sequence[str]) -> int | None:
    """Index of the factor that a task is about: the one of its name in any case; None = there is none."""
    return next((number for number, name in enumerate(factors) if name.lower() == task.lower()), None)


def planted_bases(truth: Truth, widths: Sequence[int], factor: int, length: int) -> Bool[np.ndarray, "N L"]:
    """Marks every base of every motif of one factor, on either strand; motifs of other factors count for nothing.

    Args:
      truth: of N sequences.
      widths: of the factors' motifs.
      factor: index of the one that is asked about.
      length: L of the sequences.
    """
    own = truth.factor == factor
    begin = np.where(own, truth.start, length).astype(np.int64)[:, :, None]
    position = np.arange(length)
    inside = (position >= begin) & (position < begin + widths[factor])
    return np.any(inside, axis=1)
