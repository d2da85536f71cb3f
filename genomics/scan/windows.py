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
    reverse_complement: bool = False,
    precision: Precision = "float32",
    chunk: int,
):
    """Scores each base of a chunk in the window centred on it: the base has index L // 2.

    Args:
      predictor: a single network.
      what: `effects`, f(window with base a in its centre) - f(window), or `predictions`, f(window).
      reverse_complement: average f over both strands.
      precision: of products.
      chunk: C, the bases scored at a time; all their windows are evaluated at once.

    Returns:
      (parameters, (C + L - 1,) codes) -> (C, 4, T) effects, columns A C G T, exactly 0 at the base itself, NaN where it
      is N; or (C, T) logits. The codes start L // 2 bases before the first base scored. `jax.jit` applies.
    """
    length = predictor.length
    predict = on_strands(predictor, reverse_complement, precision)

    def score(parameters, bases: UInt8[Array, " W"]) -> Float[Array, "C ..."]:
        windows = bases[jnp.arange(chunk)[:, None] + jnp.arange(length)]
        if what == "predictions":
            return jax.vmap(lambda window: predict(parameters, window))(windows)
        return jax.vmap(lambda window: effects_at(predict, parameters, window, length // 2))(windows)

    return score


def on_strands(predictor: Predictor, reverse_complement: bool, precision: Precision):
    """The network as a function of codes: (parameters, (L,) codes) -> (T,), averaged over both strands if asked for."""

    def forward(parameters, window: UInt8[Array, " L"]) -> Float[Array, " T"]:
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            return predictor.apply(parameters, jax.nn.one_hot(window, 4))

    def both(parameters, window: UInt8[Array, " L"]) -> Float[Array, " T"]:
        other = jnp.where(window == N, window, 3 - window)[::-1]
        return (forward(parameters, window) + forward(parameters, other)) / 2

    return both if reverse_complement else forward


def effects_at(predict, parameters, window: UInt8[Array, " L"], place) -> Float[Array, "4 T"]:
    """f(window with base a at `place`) - f(window) for the four bases a; NaN where the window has N there."""
    known = window[place] != N
    logits = jax.vmap(lambda base: predict(parameters, window.at[place].set(base)))(jnp.arange(4, dtype=jnp.uint8))
    reference = logits[jnp.minimum(window[place], 3)]
    return jnp.where(known, logits - reference, jnp.nan)
