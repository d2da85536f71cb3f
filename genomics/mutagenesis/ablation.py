"""Ablation: what the network loses when the order of the bases in a window is shuffled away."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.attribution.record import Attribution, Predict
from genomics.errors import InputError
from genomics.mutagenesis.replacement import replacements
from genomics.sequence.shuffle import dinucleotide_shuffles


def window_shuffles(
    codes: UInt8[np.ndarray, " L"], width: int, count: int, rng: np.random.Generator
) -> UInt8[np.ndarray, "L K W"]:
    """Shuffles of the window around each position that keep its dinucleotide counts.

    Args:
      codes: (L,) one sequence.
      width: W, positions in a window: (W - 1) // 2 before the position, the rest behind it. Windows at the ends are
        moved inwards.
      count: K, shuffles of each window.
      rng: source of chance.

    Returns:
      (L, K, W) codes of what replaces the window that starts at `window_starts`.

    Raises:
      InputError: the width is below 1 or above L.
    """
    starts = window_starts(len(codes), width)
    return np.stack([dinucleotide_shuffles(codes[start : start + width], count, rng) for start in starts])


def window_starts(length: int, width: int) -> np.ndarray:
    """(L,) first positions of the windows around each position.

    Raises:
      InputError: the width is below 1 or above L.
    """
    if not 1 <= width <= length:
        raise InputError(f"ablation width {width}: must be 1 to the sequence's length {length}")
    return np.clip(np.arange(length) - (width - 1) // 2, 0, length - width)


def ablation(
    predict: Predict, x: Float[Array, "L 4"], shuffles: UInt8[Array, "L K W"] | UInt8[np.ndarray, "L K W"]
) -> Attribution:
    """f(x) - mean of f over shuffles of the window around a position.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      x: the sequence.
      shuffles: from `window_shuffles`.

    Returns:
      Scores (T, L, 4): the difference in the column of the observed base, 0 elsewhere.
    """
    length, _, width = shuffles.shape
    windows = jnp.take(jnp.eye(5, 4, dtype=x.dtype), shuffles, axis=0)
    shuffled = replacements(predict, x, windows, window_starts(length, width))  # (L, K, T)
    lost = predict(x) - shuffled.mean(1)
    return Attribution(scores=lost.T[:, :, None] * x)
