"""Which scores do not add up to the difference that they explain."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.scores import Questions, read_attributes, read_rows

#: Relative residual above which a sequence is reported.
LIMIT = 1e-3
_MOST_LINES = 5


def report(scores: Path, questions: Questions, methods: list[str]) -> list[str]:
    """One line for each method that promises completeness, and one for each sequence that breaks it (the worst first).

    Args:
      scores: the `scores.h5`.
      questions: of that file.
      methods: to look at.
    """
    lines, attributes = [], read_attributes(scores)
    for method in methods:
        try:
            residuals = np.abs(read_rows(scores, method, slice(None), "residual"))
        except InputError:  # promises nothing
            continue
        worst = np.where(np.isfinite(residuals), residuals, np.inf).max(1)  # what is no number is the worst
        broken = [int(row) for row in np.argsort(-worst, kind="stable") if not worst[row] <= LIMIT]
        or_not_finite = "" if np.isfinite(worst).all() else " or not finite"
        lines.append(
            f"{method}: largest residual {residuals.max():.1e}; {len(broken)} of {len(worst)} sequences above {LIMIT:g}"
            f"{or_not_finite}"
        )
        for row in broken[:_MOST_LINES]:
            task = int(residuals[row].argmax())  # NaN, where there is one
            lines.append(f"  {questions.names[row]} (row {row}), {questions.tasks[task]}: {residuals[row, task]:.1e}")
        if len(broken) > _MOST_LINES:
            lines.append(f"  and {len(broken) - _MOST_LINES} more: dataset {method}/residual of {scores}")
        if broken and (remedy := _remedy(method, attributes.get(method, {}))):
            lines.append(f"  {remedy}")
    return lines


def _remedy(method: str, settings: Mapping[str, Any]) -> str | None:
    """What brings a residual down, or why nothing does."""
    if method == "integrated_gradients":
        steps = int(settings.get("steps", 0))
        return f"--steps={4 * steps} (now {steps}) takes four times as long and brings it down" if steps else None
    if method == "lrp":
        return "LRP promises no more: biases, the stabiliser epsilon and attention's softmaxes keep their share"
    if str(settings.get("max_pool_rule")) == "gradient":
        return "--max_pool_rule=gradient does not sum to the difference; cross does"
    return None
