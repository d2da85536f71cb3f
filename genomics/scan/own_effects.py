"""The effect of one base of its own in windows of a chunk: what close substitutions share is computed once."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, UInt8

from genomics.models.predictor import Predictor
from genomics.scan.effects import block_size, traced
from genomics.scan.effects_program import on_tracks, own_effects
from genomics.scan.windows import MATMUL_PRECISION, Precision
from genomics.sequence.bases import N

#: (parameters, (C + L - 1,) codes, (K,) windows, (K,) codes of ALT) -> (K, 2, T): f(window), and f(window with ALT at
#: index L // 2) - f(window).
Own = Callable[
    [Any, UInt8[Array, " positions"], Int[Array, " K"], UInt8[Array, " K"]],
    Float[Array, "K 2 T"],
]


def own_scorer(predictor: Predictor, *, precision: Precision = "float32", chunk: int) -> Own:
    """Scores one substitution in the middle of some windows of a chunk; evaluates it in all of them.

    Args:
      predictor: a single network.
      precision: of products.
      chunk: C.

    Returns:
      Jitted; no window comes twice.
    """
    length = predictor.length

    def of_block(parameters: Any, codes: UInt8[Array, " positions"], own: UInt8[Array, " C"]) -> Float[Array, "C 2 T"]:
        return _scored(predictor, precision, parameters, codes, None, own)

    def score(
        parameters: Any, codes: UInt8[Array, " positions"], windows: Int[Array, " K"], alternatives: UInt8[Array, " K"]
    ) -> Float[Array, "K 2 T"]:
        own = jnp.zeros(chunk, jnp.uint8).at[windows].set(alternatives)
        block = _block(predictor, precision, chunk)
        if block >= chunk:
            return of_block(parameters, codes, own)[windows]
        count = -(-chunk // block)
        more = count * block - chunk
        codes, own = jnp.pad(codes, (0, more), constant_values=N), jnp.pad(own, (0, more))

        def one(number: Int[Array, ""]) -> Float[Array, "C 2 T"]:
            own_codes = lax.dynamic_slice_in_dim(codes, number * block, block + length - 1)
            return of_block(parameters, own_codes, lax.dynamic_slice_in_dim(own, number * block, block))

        scores = lax.map(one, jnp.arange(count))
        return scores.reshape(count * block, *scores.shape[2:])[windows]

    return jax.jit(score)


def choosing_scorer(predictor: Predictor, *, precision: Precision = "float32", chunk: int) -> Own | None:
    """As `own_scorer`, evaluates in the windows asked for alone what they do not share, and takes one more than once.

    Args:
      predictor: a single network.
      precision: of products.
      chunk: C.

    Returns:
      Jitted; None where a chunk does not fit the cache, or the memory, at once.
    """
    if _block(predictor, precision, chunk) < chunk:
        return None
    return jax.jit(partial(_scored, predictor, precision))


def _scored(
    predictor: Predictor,
    precision: Precision,
    parameters: Any,
    codes: UInt8[Array, " positions"],
    windows: Int[Array, " K"] | None,
    alternatives: UInt8[Array, " K"],
) -> Float[Array, "K 2 T"]:
    with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
        found = own_effects(on_tracks(predictor, parameters), predictor.length, bind=predictor.bind)
        return jnp.moveaxis(found(codes, windows, alternatives), -1, 0)


def _block(predictor: Predictor, precision: Precision, chunk: int) -> int:
    def of_all(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "C 2 T"]:
        count = codes.shape[0] - predictor.length + 1
        return _scored(predictor, precision, parameters, codes, None, jnp.zeros(count, jnp.uint8))

    return block_size(traced(of_all, predictor.parameters, predictor.length), chunk)
