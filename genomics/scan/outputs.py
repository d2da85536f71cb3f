"""From scores on the device to the numbers that are kept: over replicates, summarised, rounded."""

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.extremes import largest
from genomics.lenses.networks import mean_and_spread
from genomics.lenses.units import UNITS

#: (parameters, inputs of one chunk) -> scores with a leading axis of the chunk.
Score = Callable[[Any, Any], Array]
#: What is told of what a network says: scores, or several by name.
Told = Callable[[Any], Array | Mapping[str, Array]]
#: The name under which the largest rounding error of a chunk travels beside the outputs.
ROUNDING = "rounding"


def as_it_is(said: Any) -> Any:
    """What a network says is what is told."""
    return said


def kept(
    score: Callable[[Any, Any], Any],
    *,
    name: str,
    replicates: int | None,
    summary: bool,
    dtype: str,
    told: Told = as_it_is,
) -> Callable[[Any, Any], dict[str, Array]]:
    """What a chunk's scores are kept as.

    Args:
      score: (parameters of a single network, inputs of one chunk) -> what it says, a pytree of arrays.
      name: of the scores, `effects` or `logits`, where they are one array.
      replicates: R, if every leaf of the parameters has that leading axis; then it is the mean that is told of, with
        the standard deviation of what is told of each network as `<name>_std`.
      summary: keep `max` and `mean` of effects (C, 4, T) instead.
      dtype: float16 or float32.
      told: the scores that follow from what a network says, or from the mean of several: `in_unit`, by default as it
        is.

    Returns:
      (parameters, inputs) -> arrays by name, and for float16 the largest rounding error in the chunk as `rounding`.
    """

    def outputs(parameters: Any, inputs: Any) -> dict[str, Array]:
        named = lambda said: _named(told(said), name, summary)  # noqa: E731
        found = mean_and_spread(score, replicates, named, "in_turn")(parameters, inputs)
        rounded = {key: values.astype(dtype) for key, values in found.items()}
        if dtype == "float32":
            return rounded
        # What is no number, or not finite, has no rounding error; it is counted where parts are written.
        errors = [
            jnp.where(jnp.isfinite(values), jnp.abs(values - rounded[key].astype(jnp.float32)), 0)
            for key, values in found.items()
        ]
        return {**rounded, ROUNDING: largest(jnp.stack([largest(each) for each in errors]))}

    return outputs


def in_unit(gauge: str) -> Callable[[Float[Array, "*C rows T"]], Float[Array, "*C 4 T"]]:
    """What scorers give of each base, in a unit.

    Args:
      gauge: a name in `genomics.lenses.units.UNITS`.

    Returns:
      f(base) - f(as it is) of the four bases, and f as it is as a fifth row where the unit is not linear -> the
      effects of the four bases.
    """
    unit = UNITS[gauge]
    if unit.linear:
        return lambda rows: unit.convert(rows, rows)
    return lambda rows: unit.convert(rows[..., :4, :], rows[..., 4:, :])


def _named(values: Array | Mapping[str, Array], name: str, summary: bool) -> dict[str, Array]:
    if isinstance(values, Mapping):
        return dict(values)
    return dict(summarised(values)) if summary else {name: values}


def summarised(effects: Float[Array, "*C 4 T"]) -> Mapping[str, Float[Array, "*C T"]]:
    """Largest absolute effect and mean effect of the three substitutions at each base (the fourth column is 0).

    Both are NaN where an effect is.
    """
    sizes = jnp.abs(effects)
    return {"max": largest(sizes, -2), "mean": effects.sum(-2) / 3}
