"""How well predicted effects of alleles agree with measured ones: correlation, sign, and what chance makes of them."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import rankdata

from genomics.evaluation.bootstrap import DRAWS, interval

#: Names of the measures, in order.
MEASURES = ("pearson", "spearman", "sign", "top_half")
# Numbers that a block of draws holds at a time.
_MOST_NUMBERS = 2**22

Interval = tuple[float, float, float]


def sign_accuracy(effects: Float[np.ndarray, "*D N"], values: Float[np.ndarray, "*D N"]) -> Float[np.ndarray, "*D"]:
    """Share of alleles whose predicted effect has the sign of the measured one; an effect of 0 counts one half."""
    return np.asarray(np.where(effects == 0, 0.5, np.sign(effects) == np.sign(values)).mean(-1))


def top_half_accuracy(effects: Float[np.ndarray, "*D N"], values: Float[np.ndarray, "*D N"]) -> Float[np.ndarray, "*D"]:
    """`sign_accuracy` of the half with the larger |effect|, N // 2 alleles; of equal ones the earlier."""
    top = np.argsort(-np.abs(effects), axis=-1, kind="stable")[..., : max(1, effects.shape[-1] // 2)]
    return sign_accuracy(np.take_along_axis(effects, top, -1), np.take_along_axis(values, top, -1))


def correlation(effects: Float[np.ndarray, "*D N"], values: Float[np.ndarray, "*D N"]) -> Float[np.ndarray, "*D"]:
    """Pearson's r; NaN where either is constant."""
    one, other = (each - each.mean(-1, keepdims=True) for each in (effects, values))
    with np.errstate(invalid="ignore", divide="ignore"):
        found = (one * other).sum(-1) / np.sqrt((one**2).sum(-1) * (other**2).sum(-1))
    constant = (np.ptp(effects, axis=-1) == 0) | (np.ptp(values, axis=-1) == 0)
    return np.where(constant, np.nan, found)


def rank_correlation(effects: Float[np.ndarray, "*D N"], values: Float[np.ndarray, "*D N"]) -> Float[np.ndarray, "*D"]:
    """Spearman's r, tied alleles sharing their ranks; NaN where either is constant."""
    return correlation(rankdata(effects, axis=-1), rankdata(values, axis=-1))


_COMPUTE = dict(zip(MEASURES, (correlation, rank_correlation, sign_accuracy, top_half_accuracy), strict=True))


def measures(effects: Float[np.ndarray, " N"], values: Float[np.ndarray, " N"]) -> dict[str, float]:
    """All of `MEASURES` by name, of effects and values that are finite."""
    return {name: float(compute(effects, values)) for name, compute in _COMPUTE.items()}


def agreement(
    predictions: Mapping[str, Float[np.ndarray, " N"]],
    values: Float[np.ndarray, " N"],
    *,
    against: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, dict[str, dict[str, Interval]]]:
    """Measures of several predictions of the same alleles, with 95 % intervals of the same bootstrap draws.

    Args:
      predictions: predicted effects by name, all finite.
      values: measured effects, all finite.
      against: one of the names: the others also get their difference to it, draw by draw (a paired bootstrap).
      draws: samples of N alleles with replacement.
      seed: of the draws.

    Returns:
      `{name: {"itself": {measure: (estimate, low, high)}, "minus": {...}}}`; `minus` only with `against`.

    Raises:
      ValueError: a prediction or a value is not finite, or there is none: then no number here means anything.
    """
    if not len(values) or not all(np.isfinite(each).all() for each in (values, *predictions.values())):
        raise ValueError("effects and values must be finite, and at least one")
    whole = {name: measures(effects, values) for name, effects in predictions.items()}
    drawn = {name: {measure: [] for measure in MEASURES} for name in predictions}
    for rows in _samples(len(values), draws, seed):
        for name, effects in predictions.items():
            for measure, compute in _COMPUTE.items():
                drawn[name][measure].append(compute(effects[rows], values[rows]))
    samples = {name: {m: np.concatenate(parts) for m, parts in own.items()} for name, own in drawn.items()}
    found = {name: {"itself": {m: _interval(whole[name][m], samples[name][m]) for m in MEASURES}} for name in whole}
    if against is not None:
        for name in predictions.keys() - {against}:
            found[name]["minus"] = {
                m: _interval(whole[name][m] - whole[against][m], samples[name][m] - samples[against][m])
                for m in MEASURES
            }
    return found


def _samples(count: int, draws: int, seed: int) -> list[Int[np.ndarray, "D N"]]:
    rng = np.random.default_rng(seed)
    each = max(1, _MOST_NUMBERS // count)
    return [rng.integers(count, size=(min(each, draws - start), count)) for start in range(0, draws, each)]


def _interval(estimate: float, drawn: Float[np.ndarray, " draws"]) -> Interval:
    """Draws in which everything is equal have no correlation, and say nothing."""
    known = drawn[np.isfinite(drawn)]
    return interval(estimate if len(known) else float("nan"), known)


def zero_where_tiny(effects: Float[np.ndarray, " N"]) -> Float[np.ndarray, " N"]:
    """Effects below what rounding makes of equal logits, 1e-6, as exact zeros: they have no sign."""
    tiny: Bool[np.ndarray, " N"] = np.abs(effects) < 1e-6
    return np.where(tiny, 0.0, effects)
