"""What every attribution method returns."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
from jaxtyping import Array, Float

#: A trained network: (L, 4) one-hot bases -> (T,) logits.
Predict = Callable[[Float[Array, "L 4"]], Float[Array, " T"]]


@jax.tree_util.register_dataclass
@dataclass(frozen=True, kw_only=True)
class Attribution:
    """Scores of one sequence for all tasks; a pytree, so `jax.vmap` of a method returns one with a batch axis.

    Attributes:
      scores: (T, L, 4), in logits. What a base column means is the method's: see its docstring.
      residual: (T,) where the method promises completeness: (sum of the scores - the difference that they explain)
        / max(1, |f(x)|, |f(r)|). None where nothing is promised.
      hypothetical: (T, L, 4), what the contribution of each base would be if it stood there; None without a meaning.
      layer_scores: (T, ...) scores of an intermediate layer where one was asked for.
    """

    scores: Float[Array, "*batch T L 4"]
    residual: Float[Array, "*batch T"] | None = None
    hypothetical: Float[Array, "*batch T L 4"] | None = None
    layer_scores: Float[Array, "..."] | None = None


#: An attribution method applied to a network: one sequence in, its scores for all tasks out.
Explain = Callable[[Float[Array, "L 4"]], Attribution]
