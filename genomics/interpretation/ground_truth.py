"""Methods graded against the motifs that were planted in simulated sequences."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from genomics.evaluation.bootstrap import bootstrap_means, interval
from genomics.evaluation.grading import Grades, gradable, grade
from genomics.evaluation.planted import factor_of, planted_bases
from genomics.interpretation.maps import Maps
from genomics.interpretation.sequences import Sequences

#: Measures with intervals that a record holds.
MEASURES = ("auroc", "auprc", "top_inside", "signal_to_noise", "auroc_any_base", "auprc_any_base")
_NOTHING = (float("nan"),) * 3


@dataclass(frozen=True, kw_only=True)
class Graded:
    """Grades of one method for one task, of the M sequences that hold the task's factor.

    Attributes:
      task: its name.
      chance: mean share of bases that are planted: AUPRC of a constant map.
      at_base: grades of |`Maps.signed`|.
      any_base: grades of `Maps.any_base`.
    """

    task: str
    chance: float
    at_base: Grades
    any_base: Grades


def why_not(sequences: Sequences, tasks: Sequence[str]) -> str | None:
    """Why nothing can be graded, in one sentence; None where something can."""
    if sequences.truth is None:
        return f"{sequences.source} does not say what was planted in the sequences"
    if all(factor_of(task, sequences.factors) is None for task in tasks):
        return f"no task is named as one of the planted factors {', '.join(sequences.factors)} (--task_names)"
    return None


def grade_method(maps: Maps, sequences: Sequences, tasks: Sequence[str]) -> list[Graded]:
    """The grades for every task that has a planted factor of its own."""
    assert sequences.truth is not None
    found = []
    for number, task in enumerate(tasks):
        factor = factor_of(task, sequences.factors)
        if factor is None:
            continue
        planted = planted_bases(sequences.truth, sequences.widths, factor, sequences.bases.shape[1])
        rows = gradable(planted)
        own = planted[rows]
        found.append(
            Graded(
                task=task,
                chance=float(own.mean()) if len(own) else float("nan"),
                at_base=grade(np.abs(maps.signed[rows, number]), own),
                any_base=grade(maps.any_base[rows, number], own),
            )
        )
    return found


def record(method: str, graded: Graded, seed: int) -> dict[str, Any]:
    """Means over sequences, each with its bootstrap interval: [mean, lower end, upper end]."""
    count = len(graded.at_base.auroc)
    entry: dict[str, Any] = {"method": method, "task": graded.task, "sequences": count, "chance": graded.chance}
    if not count:
        return entry | dict.fromkeys(MEASURES, _NOTHING)
    drawn = bootstrap_means(_columns(graded), seed=seed)
    means = _columns(graded).mean(0)
    for column, name in enumerate(("auroc", "auprc", "top_inside", "auroc_any_base", "auprc_any_base")):
        entry[name] = interval(means[column], drawn[:, column])
    with np.errstate(divide="ignore", invalid="ignore"):
        entry["signal_to_noise"] = interval(means[-2] / means[-1], drawn[:, -2] / drawn[:, -1])
    return entry


def _columns(graded: Graded) -> Float[np.ndarray, "M 7"]:
    base, any_ = graded.at_base, graded.any_base
    parts = (base.auroc, base.auprc, base.top_inside, any_.auroc, any_.auprc, base.signal, base.noise)
    return np.stack(parts, axis=1)


def ranking(records: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """For each task the methods in order of AUPRC, the best first; those that could not be graded are not in it."""
    order: dict[str, list[dict[str, Any]]] = {}
    for entry in records:
        if np.isfinite(entry["auprc"][0]):
            order.setdefault(entry["task"], []).append({"method": entry["method"], "auprc": entry["auprc"][0]})
    return {task: sorted(entries, key=lambda entry: -entry["auprc"]) for task, entries in order.items()}
