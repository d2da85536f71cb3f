"""A figure for each shown sequence, task and method: `figures/<method>/<row>_<task>.<format>`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from genomics.interpretation.methods import axis_label
from genomics.interpretation.reference_setting import is_dense
from genomics.interpretation.sequences import Sequences
from genomics.interpretation.style import PLAIN, Style
from genomics.io.figure import write_figure
from genomics.io.file_names import file_names
from genomics.io.scores import Questions, read_attributes, read_rows
from genomics.lenses.units import word
from genomics.plots.epistasis import epistasis_figure
from genomics.plots.explanation import logo_figure, mutagenesis_figure
from genomics.plots.indels import indel_figure
from genomics.plots.logo import of_observed
from genomics.progress import progress

#: Frame of the planted motifs.
PLANTED = "#6a3d9a"


def draw_figures(
    scores: Path,
    questions: Questions,
    sequences: Sequences,
    methods: list[str],
    count: int,
    most: int | None = None,
    style: Style = PLAIN,
) -> Path | None:
    """Draws the first `count` sequences, for all tasks; says beforehand how many pictures, and shows the progress.

    Args:
      scores: the `scores.h5` that holds the methods.
      questions: of that file.
      sequences: the same sequences, with what was planted in them where that is known.
      methods: to draw.
      count: 0 draws nothing.
      most: pictures to draw; where there would be more, of each sequence the tasks with the highest logits are drawn,
        and of a single task still too many, fewer sequences.
      style: how they look.

    Returns:
      The folder of the figures, beside `scores`; None where nothing was drawn.
    """
    folder = scores.parent / "figures"
    count = min(count, len(questions.sequences))
    if not count or not methods:
        return None
    attributes, names = read_attributes(scores), file_names(questions.tasks)
    rows, tasks = _drawn(count, len(names), len(methods), most)
    total = rows * tasks * len(methods)
    print(_foretold(total, count * len(names) * len(methods), rows, tasks), flush=True)
    with progress("figures", total, unit="pictures") as advance:
        for method in methods:
            for row in range(rows):
                arrays = ("deletions", "insertions") if method == "indels" else ("scores",)
                tables = [read_rows(scores, method, slice(row, row + 1), name)[0] for name in arrays]
                for task in np.sort(np.argsort(-questions.logits[row], kind="stable")[:tasks]).tolist():
                    own = [table[task] for table in tables]
                    figure = _figure(method, attributes[method], own, questions, sequences, row, task, style)
                    write_figure(folder / method / f"{questions.index[row]}_{names[task]}.{style.format}", figure)
                    advance(1)
    return folder


def _drawn(count: int, tasks: int, methods: int, most: int | None) -> tuple[int, int]:
    """Sequences, and tasks of each, such that at most `most` pictures are drawn, and at least one a method."""
    if most is None or count * tasks * methods <= most:
        return count, tasks
    shown = min(tasks, max(1, most // (count * methods)))
    return min(count, max(1, most // (shown * methods))), shown


def _foretold(total: int, all_of_them: int, rows: int, tasks: int) -> str:
    if total == all_of_them:
        return f"figures: {total:,} to draw"
    each = "the task with the highest logit" if tasks == 1 else f"the {tasks} tasks with the highest logits"
    of = "the first sequence" if rows == 1 else f"each of {rows} sequences"
    return f"figures: {total:,} of {all_of_them:,} to draw: {each} of {of}; --most_figures changes it"


def _figure(
    method: str,
    attributes: Mapping[str, Any],
    tables: list[np.ndarray],
    questions: Questions,
    sequences: Sequences,
    row: int,
    task: int,
    style: Style,
) -> Figure:
    name = questions.tasks[task]
    title, facts = f"{questions.names[row]} · {name} · {method}", _facts(questions, row, task)
    unit = axis_label(method, questions.unit, attributes.get("gauge"))
    first, end = style.window or (0, len(tables[0]))
    planted = sequences.planted(row) if method == "epistasis" else sequences.planted(row, name)
    inside = [(max(start, first), min(stop, end)) for start, stop in planted if start < end and stop > first]
    place = questions.loci.interval(row) if questions.loci is not None else None
    shift = place.start + 1 if place else 0  # positions of a genome count from 1
    framed = [(start + shift, stop + shift) for start, stop in inside]
    look: dict[str, Any] = {"title": title, "start": first + shift}
    look |= {"position": f"position on {place.contig} (from 1)"} if place else {}
    if method == "epistasis":
        subtitle, unit = facts + (" · framed: planted motifs" if planted else ""), word(questions.unit)
        table = tables[0][first:end, :, first:end]
        return epistasis_figure(table, subtitle=subtitle, motifs=framed, colour=PLANTED, unit=unit, **look)
    subtitle = facts + (f" · framed: planted {name}" if planted else "")
    look["highlight"] = {PLANTED: framed}
    tables = [table[first:end] for table in tables]
    if method == "indels":
        return indel_figure(*tables, subtitle=subtitle, label=unit, **look)
    bases, values = questions.sequences[row, first:end], tables[0]
    if method == "ism" and attributes["gauge"] != "projected":
        return mutagenesis_figure(values, bases, subtitle=subtitle, label=unit, **look)
    observed = is_dense(str(attributes.get("reference", "none"))) if style.observed is None else style.observed
    if observed:
        subtitle += " · observed bases"
        values = of_observed(values, bases)
    return logo_figure(values, subtitle=subtitle, label=unit, **look)


def _facts(questions: Questions, row: int, task: int) -> str:
    logit = float(questions.logits[row, task])
    spread = "" if questions.logits_std is None else f" ± {questions.logits_std[row, task]:.2f}"
    probability = 0.5 * (1 + np.tanh(logit / 2))
    label = "" if questions.labels is None else f" · label {questions.labels[row, task]}"
    chance = f" · p = {probability:.3f}" if questions.unit == "logit" else ""
    return f"{word(questions.unit)} {logit:.2f}{spread}{chance}{label}"
