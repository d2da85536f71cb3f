"""What `genomics-interpret` has written, read again."""

import os
from pathlib import Path

import numpy as np

from genomics.api.scores import Scores
from genomics.errors import InputError
from genomics.interpretation.methods import METHODS, axis_label
from genomics.interpretation.reference_setting import is_dense
from genomics.io.scores import array_names, read_attributes, read_questions, read_rows
from genomics.sequence.bases import BASES


def read_scores(path: str | os.PathLike[str], method: str | None = None) -> Scores:
    """The scores of a method, or the predictions, of a `scores.h5`.

    Args:
      path: the file, or the folder that holds it: a run's `interpret`.
      method: one that the file holds; None = the predictions.

    Returns:
      As `Run.explain` gave them: (sequence, task, position, base), with `.residual` and `.hypothetical` where the file
      has them; or as `Run.predict`: (sequence, task), with `.labels_known` (0 or 1) where labels are known.

    Raises:
      InputError: the file is absent or damaged, or does not hold the method; the message names those that it holds.

    >>> import genomics
    >>> genomics.read_scores("absent.h5")
    Traceback (most recent call last):
    genomics.errors.InputError: absent.h5: no such file
    """
    file = Path(path)
    if file.is_dir():
        file = file / "scores.h5"
    questions = read_questions(file)
    labels = {
        "sequence": questions.names,
        "task": questions.tasks,
        "position": range(questions.sequences.shape[1]),
        "base": tuple(BASES),
    }

    def named(values: np.ndarray, axes: tuple[str, ...], name: str, unit: str = questions.unit) -> Scores:
        return Scores(values=values, axes=axes, labels={axis: labels[axis] for axis in axes}, unit=unit, name=name)

    of_task = ("sequence", "task")
    if method is None:
        further = (
            {} if questions.labels is None else {"labels_known": named(questions.labels, of_task, "labels", "0 or 1")}
        )
        found = named(questions.logits, of_task, "predictions")
        return Scores(
            values=found.values, axes=of_task, labels=found.labels, unit=found.unit, name=found.name, further=further
        )
    held = read_attributes(file)
    if method not in held:
        raise InputError(f"{file}: holds no {method}; it holds {', '.join(held) or 'no method'}")
    axes = (*of_task, "position", "base")
    values = read_rows(file, method, slice(None))
    if values.ndim != len(axes):
        raise InputError(f"{file}: {method} has no score for each base")
    further = {"bases": named(questions.sequences, ("sequence", "position"), "bases", "code")}
    for name in array_names(file, method):
        if name == "scores":
            continue
        array = read_rows(file, method, slice(None), name)
        if array.shape == values.shape:
            further[name] = named(array, axes, name)
        elif array.shape == questions.logits.shape:
            further[name] = named(array, of_task, name)
    known = METHODS.get(method)
    return Scores(
        values=values,
        axes=axes,
        labels=labels,
        unit=questions.unit,
        name=method,
        label=axis_label(method, questions.unit, held[method].get("gauge")),
        mutations=known is not None and known.reading == "contrast" and held[method].get("gauge") != "projected",
        observed=is_dense(str(held[method].get("reference", "none"))),
        further=further,
        attributes=held[method],
    )
