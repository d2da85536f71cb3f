"""The effect of one base of its own in every window of a chunk: what close substitutions share is computed once."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt8

from genomics.models.predictor import Predictor
from genomics.scan.effects import Score, block_size, traced
from genomics.scan.effects_program import on_tracks, own_effects
from genomics.scan.windows import MATMUL_PRECISION, Precision
from genomics.sequence.bases import N

#: Where the code of a window's centre has the base that replaces it.
OWN_BITS = 3
_BASE = (1 << OWN_BITS) - 1


def own_scorer(predictor: Predictor, *, precision: Precision = "float32", chunk: int) -> Score:
    """Scores one substitution in the middle of every window of a chunk.

    Args:
      predictor: a single network.
      precision: of products.
      chunk: C.

    Returns:
      Jitted: (parameters, (C + L - 1,) codes, the replacing base in bits 3 and 4 of each centre's code) -> (C, 2, T):
      f(window), and f(window with that base at index L // 2) - f(window).
    """
    length = predictor.length

    def of_block(parameters: Any, packed: UInt8[Array, " positions"]) -> Float[Array, "block 2 T"]:
        own = packed[length // 2 : packed.shape[0] - (length - 1 - length // 2)] >> OWN_BITS
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            found = own_effects(on_tracks(predictor, parameters), length, bind=predictor.bind)(packed & _BASE, own)
        return jnp.moveaxis(found, -1, 0)

    def score(parameters: Any, packed: UInt8[Array, " positions"]) -> Float[Array, "C 2 T"]:
        block = block_size(traced(of_block, parameters, length), chunk)
        if block >= chunk:
            return of_block(parameters, packed)
        count = -(-chunk // block)
        padded = jnp.pad(packed, (0, count * block - chunk), constant_values=N)
        one = lambda i: of_block(parameters, lax.dynamic_slice_in_dim(padded, i * block, block + length - 1))  # noqa: E731
        scores = lax.map(one, jnp.arange(count))
        return scores.reshape(count * block, *scores.shape[2:])[:chunk]

    return jax.jit(score)
