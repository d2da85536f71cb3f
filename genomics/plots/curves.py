"""Training curves."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from genomics.errors import InputError
from genomics.io.json_text import parse_json

_SPLITS = {"train": ("#9aa5b1", "training"), "valid": ("#2b5fc4", "validation")}
_BEST = "#d7191c"
_MOST_COLUMNS = 4
# Twelfths of the width, so that 1 to 4 panels fill a row.
_GRID = 12

#: Split, replicate, epoch.
_Place = tuple[str, int, int]


def history(metrics: str | os.PathLike[str] | Iterable[Mapping[str, Any]]) -> Figure:
    """Loss and accuracy of both splits by epoch, and the accuracy of each task below.

    With replicates a line is their mean and the band around it spans the lowest to the highest. A dot marks the epoch
    with the lowest (mean) validation loss.

    Args:
      metrics: the path of a run's `metrics.jsonl`, or its records: `{"epoch": 1, "split": "train" | "valid",
        "replicate": 0, "loss": .., "accuracy": .., "tasks": {"CTCF": {"loss": .., "accuracy": ..}}}`. Of records with
        the same epoch, split and replicate the last one counts. `replicate` may be absent.

    Returns:
      A figure, for `savefig`; nothing is shown.

    Raises:
      InputError: the file cannot be read, a line is no such record, or there is no record at all.
    """
    records, place = (_read(Path(metrics)), metrics) if isinstance(metrics, str | os.PathLike) else (metrics, "metrics")
    try:
        table = {(r["split"], int(r.get("replicate", 0)), int(r["epoch"])): r for r in records}
        tasks = list(next(iter(table.values()))["tasks"]) if table else []
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{place}: a record must have epoch, split, loss, accuracy and tasks ({error!r})") from None
    if not table:
        raise InputError(f"{place}: holds no record, so there is no curve to draw")

    columns = min(_MOST_COLUMNS, len(tasks))
    rows = -(-len(tasks) // columns) if len(tasks) > 1 else 0
    figure = Figure(figsize=(10, 3.4 + 1.9 * rows), layout="constrained")
    grid = figure.add_gridspec(1 + rows, _GRID, height_ratios=[1.7] + [1.0] * rows)
    best = _best_epoch(table)
    over = f", mean over {len(tasks)} tasks" if rows else ""
    for key, half in (("loss", slice(None, _GRID // 2)), ("accuracy", slice(_GRID // 2, None))):
        axes = figure.add_subplot(grid[0, half])
        _draw(axes, {place: record[key] for place, record in table.items()}, best)
        axes.set_title(f"{key.capitalize()}{over}", loc="left", fontweight="bold", fontsize="medium")
        axes.set_xlabel("epoch")
        if key == "loss":
            axes.legend(frameon=False, fontsize="small")
    first = None
    for number, task in enumerate(tasks if rows else ()):
        row, column = divmod(number, columns)
        width = _GRID // columns
        axes = figure.add_subplot(grid[1 + row, column * width : (column + 1) * width], sharex=first, sharey=first)
        first = first or axes
        _draw(axes, {place: record["tasks"][task]["accuracy"] for place, record in table.items()}, best)
        axes.set_title(f"{task}: accuracy", loc="left", fontsize="small")
        axes.tick_params(labelsize="small", labelleft=column == 0)
    return figure


def _draw(axes: Axes, values: Mapping[_Place, float], best: int | None) -> None:
    """One line a split: mean over replicates, with a band from the lowest to the highest."""
    for split, (colour, name) in _SPLITS.items():
        epochs = sorted({epoch for s, _, epoch in values if s == split})
        if not epochs:
            continue
        of_epoch = [[v for (s, _, e), v in values.items() if (s, e) == (split, epoch)] for epoch in epochs]
        mean = np.array([np.mean(several) for several in of_epoch])
        low, high = ([pick(several) for several in of_epoch] for pick in (min, max))
        marker = "o" if len(epochs) == 1 else None
        axes.plot(epochs, mean, color=colour, linewidth=1.5, marker=marker, markersize=3, label=name)
        if max(map(len, of_epoch)) > 1:
            axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        if split == "valid" and best is not None:
            at = epochs.index(best)
            axes.plot(best, mean[at], "o", color=_BEST, markersize=4, zorder=3, label=f"best epoch ({best})")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))


def _best_epoch(table: Mapping[_Place, Mapping[str, Any]]) -> int | None:
    """The epoch with the lowest validation loss, mean over replicates; None without validation."""
    losses: dict[int, list[float]] = {}
    for (split, _, epoch), record in table.items():
        if split == "valid":
            losses.setdefault(epoch, []).append(record["loss"])
    return min(losses, key=lambda epoch: float(np.mean(losses[epoch])), default=None)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    records = []
    for number, line in enumerate(lines, start=1):
        with contextlib.suppress(InputError):
            record = parse_json(line, "")
            if isinstance(record, dict):
                records.append(record)
                continue
        raise InputError(f"{path}: line {number}: '{line[:60]}': must be one JSON record")
    return records
