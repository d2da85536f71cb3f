"""One-hot rows read back into codes, with the place of whatever is not one-hot."""

from typing import Any

import numpy as np
from jaxtyping import Shaped, UInt8

from genomics.sequence.bases import N


def codes_of_one_hot(
    rows: Shaped[np.ndarray, "B 4 L"],
) -> tuple[UInt8[np.ndarray, "B L"], tuple[int, int] | None]:
    """Codes of channels-first one-hot rows of any real dtype.

    Args:
      rows: (B, 4, L), channels in order A C G T; each column holds one 1 and three 0, or four 0 for N.

    Returns:
      (B, L) codes, and the place (row, position) of the first column that breaks the rule, None when all are well.
      Codes of offending columns have no meaning.
    """
    # One comparison for each channel: a (B, L) temporary at a time, whatever the dtype of the rows.
    ones = [rows[:, base] == 1 for base in range(4)]
    binary = np.logical_and.reduce([ones[base] | (rows[:, base] == 0) for base in range(4)])
    a, c, g, t = (one.view(np.uint8) for one in ones)
    total = a + c + g + t
    codes = c + 2 * g + 3 * t + N * (total == 0).view(np.uint8)
    wrong = ~binary | (total > 1)
    if not wrong.any():
        return codes, None
    row, position = np.unravel_index(np.argmax(wrong), wrong.shape)
    return codes, (int(row), int(position))


def to_channels_first(codes: UInt8[np.ndarray, "B L"]) -> UInt8[np.ndarray, "B 4 L"]:
    """One-hot rows (B, 4, L) of codes, as the lab's files hold them; N becomes four zeros."""
    channels: Any = np.arange(4, dtype=np.uint8)[:, None]
    return (codes[:, None, :] == channels).view(np.uint8)
