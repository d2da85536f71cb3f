"""The gauge of mutation effects: what their zero and their unit are."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError

#: Probabilities closer than this to 0 and 1 count as this close, as in DeepSEA's effects.
_CLOSEST = 1e-6

_Scores = Float[Array, "T L 4"]


def _delta(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    return scores


def _centred(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    return scores - scores.mean(-1, keepdims=True)


def _projected(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    observed = x != 0
    return jnp.where(observed | jnp.isnan(scores), -scores.mean(-1, keepdims=True), 0)


def _log_odds(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    most = math.log((1 - _CLOSEST) / _CLOSEST)
    before = jnp.clip(logits, -most, most)[:, None, None]
    return (jnp.clip(logits[:, None, None] + scores, -most, most) - before) / math.log(2)


def _probability(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    before = logits[:, None, None]
    return jax.nn.sigmoid(before + scores) - jax.nn.sigmoid(before)


#: Name -> (effects of substitutions d in logits, the sequence, its logits f) -> scores, with b over the four bases:
#: delta        d
#: centred      d - mean_b d                                (the mean holds the reference base's 0)
#: projected    -mean_b d in the column of the observed base, 0 elsewhere
#: log_odds     log2 of the ratio of the odds after and before, p clipped to [1e-6, 1 - 1e-6]
#: probability  sigmoid(f + d) - sigmoid(f)
GAUGES: dict[str, Callable[[_Scores, Float[Array, "L 4"], Float[Array, " T"]], _Scores]] = {
    "delta": _delta,
    "centred": _centred,
    "projected": _projected,
    "log_odds": _log_odds,
    "probability": _probability,
}


def in_gauge(method: Explain, predict: Predict, gauge: str = "delta") -> Explain:
    """In-silico mutagenesis reported in another gauge.

    Centred scores of a network that is linear in the sequence are its corrected gradient (Majdandzic, Rajesh & Koo
    2023, doi:10.1186/s13059-023-02956-3); log-odds are those of DeepSEA (Zhou & Troyanskaya 2015,
    doi:10.1038/nmeth.3547).

    Args:
      method: gives f(mutant) - f(x) in logits, NaN at a position without a base.
      predict: the network that the method explains.
      gauge: a name in `GAUGES`.

    Returns:
      The method with scores (T, L, 4) in the gauge; NaN at a position without a base.

    Raises:
      InputError: there is no such gauge.
    """
    if gauge not in GAUGES:
        raise InputError(f"gauge={gauge!r}: must be one of {', '.join(GAUGES)}")

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        return Attribution(scores=GAUGES[gauge](method(x).scores, x, predict(x)))

    return explain


def average_strands(method: Explain) -> Explain:
    """The mean of a method's scores on both strands, in the coordinates of the given one.

    Args:
      method: gives scores (T, L, 4) with a column per base.

    Returns:
      (L, 4) one-hot -> scores (T, L, 4): position l and base a of the reverse complement count at L - 1 - l and the
      complement of a.
    """

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        forward, backward = method(x).scores, method(x[::-1, ::-1]).scores
        return Attribution(scores=(forward + backward[:, ::-1, ::-1]) / 2)

    return explain
