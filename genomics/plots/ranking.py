"""All methods ranked by how well they find what was planted."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from genomics.plots.measures import best_first, draw_measure, draw_methods

_COLOURS = {"auprc": "#2b5fc4", "auprc_any_base": "#e08214"}
_MOST_COLUMNS = 3


def ranking_figure(records: Sequence[Mapping[str, Any]], *, title: str) -> Figure:
    """A panel for each task: AUPRC of every method with its interval, the best on top.

    Args:
      records: one for each method and task: `method`, `task`, `chance`, and (mean, lower, upper end) as `auprc`, where
        scores are read at the observed base, and `auprc_any_base`, where the four columns count together.
      title: bold, above.
    """
    tasks = list(dict.fromkeys(record["task"] for record in records))
    columns = min(_MOST_COLUMNS, len(tasks))
    rows = -(-len(tasks) // columns)
    methods = len({record["method"] for record in records})
    height = 0.24 * methods + 0.9
    figure = Figure(figsize=(3.6 * columns + 0.4, rows * height + 0.7), layout="constrained", dpi=110)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="medium")
    for number, task in enumerate(tasks):
        axes = figure.add_subplot(rows, columns, number + 1)
        own = [record for record in records if record["task"] == task]
        found = {record["method"]: record["auprc"] for record in own}
        either = {record["method"]: record["auprc_any_base"] for record in own}
        order = best_first(found)
        draw_methods(axes, order)
        axes.axvline(own[0]["chance"], color="0.5", linewidth=0.9, linestyle=":", label="chance")
        hollow = {"color": _COLOURS["auprc_any_base"], "fmt": "D", "markersize": 3.5, "markerfacecolor": "white"}
        draw_measure(axes, either, order, **hollow, elinewidth=0, label="length over the four bases")
        style = {"color": _COLOURS["auprc"], "fmt": "o", "markersize": 4, "elinewidth": 1.4}
        draw_measure(axes, found, order, **style, label="at the observed base, 95 % interval")
        axes.set_xlim(0, 1)
        axes.set_title(f"{task} ({own[0]['sequences']} sequences)", loc="left", fontsize="small")
        axes.set_xlabel("AUPRC of planted bases", fontsize="small")
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=3, frameon=False, fontsize="small")
    return figure
