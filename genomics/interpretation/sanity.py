"""Sanity checks of methods: maps of networks that have learned nothing, beside those of the trained one."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.evaluation.randomization import Maps, Similarities, cascade, similarity
from genomics.evaluation.reduction import per_base
from genomics.interpretation.batches import compile_batch
from genomics.interpretation.explanation import Explanation, explanation
from genomics.interpretation.method import Explainer, reading_of
from genomics.interpretation.sequences import Sequences
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor
from genomics.progress import progress
from genomics.tracing.parameters import ParameterLayer, parameter_layers

#: A method whose mean similarity with all parameters redrawn is as high does not depend on them.
INDEPENDENT = 0.99
#: One whose mean similarity is as high although layers above are redrawn hardly depends on these layers.
SIMILAR = 0.5


def randomization(
    predictor: Predictor,
    sequences: Sequences,
    explainers: Sequence[Explainer],
    draws: int = 10,
    seed: int = 0,
    batch_size: int | None = None,
) -> dict[str, Any]:
    """Parameter randomisation (Adebayo et al. 2018): similarity of maps after each layer, from the top down.

    Maps have one number a base (`genomics.evaluation.reduction`); positions that are N do not count. Of replicates the
    map is their mean, as everywhere, and each replicate's parameters are redrawn. What a method draws at random itself
    (noise, references) is the same for all networks, so differences are those of the parameters.

    Args:
      predictor: with only the tasks that are asked about.
      sequences: N of them.
      explainers: methods that have a score for each of the four bases.
      draws: D, how often everything is drawn anew.
      seed: of the draws.
      batch_size: sequences at a time; None = sized to the memory.

    Returns:
      JSON-ready: `layers` (`none`, then each layer that is redrawn in addition), `sequences`, `draws`, and for each
      method `signed_mean`, `signed_std`, `absolute_mean`, `absolute_std`, a number for each entry of `layers`: mean
      and standard deviation of Spearman's correlation over sequences x tasks x draws, without those where one of the
      maps is constant; None where all are. `constant` is the share of these after each layer. For a network without
      parameters only `why`.

    Raises:
      InputError: a method has no such scores, or cannot explain this network.
    """
    layers = _layers(predictor)
    if not layers:
        return {
            "why": f"{predictor.source} has no parameters that could be randomised: its arrays belong to the function"
        }
    results, names = [], ()
    for number, explainer in enumerate(explainers, 1):
        maps, batches = _maps(predictor, sequences, explainer, batch_size)
        count, place = len(sequences.bases) * draws * len(layers), (number, len(explainers))
        with progress(f"{explainer.name}, randomised", count, unit="maps", place=place) as advance:
            found = cascade(
                maps,
                predictor.parameters,
                layers,
                batches,
                draws=draws,
                seed=seed,
                replicates=predictor.replicates,
                advance=advance,
            )
        names = found.layers
        results.append({"method": explainer.name, **_summary(found)})
    return {"layers": list(names), "sequences": len(sequences.bases), "draws": draws, "methods": results}


def notes(result: Mapping[str, Any]) -> list[str]:
    """What `randomization` found out about methods, a sentence each, for signed and for absolute maps.

    A method does not depend on the parameters where its mean similarity is at least `INDEPENDENT` with all layers
    redrawn; it hardly depends on the upper layers as far down as its mean similarity stays at least `SIMILAR`. Named
    are also maps that became constant and have no ranks to compare.
    """
    layers, found = result.get("layers", ()), []
    for entry in result.get("methods", ()):
        for kind in ("signed", "absolute"):
            means = [math.nan if mean is None else mean for mean in entry[f"{kind}_mean"]]
            if means[-1] >= INDEPENDENT:
                found.append(
                    f"{entry['method']} does not depend on the parameters: similarity of {kind} maps "
                    f"{means[-1]:.3f} with all of them redrawn"
                )
                continue
            upper = list(itertools.takewhile(lambda pair: pair[1] >= SIMILAR, zip(layers[1:], means[1:], strict=True)))
            if upper:
                told = ", then ".join(f"{mean:.2f} with {layer} redrawn" for layer, mean in upper)
                found.append(f"{entry['method']} hardly depends on the upper layers: similarity of {kind} maps {told}")
        before, after = (f"{entry['constant'][stage]:.0%}" for stage in (0, -1))
        if entry["constant"][-1]:
            found.append(
                f"{entry['method']}: {before} of its maps are constant, and {after} of the pairs hold a constant map "
                "with all parameters redrawn; they are not counted"
            )
    return found


def comparison(
    predictor: Predictor,
    other: Predictor,
    sequences: Sequences,
    explainers: Sequence[Explainer],
    batch_size: int | None = None,
) -> list[dict[str, Any]]:
    """Similarity of the maps of two networks, e.g. of one that was trained on shuffled labels.

    Args:
      predictor: with only the tasks that are asked about.
      other: of the same length and tasks.
      sequences: N of them.
      explainers: as in `randomization`.
      batch_size: sequences at a time; None = sized to the memory.

    Returns:
      For each method the fields of `randomization`, one number each, over sequences x tasks.

    Raises:
      InputError: the networks answer different questions, or as `randomization`.
    """
    for name in ("length", "tasks"):
        own, theirs = getattr(predictor, name), getattr(other, name)
        if own != theirs:
            raise InputError(f"{other.source}: its {name} is {theirs}; must be {own} as in {predictor.source}")
    found = []
    for explainer in explainers:
        maps, others = (_all_maps(each, sequences, explainer, batch_size) for each in (predictor, other))
        signed, absolute = (np.asarray(values)[None] for values in similarity(maps, others))
        summary = _summary(Similarities(layers=(other.source,), signed=signed[None], absolute=absolute[None]))
        found.append({"method": explainer.name, **{name: values[0] for name, values in summary.items()}})
    return found


def _layers(predictor: Predictor) -> tuple[ParameterLayer, ...]:
    parameters = one_network(predictor.parameters, predictor.replicates)
    return parameter_layers(predictor.apply, parameters, jax.ShapeDtypeStruct((predictor.length, 4), jnp.float32))


def _maps(
    predictor: Predictor, sequences: Sequences, explainer: Explainer, batch_size: int | None
) -> tuple[Maps, list[tuple[Any, int]]]:
    """The compiled method as signed maps, and what belongs to each batch of sequences; the last one is filled up."""
    explain, count = explanation(predictor, sequences, explainer), len(sequences.bases)
    reading = reading_of(explainer.method, _checked_arrays(predictor, explainer.name, explain))

    def one(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        bases = own["bases"]
        signed = per_base(reading, explain.function(parameters, own)["scores"], jax.nn.one_hot(bases, 4))
        return {"map": jnp.where(bases < 4, signed, jnp.nan)}

    compiled, size = compile_batch(one, predictor.parameters, explain.inputs, count, batch_size)
    starts = range(0, count, size)
    batches = [(explain.inputs(np.minimum(np.arange(i, i + size), count - 1)), min(size, count - i)) for i in starts]
    return lambda parameters, own: compiled(parameters, own)["map"], batches


def _checked_arrays(predictor: Predictor, method: str, explain: Explanation) -> Mapping[str, jax.ShapeDtypeStruct]:
    """Shapes of the arrays that a method gives; `scores` is one for each base."""
    own = jax.tree.map(lambda values: values[0], explain.inputs(np.zeros(1, np.int64)))
    arrays = jax.eval_shape(explain.function, predictor.parameters, own)
    scores = arrays.get("scores")
    if scores is None or scores.shape != (len(predictor.tasks), predictor.length, 4):
        raise InputError(f"--methods={method}: has no score for each of the four bases, so there is no map to compare")
    return arrays


def _all_maps(
    predictor: Predictor, sequences: Sequences, explainer: Explainer, batch_size: int | None
) -> Float[Array, "N T L"]:
    maps, batches = _maps(predictor, sequences, explainer, batch_size)
    return jnp.concatenate([maps(predictor.parameters, batch)[:count] for batch, count in batches])


def _summary(found: Similarities) -> dict[str, list[float | None]]:
    """Mean and standard deviation over everything but the stages, without what is NaN."""
    summary: dict[str, list[float | None]] = {}
    for kind, values in (("signed", found.signed), ("absolute", found.absolute)):
        rows = [row[np.isfinite(row)].astype(np.float64) for row in values.reshape(len(values), -1)]
        summary[f"{kind}_mean"] = [float(row.mean()) if row.size else None for row in rows]
        summary[f"{kind}_std"] = [float(row.std()) if row.size else None for row in rows]
    summary["constant"] = np.isnan(found.signed.reshape(len(found.signed), -1)).mean(1).tolist()
    return summary
