"""Every window through the whole network: the plain form of a scan, the exact reference of the fast form."""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from genomics.models.predictor import Predictor
from genomics.sequence.bases import N

What = Literal["effects", "predictions"]
Precision = Literal["float32", "tf32"]

#: Precision of products -> its name in JAX.
MATMUL_PRECISION = {"float32": "highest", "tf32": "tensorfloat32"}


def windows_scorer(
    predictor: Predictor,
    *,
    what: What = "effects",
    before: bool = False,
    precision: Precision = "float32",
    chunk: int,
):
    """Scores each base of a chunk in the window centred on it: the base has index L // 2.

    Args:
      predictor: a single network.
      what: `effects`, f(window with base a in its centre) - f(window), or `predictions`, f(window).
      before: whether f(window) follows the effects as a fifth row, which some units need (`in_unit` of `outputs`).
      precision: of products.
      chunk: C, the bases scored at a time; all their windows are evaluated at once.

    Returns:
      (parameters, (C + L - 1,) codes) -> (C, 4, T) effects, columns A C G T, exactly 0 at the base itself, NaN where it
      is N; or (C, T) logits. The codes start L // 2 bases before the first base scored. `jax.jit` applies.
    """
    length = predictor.length
    bound = of_codes(predictor, precision)

    def score(parameters, bases: UInt8[Array, " W"]) -> Float[Array, "C ..."]:
        windows = bases[jnp.arange(chunk)[:, None] + jnp.arange(length)]
        if what == "predictions":
            return jax.vmap(lambda window: bound(parameters, window)(window))(windows)
        return jax.vmap(lambda window: effects_at(bound(parameters, window), window, length // 2, before))(windows)

    return score


def of_codes(predictor: Predictor, precision: Precision):
    """The network as a function of codes: (parameters, (L,) codes of the window explained) -> (L,) codes -> (T,)."""

    def bound(parameters, explained: UInt8[Array, " L"]):
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            inner = predictor.bound(parameters, jax.nn.one_hot(explained, 4))

        def predict(window: UInt8[Array, " L"]) -> Float[Array, " T"]:
            with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
                return inner(jax.nn.one_hot(window, 4))

        return predict

    return bound


def effects_at(predict, window: UInt8[Array, " L"], place, before: bool) -> Float[Array, "rows T"]:
    """f(window with base a at `place`) - f(window) for the four bases; NaN where the window has N there.

    With `before` f(window) is a fifth row.
    """
    known = window[place] != N
    logits = jax.vmap(lambda base: predict(window.at[place].set(base)))(jnp.arange(4, dtype=jnp.uint8))
    reference = logits[jnp.minimum(window[place], 3)]
    changes = jnp.where(known, logits - reference, jnp.nan)
    return with_before(changes, reference) if before else changes


def with_before(changes: Float[Array, "*C 4 T"], reference: Float[Array, "*C T"]) -> Float[Array, "*C 5 T"]:
    """Effects of the four bases, and below them f of the window as it is."""
    return jnp.concatenate([changes, reference[..., None, :]], axis=-2)
