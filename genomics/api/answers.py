"""From arrays to `Scores`."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import UInt8

from genomics.api.scores import Scores
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import axis_label
from genomics.interpretation.reference_setting import is_dense
from genomics.interpretation.sequences import Sequences
from genomics.lenses.units import worded
from genomics.models.predictor import Predictor
from genomics.scan.effects import chunk_scorer
from genomics.scan.windows import What
from genomics.sequence.bases import BASES, N

#: Axes of arrays beside the scores.
_AXES = {"residual": ("sequence", "task"), "logits": ("sequence", "task")}
_OF_BASES = ("sequence", "task", "position", "base")
#: Bases scanned in a call.
_CHUNK = 1 << 13


def predictions(predictor: Predictor, sequences: Sequences, arrays: Mapping[str, np.ndarray]) -> Scores:
    """The network's numbers, (sequence, task)."""
    labels = _labels(predictor, sequences)
    return _scores(arrays, "logits", ("sequence", "task"), labels, predictor.unit, name="predictions")


def explained(
    predictor: Predictor, sequences: Sequences, explainer: Explainer, arrays: Mapping[str, np.ndarray]
) -> Scores:
    """The scores of a method, (sequence, task, position, base), and what belongs to them."""
    stored = explainer.attributes()
    stored["definition"] = worded(stored["definition"], predictor.unit)
    labels = _labels(predictor, sequences)
    codes = Scores(
        values=sequences.bases,
        axes=("sequence", "position"),
        labels={axis: labels[axis] for axis in ("sequence", "position")},
        unit="code",
        name="bases",
    )
    return _scores(
        arrays,
        "scores",
        _OF_BASES,
        labels,
        predictor.unit,
        name=explainer.name,
        label=axis_label(explainer.name, predictor.unit, stored.get("gauge")),
        mutations=explainer.method.reading == "contrast" and stored.get("gauge") != "projected",
        observed=is_dense(str(stored["reference"])),
        attributes=stored,
        bases=codes,
    )


def scanned(predictor: Predictor, codes: UInt8[np.ndarray, " M"], what: What) -> Scores:
    """Every base of a sequence, in the window centred on it."""
    length, count = predictor.length, len(codes)
    chunk = min(_CHUNK, max(64, 1 << (count - 1).bit_length()))
    padded = np.full(-(-count // chunk) * chunk + length - 1, N, np.uint8)
    padded[length // 2 : length // 2 + count] = codes
    score = chunk_scorer(predictor, what=what, chunk=chunk)
    pieces = [
        np.asarray(score(predictor.parameters, jnp.asarray(padded[start : start + chunk + length - 1])))
        for start in range(0, count, chunk)
    ]
    values = np.concatenate(pieces)[:count]
    if what == "predictions":
        values = np.where((codes == N)[:, None], np.float32(np.nan), values)
    labels = {"position": range(count), "base": tuple(BASES), "task": predictor.tasks}
    axes = ("position", "base", "task") if what == "effects" else ("position", "task")
    bases = Scores(values=codes, axes=("position",), labels={"position": range(count)}, unit="code", name="bases")
    return Scores(
        values=values,
        axes=axes,
        labels={axis: labels[axis] for axis in axes},
        unit=predictor.unit,
        name=what,
        label=f"Δ {predictor.unit}" if what == "effects" else predictor.unit,
        mutations=what == "effects",
        further={"bases": bases},
    )


def _labels(predictor: Predictor, sequences: Sequences) -> dict[str, Any]:
    return {
        "sequence": sequences.names,
        "task": predictor.tasks,
        "position": range(predictor.length),
        "base": tuple(BASES),
    }


def _scores(
    arrays: Mapping[str, np.ndarray],
    main: str,
    axes: tuple[str, ...],
    labels: Mapping[str, Any],
    unit: str,
    *,
    bases: Scores | None = None,
    **others: Any,
) -> Scores:
    further = {} if bases is None else {"bases": bases}
    for name, values in arrays.items():
        if name == main:
            continue
        own = _AXES.get(name.removesuffix("_std"), axes if values.ndim == len(axes) else ("sequence", "task"))
        if values.ndim == len(own) and values.shape[: len(own)] == tuple(len(labels[axis]) for axis in own):
            further[name] = Scores(
                values=values, axes=own, labels={axis: labels[axis] for axis in own}, unit=unit, name=name
            )
    return Scores(
        values=arrays[main],
        axes=axes,
        labels={axis: labels[axis] for axis in axes},
        unit=unit,
        further=further,
        **others,
    )
