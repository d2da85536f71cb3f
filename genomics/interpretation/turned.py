"""Results for sequences that a network reads on the minus strand, told for the plus strand."""

import numpy as np
from jaxtyping import Bool

_PER_BASE = ("scores", "hypothetical")
_SPREAD = "_std"


def turned(arrays: dict[str, np.ndarray], reverse: Bool[np.ndarray, " B"]) -> dict[str, np.ndarray]:
    """The arrays of a method for B sequences, those of some sequences turned to the other strand.

    Scores of bases change places with those of the complement at the mirrored position. A deletion of n bases from l
    on is one from L - l - n on, an insertion before l one before L - l: there is none before 0 (NaN). What runs along
    no sequence, and the scores of a layer, stay.

    Args:
      arrays: by name, (B, T, ...).
      reverse: which of the B sequences.
    """
    if not reverse.any():
        return arrays
    found = {}
    for name, values in arrays.items():
        kind = name.removesuffix(_SPREAD)
        if kind in _PER_BASE:
            found[name] = _where(values, np.flip(values, tuple(range(2, values.ndim))), reverse)
        elif kind == "deletions":
            found[name] = _where(values, _deletions(values), reverse)
        elif kind == "insertions":
            mirrored = np.roll(values[:, :, ::-1], 1, axis=2)
            mirrored[:, :, 0] = np.nan
            found[name] = _where(values, mirrored, reverse)
        else:
            found[name] = values
    return found


def _where(values: np.ndarray, mirrored: np.ndarray, reverse: np.ndarray) -> np.ndarray:
    return np.where(reverse.reshape(-1, *(1,) * (values.ndim - 1)), mirrored, values)


def _deletions(values: np.ndarray) -> np.ndarray:
    """(B, T, L, D): [l, d] is of the d + 1 bases from l on."""
    length, longest = values.shape[2:]
    place = length - 1 - np.arange(length)[:, None] - np.arange(longest)
    found = values[:, :, np.maximum(place, 0), np.arange(longest)]
    return np.where(place >= 0, found, np.nan).astype(values.dtype)
