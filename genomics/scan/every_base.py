"""The effect of every substitution at every base of a long sequence, as a transformation."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.errors import InputError
from genomics.models.predictor import Predictor
from genomics.scan.dense.program import Predict
from genomics.scan.effects import chunk_scorer


def effects(
    predict: Predict, length: int
) -> Callable[[UInt8[Array | np.ndarray, " positions"]], Float[Array, "C 4 T"]]:
    """The effects of all substitutions in the middle of every window of a long sequence: `f(mutant) - f(window)`.

    Windows share what they have in common (`genomics.dense`), and of a mutant only the columns are computed that the
    substitution changes; exact for every function of JAX.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      length: L.

    Returns:
      (C + L - 1,) codes, A C G T N = 0..4 -> (C, 4, T), in the unit of `predict`: row s is of the base with index
      L // 2 in the window s ... s + L - 1, columns A C G T; exactly 0 at the base itself, NaN where it is N.

    >>> import genomics, jax.numpy as jnp
    >>> def predict(x):  # twice the number of A, minus the number of T, of four bases
    ...     return jnp.stack([2 * x[:, 0].sum() - x[:, 3].sum()])
    >>> found = genomics.effects(predict, length=4)(jnp.array([0, 1, 2, 3, 0, 1], jnp.uint8))
    >>> found.shape, found[0, :, 0].tolist()  # the first base with a whole window is G; to A, C, G, T
    ((3, 4, 1), [2.0, 0.0, 0.0, -1.0])

    Raises:
      InputError: fewer than L bases (when called).

    Sources: Chen et al. 2017 (a trous convolution), doi:10.1109/TPAMI.2017.2699184; Zhou & Troyanskaya 2015,
    doi:10.1038/nmeth.3547.
    """

    predictor = Predictor(
        apply=lambda _, x: predict(x),
        parameters={},
        replicates=None,
        length=length,
        tasks=(),
        fingerprint="",
        source="",
    )

    def of_every_base(codes: UInt8[Array | np.ndarray, " positions"]) -> Float[Array, "C 4 T"]:
        chunk = codes.shape[0] - length + 1
        if chunk < 1:
            raise InputError(f"effects of {codes.shape[0]} bases: must be at least the {length} of a window")
        return chunk_scorer(predictor, chunk=chunk)({}, jnp.asarray(codes))

    return of_every_base
