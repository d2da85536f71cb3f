"""A figure for each shown sequence, task and method: `figures/<method>/<row>_<task>.png`."""

from pathlib import Path

import numpy as np

from genomics.interpretation.methods import METHODS
from genomics.interpretation.sequences import Sequences
from genomics.io.atomic import replacing
from genomics.io.file_names import file_names
from genomics.io.scores import Questions, read_rows
from genomics.plots.explanation import logo_figure, mutagenesis_figure

#: Frame of the planted motifs.
PLANTED = "#6a3d9a"


def draw_figures(
    scores: Path, questions: Questions, sequences: Sequences, methods: list[str], count: int
) -> Path | None:
    """Draws the first `count` sequences, for all tasks.

    Args:
      scores: the `scores.h5` that holds the methods.
      questions: of that file.
      sequences: the same sequences, with what was planted in them where that is known.
      methods: to draw.
      count: 0 draws nothing.

    Returns:
      The folder of the figures, beside `scores`; None where nothing was drawn.
    """
    folder = scores.parent / "figures"
    count = min(count, len(questions.sequences))
    if not count:
        return None
    for method in methods:
        arrays = read_rows(scores, method, slice(count))
        for row in range(count):
            for task, name in enumerate(file_names(questions.tasks)):
                path = folder / method / f"{questions.index[row]}_{name}.png"
                _draw(path, method, arrays[row, task], questions, sequences, row, task)
    return folder


def _draw(
    path: Path,
    method: str,
    scores: np.ndarray,
    questions: Questions,
    sequences: Sequences,
    row: int,
    task: int,
) -> None:
    name = questions.tasks[task]
    planted = sequences.planted(row, name)
    words = {
        "title": f"{questions.names[row]} · {name} · {method}",
        "subtitle": _facts(questions, row, task) + (f" · framed: planted {name}" if planted else ""),
        "highlight": {PLANTED: planted},
    }
    if method == "ism":
        figure = mutagenesis_figure(scores, questions.sequences[row], **words)
    else:
        figure = logo_figure(scores, label=METHODS[method].label, **words)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", pil_kwargs={"compress_level": 1})


def _facts(questions: Questions, row: int, task: int) -> str:
    logit = float(questions.logits[row, task])
    spread = "" if questions.logits_std is None else f" ± {questions.logits_std[row, task]:.2f}"
    probability = 0.5 * (1 + np.tanh(logit / 2))
    label = "" if questions.labels is None else f" · label {questions.labels[row, task]}"
    return f"logit {logit:.2f}{spread} · p = {probability:.3f}{label}"
