"""Correlation of two maps, sequence by sequence."""

import numpy as np
from jaxtyping import Float, Shaped
from scipy.stats import rankdata


def pearson(one: Shaped[np.ndarray, "N L"], other: Shaped[np.ndarray, "N L"]) -> Float[np.ndarray, " N"]:
    """Pearson's correlation over the bases of each sequence; 0 where a map is constant, which agrees with nothing."""
    varies = np.logical_and(np.ptp(one, axis=1) > 0, np.ptp(other, axis=1) > 0)
    one, other = (values - values.mean(1, keepdims=True, dtype=np.float64) for values in (one, other))
    lengths = np.sqrt((one**2).sum(1) * (other**2).sum(1))
    return np.divide((one * other).sum(1), lengths, out=np.zeros(len(one)), where=varies & (lengths > 0))


def spearman(one: Shaped[np.ndarray, "N L"], other: Shaped[np.ndarray, "N L"]) -> Float[np.ndarray, " N"]:
    """Spearman's correlation: Pearson's of the ranks, tied bases sharing theirs."""
    return pearson(rankdata(one, axis=1), rankdata(other, axis=1))
