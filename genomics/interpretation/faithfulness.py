"""Methods judged by the network itself: deletion and insertion curves, and agreement with exact mutagenesis."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.evaluation.agreement import pearson, spearman
from genomics.evaluation.bootstrap import bootstrap_means, interval
from genomics.evaluation.faithfulness import (
    FRACTIONS,
    Curves,
    PredictMany,
    Replacements,
    curves,
    gains,
    ranks,
    replacements,
)
from genomics.interpretation.batches import compile_batch
from genomics.interpretation.sequences import Sequences
from genomics.lenses.networks import mean_and_spread
from genomics.models.predictor import Predictor
from genomics.progress import progress

#: Measures with intervals that a record holds.
MEASURES = ("deletion_gain", "insertion_gain", "ism_pearson", "ism_spearman")
_NOTHING = (float("nan"),) * 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Yardstick:
    """What all methods are judged by, on N sequences.

    Attributes:
      predict: the network, of many sequences.
      tasks: T names.
      bases: the sequences.
      called: (N, T) whether the network's logit is positive: there is something to delete.
      replaced_by: what their bases are replaced by.
      random: curves of random order, (N, K, T).
      mutagenesis: what bases are worth by exact mutagenesis.
      seed: of the intervals.
    """

    predict: PredictMany
    tasks: tuple[str, ...]
    bases: UInt8[np.ndarray, "N L"]
    called: np.ndarray
    replaced_by: Replacements
    random: Curves
    mutagenesis: Float[np.ndarray, "N T L"]
    seed: int


def prepare(
    predictor: Predictor,
    sequences: Sequences,
    mutagenesis: Float[np.ndarray, "N T L"],
    seed: int,
    batch_size: int | None = None,
) -> Yardstick:
    """Draws the shuffles and evaluates random order.

    Args:
      predictor: of replicates the mean logit counts.
      sequences: N of them.
      mutagenesis: what their bases are worth by exact mutagenesis.
      seed: of shuffles, orders and intervals.
      batch_size: sequences at a time; None = sized to the memory.
    """
    predict = predict_many(predictor, sequences, batch_size)
    drawn = replacements(sequences.bases, seed=seed)
    return Yardstick(
        predict=predict,
        tasks=predictor.tasks,
        bases=sequences.bases,
        called=predict(sequences.bases, sequences.bases) > 0,
        replaced_by=drawn,
        random=curves(predict, sequences.bases, drawn, drawn.order),
        mutagenesis=mutagenesis,
        seed=seed,
    )


def judge(yardstick: Yardstick, method: str, signed: Float[np.ndarray, "N T L"]) -> list[dict[str, Any]]:
    """What the network says to a method's maps.

    Args:
      yardstick: what all methods are judged by.
      method: its name.
      signed: its maps, `Maps.signed`: bases are taken in order of what they add to the logit, the most first.

    Returns:
      One record a task: mean curves and what they gain, over the sequences that the network calls positive; mean
      correlations with mutagenesis over all. Means with intervals are (mean, lower end, upper end).
    """
    records = []
    with progress(f"deletion and insertion by {method}", int(yardstick.called.sum()), unit="curves") as advance:
        for task, name in enumerate(yardstick.tasks):
            rows = np.flatnonzero(yardstick.called[:, task])
            entry: dict[str, Any] = {"method": method, "task": name, "sequences": len(rows)}
            records.append(entry | _curves(yardstick, task, rows, signed[:, task]))
            one, exact = signed[:, task], yardstick.mutagenesis[:, task]
            for measure, correlation in (("ism_pearson", pearson), ("ism_spearman", spearman)):
                records[-1][measure] = _mean(correlation(one, exact), yardstick.seed)
            if len(rows):
                advance(len(rows))
    return records


def _curves(yardstick: Yardstick, task: int, rows: np.ndarray, signed: Float[np.ndarray, "N L"]) -> dict[str, Any]:
    names = ("deletion", "insertion", "deletion_random", "insertion_random")
    if not len(rows):
        unknown = [float("nan")] * len(FRACTIONS)
        return {"fractions": FRACTIONS, **dict.fromkeys(names, unknown), **dict.fromkeys(MEASURES[:2], _NOTHING)}
    drawn = Replacements(bases=yardstick.replaced_by.bases[rows], order=yardstick.replaced_by.order[rows])
    own = curves(yardstick.predict, yardstick.bases[rows], drawn, ranks(signed[rows], drawn.order)).of_task(task)
    random = yardstick.random.of_task(task)
    random = Curves(deletion=random.deletion[rows], insertion=random.insertion[rows])
    means = [values.mean(0) for each in (own, random) for values in (each.deletion, each.insertion)]
    gained = [_mean(values, yardstick.seed) for values in gains(own, random)]
    return {"fractions": FRACTIONS, **dict(zip(names, means, strict=True)), **dict(zip(MEASURES, gained, strict=False))}


def _mean(values: Float[np.ndarray, " N"], seed: int) -> tuple[float, float, float]:
    return interval(float(values.mean()), bootstrap_means(values[:, None].astype(np.float64), seed=seed)[:, 0])


def predict_many(predictor: Predictor, sequences: Sequences, batch_size: int | None) -> PredictMany:
    """The logits of any number of variants of sequences of one length, by one compiled program."""

    def logits(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        predict = predictor.bound(parameters, jax.nn.one_hot(own["explained"], 4))
        return {"logits": predict(jax.nn.one_hot(own["bases"], 4))}

    def inputs(numbers: np.ndarray) -> dict[str, np.ndarray]:
        return {"bases": sequences.bases[numbers], "explained": sequences.bases[numbers]}

    # As for many sequences: each of the few has thousands of variants.
    function = mean_and_spread(logits, predictor.replicates)
    compiled, size = compile_batch(function, predictor.parameters, inputs, 2**20, batch_size)

    def predict(bases: UInt8[np.ndarray, "B L"], explained: UInt8[np.ndarray, "B L"]) -> Float[np.ndarray, "B T"]:
        blocks = []
        for start in range(0, len(bases), size):
            count = min(size, len(bases) - start)
            rows = np.minimum(np.arange(start, start + size), len(bases) - 1)
            own = {"bases": bases[rows], "explained": explained[rows]}
            blocks.append(np.asarray(compiled(predictor.parameters, own)["logits"])[:count])
        return np.concatenate(blocks)

    return predict
