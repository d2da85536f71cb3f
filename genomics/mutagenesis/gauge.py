"""The gauge of mutation effects: what their zero and their unit are."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.lenses.units import UNITS, Unit

_Scores = Float[Array, "T L 4"]


def _centred(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    return scores - scores.mean(-1, keepdims=True)


def _projected(scores: _Scores, x: Float[Array, "L 4"], logits: Float[Array, " T"]) -> _Scores:
    observed = x != 0
    return jnp.where(observed | jnp.isnan(scores), -scores.mean(-1, keepdims=True), 0)


_Gauge = Callable[[_Scores, Float[Array, "L 4"], Float[Array, " T"]], _Scores]


def _of_unit(unit: Unit) -> _Gauge:
    return lambda scores, _, logits: unit.convert(scores, logits[:, None, None])


#: Name -> (effects of substitutions d, the sequence, its numbers f) -> scores: the units of `genomics.lenses.units`,
#: and two zeros of mutagenesis alone, with b over the four bases:
#: centred      d - mean_b d                                (the mean holds the reference base's 0)
#: projected    -mean_b d in the column of the observed base, 0 elsewhere
GAUGES: dict[str, _Gauge] = {
    "delta": _of_unit(UNITS["delta"]),
    "centred": _centred,
    "projected": _projected,
    **{name: _of_unit(unit) for name, unit in UNITS.items() if name != "delta"},
}


def in_gauge(method: Explain, predict: Predict, gauge: str = "delta") -> Explain:
    """In-silico mutagenesis reported in another gauge.

    Centred scores of a network that is linear in the sequence are its corrected gradient (Majdandzic, Rajesh & Koo
    2023, doi:10.1186/s13059-023-02956-3); log-odds are those of DeepSEA (Zhou & Troyanskaya 2015,
    doi:10.1038/nmeth.3547).

    Args:
      method: gives f(mutant) - f(x), NaN at a position without a base.
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
