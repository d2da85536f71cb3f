"""Deletion and insertion curves of all methods, and what they gain over random order."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genomics.plots.measures import best_first, draw_measure, draw_methods

_COLOURS = ("#d7191c", "#2b5fc4", "#1a9641", "#e08214", "#6a3d9a")
_OTHERS = "0.8"
_GAINS = {"deletion_gain": ("o", "#2b5fc4", "deletion"), "insertion_gain": ("s", "#e08214", "insertion")}
_MOST_COLUMNS = 3


def faithfulness_figure(records: Sequence[Mapping[str, Any]], *, title: str, unit: str = "logit") -> Figure:
    """For each task the deletion curves, the insertion curves, and the gains with their intervals, the best on top.

    The five methods that gain most over all tasks have colours, the others are grey; black is random order.

    Args:
      records: one for each method and task: `method`, `task`, `fractions`, the curves `deletion`, `insertion`,
        `deletion_random`, `insertion_random`, and (mean, lower, upper end) as `deletion_gain` and `insertion_gain`.
      title: bold, above.
    """
    tasks = list(dict.fromkeys(record["task"] for record in records))
    methods = list(dict.fromkeys(record["method"] for record in records))
    colours = dict(zip(_best(records, methods), _COLOURS, strict=False))
    columns = min(_MOST_COLUMNS, len(tasks))
    bands = -(-len(tasks) // columns)
    height = 0.24 * len(methods) + 0.9
    figure = Figure(figsize=(3.8 * columns + 0.4, bands * (4.6 + height) + 0.8), layout="constrained", dpi=110)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")
    grid = figure.add_gridspec(3 * bands, columns, height_ratios=[2.3, 2.3, height] * bands)
    for number, task in enumerate(tasks):
        band, column = divmod(number, columns)
        own = [record for record in records if record["task"] == task]
        for row, kind in enumerate(("deletion", "insertion")):
            axes = figure.add_subplot(grid[3 * band + row, column])
            _draw_curves(axes, own, kind, colours, unit)
            if row == 0:
                axes.set_title(f"{task} ({own[0]['sequences']} sequences)", loc="left", fontsize="small")
        axes = figure.add_subplot(grid[3 * band + 2, column])
        order = best_first({record["method"]: record["deletion_gain"] for record in own})
        draw_methods(axes, order)
        axes.axvline(0, color="0.5", linewidth=0.9, linestyle=":")
        for gain, (marker, colour, label) in _GAINS.items():
            found = {record["method"]: record[gain] for record in own}
            draw_measure(axes, found, order, fmt=marker, color=colour, markersize=3.5, elinewidth=1.2, label=label)
        axes.set_xlabel(f"area gained over random order ({unit})", fontsize="small")
        if number == 0:
            axes.legend(frameon=False, fontsize="x-small", loc="lower right")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=4, frameon=False, fontsize="small")
    return figure


def _best(records: Sequence[Mapping[str, Any]], methods: Sequence[str]) -> list[str]:
    """The methods in order of their gains, summed over tasks."""
    total = dict.fromkeys(methods, 0.0)
    for record in records:
        total[record["method"]] += float(np.nansum([record[gain][0] for gain in _GAINS]))
    return sorted(methods, key=lambda name: -total[name])


def _draw_curves(
    axes: Axes, records: Sequence[Mapping[str, Any]], kind: str, colours: Mapping[str, str], unit: str
) -> None:
    shares = 100 * np.asarray(records[0]["fractions"], np.float64)
    if not np.isfinite(np.asarray(records[0][kind], np.float64)).all():
        axes.text(0.5, 0.5, "no sequence is called positive", transform=axes.transAxes, ha="center", color="0.5")
    # The coloured ones in one order in all panels, for the legend; above the grey ones.
    ordered = sorted(
        records, key=lambda record: list(colours).index(record["method"]) if record["method"] in colours else -1
    )
    for record in ordered:
        name = record["method"]
        known = name in colours
        style = {"color": colours.get(name, _OTHERS), "linewidth": 1.3 if known else 0.9, "zorder": 2 if known else 1}
        axes.plot(shares, np.asarray(record[kind], np.float64), label=name if known else None, **style)
    random = np.asarray(records[0][f"{kind}_random"], np.float64)
    axes.plot(shares, random, color="black", linewidth=1.1, linestyle="--", zorder=3, label="random order")
    if len(colours) < len(records):
        axes.plot([], [], color=_OTHERS, label="other methods")
    axes.set_xlabel(f"% of bases {'replaced' if kind == 'deletion' else 'in their place'}", fontsize="small")
    axes.set_ylabel(f"mean {unit}, {kind}", fontsize="small")
    axes.set_xlim(0, 100)
    axes.tick_params(labelsize="small")
    axes.grid(color="0.92", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
