"""Occlusion: what the network loses when a window of the sequence is hidden."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.mutagenesis.replacement import replacements


def occlusion(predict: Predict, width: int = 9, fill: Sequence[float] | None = None) -> Explain:
    """f(x) - f(x with the window around a position hidden) (Zeiler & Fergus 2014, doi:10.1007/978-3-319-10590-1_53).

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      width: positions hidden at a time: (width - 1) // 2 before the position, the rest behind it; less at the ends.
      fill: what hides them: frequencies of A, C, G, T; None = N, a row of zeros.

    Returns:
      (L, 4) one-hot -> scores (T, L, 4): the difference in the column of the observed base, 0 elsewhere. A position
      without a base has no column, so it has none of its own.

    Raises:
      InputError: width is below 1, or fill is not four numbers that sum to 1.
    """
    if width < 1:
        raise InputError(f"occlusion width {width}: at least one position")
    row = np.zeros(4) if fill is None else np.asarray(fill, np.float64)
    if row.shape != (4,) or (fill is not None and ((row < 0).any() or abs(row.sum() - 1) > 1e-3)):
        raise InputError(f"fill {fill}: must be four frequencies that are not negative and sum to 1")

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        length = x.shape[0]
        windows = jnp.broadcast_to(jnp.asarray(row, x.dtype), (length, 1, width, 4))
        hidden = replacements(predict, x, windows, np.arange(length) - (width - 1) // 2)[:, 0]
        lost = predict(x) - hidden  # (L, T)
        return Attribution(scores=lost.T[:, :, None] * x)

    return explain
