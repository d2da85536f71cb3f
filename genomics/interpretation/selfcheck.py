"""`--verify=K`: random mutations of the stored mutagenesis once more, naively and in double precision."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods.mutations import Mutagenesis
from genomics.interpretation.turned import turned
from genomics.io.scores import Questions, read_rows
from genomics.lenses.networks import mean_of_networks
from genomics.models.predictor import Predictor
from genomics.mutagenesis.verify import verify
from genomics.sequence.loci import as_read

# Scores read at a time: mutations are drawn from the sequences that these bytes hold.
_MOST_BYTES = 2**30


def check_request(explainers: Sequence[Explainer]) -> None:
    """Raises `InputError` where there is nothing that could be verified."""
    settings = next((each.settings for each in explainers if each.name == "ism"), None)
    if not isinstance(settings, Mutagenesis):
        raise InputError("--verify: --methods must name ism, whose numbers it checks")
    if settings.gauge != "delta":
        raise InputError("--verify: checks the differences of logits themselves: --gauge=delta")


def verify_mutagenesis(predictor: Predictor, scores: Path, questions: Questions, count: int, seed: int) -> str:
    """Recomputes `count` random mutations of `ism/scores`.

    Returns:
      A line that says how far they are off.

    Raises:
      InputError: one differs by more than the tolerance of `genomics.mutagenesis.verify`.
    """
    double = _computes_in_double(predictor)

    def effect(parameters: Any, x: Float[Array, "L 4"], mutant: Float[Array, "L 4"]) -> Float[Array, " T"]:
        predict = predictor.bound(parameters, x)
        return predict(mutant) - predict(x)

    mean = mean_of_networks(effect, predictor.replicates)
    rows = max(1, _MOST_BYTES // (4 * questions.logits.shape[1] * predictor.length * 4))
    stored, bases = read_rows(scores, "ism", slice(rows)), questions.sequences[:rows]
    if questions.loci is not None:
        where = questions.loci.take(slice(rows))
        stored, bases = turned({"scores": stored}, where.reverse)["scores"], as_read(bases, where)
    worst = verify(
        mean if double else lambda parameters, *pair: mean(parameters, *(x.astype(jnp.float32) for x in pair)),
        predictor.parameters,
        bases,
        stored,
        count=count,
        seed=seed,
    )
    how = "double precision" if double else "single precision, which the network fixes"
    return f"ism: {count} random mutations recomputed in full, in {how}: at most {worst:.1e} off"


def _computes_in_double(predictor: Predictor) -> bool:
    """Whether a double-precision sequence makes the whole network double; a function may hold arrays of its own."""
    apply = mean_of_networks(predictor.apply, predictor.replicates)
    with jax.enable_x64(True):
        x = jax.ShapeDtypeStruct((predictor.length, 4), jnp.float64)
        parameters = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct(
                leaf.shape, jnp.float64 if np.issubdtype(leaf.dtype, np.floating) else leaf.dtype
            ),
            predictor.parameters,
        )
        try:
            return jax.eval_shape(apply, parameters, x).dtype == jnp.float64
        except (
            TypeError,
            ValueError,
        ):  # operands of two precisions; an exported function takes one alone
            return False
