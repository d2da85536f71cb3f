"""Scores as whole numbers of 16 bits: small enough for a page, exact enough for every letter of a logo."""

import base64
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

#: The largest magnitude; the number below it stands for NaN.
LARGEST = 32_767
UNKNOWN = -32_768


@dataclass(frozen=True, kw_only=True)
class Quantised:
    """Scores of one sequence, for T tasks.

    Attributes:
      data: base64 of little-endian int16 in C order; `UNKNOWN` for NaN.
      scale: T numbers: a score is its whole number times the scale of its task.
    """

    data: str
    scale: tuple[float, ...]


def quantise(scores: Float[np.ndarray, "T *shape"]) -> Quantised:
    """Rounds each task's scores to multiples of its largest magnitude / 32767: the error is at most half of that.

    Infinite scores become NaN: no letter is that high.
    """
    values = np.asarray(scores, np.float64).reshape(len(scores), -1)
    known = np.isfinite(values)
    highest = np.abs(np.where(known, values, 0.0)).max(axis=1, initial=0.0)
    # Below this a scale is no normal number, and the division below not exact.
    scale = np.where(highest > 1e-300, highest / LARGEST, 1.0)
    whole = np.where(known, np.rint(np.where(known, values, 0.0) / scale[:, None]), UNKNOWN)
    return Quantised(data=base64.b64encode(whole.astype("<i2").tobytes()).decode("ascii"), scale=tuple(scale.tolist()))


def restore(quantised: Quantised, shape: tuple[int, ...]) -> Float32[np.ndarray, "T *shape"]:
    """What the page reads from it: the inverse, up to the rounding.

    Args:
      quantised: of scores (T, *shape).
      shape: of one task's scores.
    """
    whole = np.frombuffer(base64.b64decode(quantised.data), "<i2").reshape(len(quantised.scale), *shape)
    scale = np.array(quantised.scale).reshape(-1, *(1 for _ in shape))
    return np.where(whole == UNKNOWN, np.nan, whole * scale).astype(np.float32)
