"""A method applied to a network and to sequences: a function of one sequence, and what belongs to each."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from genomics.attribution.record import Attribution
from genomics.attribution.references import Reference, sequence_seed, shared_rows, shuffled_rows
from genomics.interpretation.batches import Inputs, OfOneSequence, over_replicates
from genomics.interpretation.method import Own, Settings
from genomics.interpretation.methods import METHODS
from genomics.interpretation.sequences import Sequences
from genomics.models.predictor import Predictor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """What `in_batches` evaluates.

    Attributes:
      function: (parameters, what belongs to one sequence) -> arrays by name; of replicates mean and spread.
      inputs: what belongs to each of some sequences.
    """

    function: OfOneSequence
    inputs: Inputs


def explanation(predictor: Predictor, sequences: Sequences, name: str, settings: Settings) -> Explanation:
    """Applies a method.

    Raises:
      InputError: the method cannot explain this network, e.g. because it has no rule for one of its primitives. The
        network is read, nothing is computed.
    """
    reference = METHODS[name].reference_of(settings)
    shared = shared_rows(reference, predictor.length) if reference else None

    def explain(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        references = jax.nn.one_hot(own["references"], 4) if "references" in own else shared
        key = jax.random.fold_in(jax.random.key(settings.seed), own["draw"])
        belongings = Own(references=references, key=key)
        method = METHODS[name].build(lambda x: predictor.apply(parameters, x), settings, belongings)
        attribution = method(jax.nn.one_hot(own["bases"], 4))
        if not isinstance(attribution, Attribution):
            return {"scores": attribution}
        fields = {field.name: getattr(attribution, field.name) for field in dataclasses.fields(attribution)}
        return {field: values for field, values in fields.items() if values is not None}

    found = Explanation(
        function=over_replicates(explain, predictor.replicates), inputs=_inputs(sequences, reference, settings.seed)
    )
    first = jax.tree.map(lambda values: values[0], found.inputs(np.zeros(1, np.int64)))
    jax.eval_shape(found.function, predictor.parameters, first)
    return found


def prediction(predictor: Predictor, sequences: Sequences) -> Explanation:
    """The logits of each sequence, as `logits`."""

    def predict(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        return {"logits": predictor.apply(parameters, jax.nn.one_hot(own["bases"], 4))}

    return Explanation(function=over_replicates(predict, predictor.replicates), inputs=_inputs(sequences, None, 0))


def _inputs(sequences: Sequences, reference: Reference | None, seed: int) -> Inputs:
    """What belongs to some sequences: their bases, a number of their own for random draws, their shuffles."""

    def inputs(numbers: np.ndarray) -> dict[str, np.ndarray]:
        bases = sequences.bases[numbers]
        draw = np.array([sequence_seed(codes, seed) & 0xFFFFFFFF for codes in bases], np.uint32)
        own = {"bases": bases, "draw": draw}
        if reference and reference.shuffles:
            own["references"], _ = shuffled_rows(reference, bases)
        return own

    return inputs
