"""A method applied to a network and to sequences: a function of one sequence, and what belongs to each."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from genomics.attribution.record import Attribution
from genomics.attribution.references import Reference, sequence_seed, shared_rows, shuffled_rows
from genomics.interpretation.batches import Inputs, OfOneSequence
from genomics.interpretation.method import Explainer, Own
from genomics.interpretation.sequences import Sequences
from genomics.lenses.networks import mean_and_spread
from genomics.models.predictor import Predictor
from genomics.mutagenesis.ablation import window_shuffles

# Of each window, for ablation.
_SHUFFLES = 20
#: The name under which the numbers explained travel to where a unit is told of their mean.
_BEFORE = "before"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """What `in_batches` evaluates.

    Attributes:
      function: (parameters, what belongs to one sequence) -> arrays by name; of replicates mean and spread.
      inputs: what belongs to each of some sequences.
    """

    function: OfOneSequence
    inputs: Inputs


def explanation(predictor: Predictor, sequences: Sequences, explainer: Explainer) -> Explanation:
    """Applies a method under its settings.

    Raises:
      InputError: the method cannot explain this network, e.g. because it has no rule for one of its primitives. The
        network is read, nothing is computed.
    """
    method, settings, reference = explainer.method, explainer.settings, explainer.reference
    of_mean = method.of_mean(settings) if predictor.replicates is not None else None
    own_settings = of_mean.settings if of_mean else settings
    shared = shared_rows(reference, predictor.length) if reference else None

    def explain(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        references = jax.nn.one_hot(own["references"], 4) if "references" in own else shared
        key = jax.random.fold_in(jax.random.key(settings.seed), own["draw"])
        belongings = Own(references=references, key=key, windows=own.get("windows"))
        x = jax.nn.one_hot(own["bases"], 4)
        predict = predictor.bound(parameters, x)
        attribution = method.build(predict, own_settings, belongings)(x)
        if of_mean:
            assert isinstance(attribution, Attribution)
            return {"scores": attribution.scores, _BEFORE: predict(x)}
        if not isinstance(attribution, Attribution):
            return dict(attribution)
        fields = {field.name: getattr(attribution, field.name) for field in dataclasses.fields(attribution)}
        return {field: values for field, values in fields.items() if values is not None}

    def function(parameters: Any, own: Mapping[str, Array]) -> Mapping[str, Array]:
        def tell(mean: Mapping[str, Array]) -> dict[str, Array]:
            assert of_mean is not None
            return {"scores": of_mean.tell(mean["scores"], jax.nn.one_hot(own["bases"], 4), mean[_BEFORE])}

        return mean_and_spread(explain, predictor.replicates, tell if of_mean else None)(parameters, own)

    width = method.windows(settings) if method.windows else None
    inputs = _inputs(sequences, reference, settings.seed, width)
    found = Explanation(function=function, inputs=inputs)
    first = jax.tree.map(lambda values: values[0], found.inputs(np.zeros(1, np.int64)))
    jax.eval_shape(found.function, predictor.parameters, first)
    return found


def prediction(predictor: Predictor, sequences: Sequences) -> Explanation:
    """The logits of each sequence, as `logits`."""

    def predict(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        return {"logits": predictor.apply(parameters, jax.nn.one_hot(own["bases"], 4))}

    return Explanation(function=mean_and_spread(predict, predictor.replicates), inputs=_inputs(sequences))


def _inputs(
    sequences: Sequences, reference: Reference | None = None, seed: int = 0, width: int | None = None
) -> Inputs:
    """What belongs to some sequences: their bases, a number of their own for random draws, shuffles of them or of
    their windows."""

    def inputs(numbers: np.ndarray) -> dict[str, np.ndarray]:
        bases = sequences.bases[numbers]
        seeds = [sequence_seed(codes, seed) for codes in bases]
        own = {"bases": bases, "draw": np.array([each & 0xFFFFFFFF for each in seeds], np.uint32)}
        if reference and reference.shuffles:
            own["references"], _ = shuffled_rows(reference, bases)
        if width is not None:
            chances = [np.random.default_rng(each) for each in seeds]
            windows = [window_shuffles(codes, width, _SHUFFLES, rng) for codes, rng in zip(bases, chances, strict=True)]
            own["windows"] = np.stack(windows)
        return own

    return inputs
