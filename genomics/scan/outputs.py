"""From scores on the device to the numbers that are kept: over replicates, summarised, rounded."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.extremes import largest
from genomics.lenses.networks import each_network

#: (parameters, inputs of one chunk) -> scores with a leading axis of the chunk.
Score = Callable[[Any, Any], Array]
#: The same of several scores, by name.
Scores = Callable[[Any, Any], Mapping[str, Array]]
#: The name under which the largest rounding error of a chunk travels beside the outputs.
ROUNDING = "rounding"


def kept(
    score: Score | Scores, *, name: str, replicates: int | None, summary: bool, dtype: str
) -> Callable[[Any, Any], dict[str, Array]]:
    """What a chunk's scores are kept as.

    Args:
      score: of a single network.
      name: of the scores, `effects` or `logits`, where they are one array.
      replicates: R, if every leaf of the parameters has that leading axis; then means are kept, with the standard
        deviation as `<name>_std`.
      summary: keep `max` and `mean` of effects (C, 4, T) instead.
      dtype: float16 or float32.

    Returns:
      (parameters, inputs) -> arrays by name, and for float16 the largest rounding error in the chunk as `rounding`.
    """

    def outputs(parameters: Any, inputs: Any) -> dict[str, Array]:
        if replicates is None:
            found = _named(score(parameters, inputs), name, summary)
        else:
            each = each_network(score, parameters, inputs, how="in_turn")
            found = _named(jax.tree.map(lambda values: values.mean(0), each), name, summary)
            spread = {key: values.std(0) for key, values in jax.vmap(lambda x: _named(x, name, summary))(each).items()}
            found |= {f"{key}_std": values for key, values in spread.items()}
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
