"""What is left of each method's maps when the network's layers are randomised one after the other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_KINDS = {"signed": ("#2b5fc4", "signed maps", "o"), "absolute": ("#e08214", "absolute maps", "s")}
_MOST_COLUMNS = 5
# Of the figure, in panels: the title and the legend stand side by side.
_LEAST_WIDTH = 3
# Inches of a panel with its title, of a letter of an upright label, and of what stands around all panels.
_PANEL = (2.3, 1.7)
_LETTER = 0.06
_AROUND = (0.9, 0.9)


def randomization_figure(result: Mapping[str, Any]) -> Figure:
    """A panel for each method: Spearman's correlation with the original maps against the layers randomised so far.

    A line is the mean over sequences, tasks and draws, the band around it one standard deviation to either side.

    Args:
      result: the record `randomization` of an evaluation: `layers`, `sequences`, `draws` and `methods`, each with
        `method` and `signed_mean`, `signed_std`, `absolute_mean`, `absolute_std` over the layers, None where there is
        no number.

    Returns:
      A figure, for `savefig`; nothing is shown.
    """
    layers, methods = list(result["layers"]), list(result["methods"])
    labels = _labels(layers)
    rows = max(1, -(-len(methods) // _MOST_COLUMNS))
    columns = max(1, -(-len(methods) // rows))
    # Where the last row is shorter, the row above it has labels too.
    labelled = 2 if rows * columns > len(methods) and rows > 1 else 1
    height = rows * _PANEL[1] + labelled * _LETTER * max(map(len, labels)) + _AROUND[1]
    width = max(_LEAST_WIDTH, columns) * _PANEL[0] + _AROUND[0]
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, entry in zip(grid.flat, methods, strict=False):
        _draw(axes, entry, len(layers))
    for axes in grid.flat[len(methods) :]:
        axes.set_visible(False)
    for number, axes in enumerate(grid.flat[: len(methods)]):
        if number + columns >= len(methods):  # nothing below it
            axes.tick_params(labelbottom=True)
            axes.set_xticks(range(len(layers)), labels, rotation=90, fontsize="x-small")
    handles, names = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper right", ncols=2, frameon=False, fontsize="small")
    figure.suptitle("Similarity to the trained network's maps", x=0.01, ha="left", fontweight="bold", fontsize="medium")
    figure.supylabel("Spearman correlation", fontsize="small")
    figure.supxlabel(
        f"layers randomised, from the output down (each with all before it)\n"
        f"{result['sequences']} sequences x {result['draws']} draws; band: one standard deviation",
        fontsize="small",
    )
    return figure


def _draw(axes: Axes, entry: Mapping[str, Any], stages: int) -> None:
    axes.axhline(0, color="0.6", linewidth=0.8)
    for kind, (colour, name, marker) in _KINDS.items():
        mean, spread = _numbers(entry[f"{kind}_mean"]), _numbers(entry[f"{kind}_std"])
        place = np.arange(stages)
        axes.fill_between(place, mean - spread, mean + spread, color=colour, alpha=0.18, linewidth=0)
        axes.plot(place, mean, color=colour, marker=marker, markersize=3, linewidth=1.4, label=name)
    axes.set_title(entry["method"], loc="left", fontsize="small")
    axes.set_ylim(-1.05, 1.05)
    axes.set_yticks([-1, -0.5, 0, 0.5, 1])
    axes.tick_params(labelsize="x-small")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def _labels(layers: Sequence[str]) -> list[str]:
    """The layers as steps: `none`, then what is added."""
    return [layer if number == 0 else f"+ {layer}" for number, layer in enumerate(layers)]


def _numbers(values: Sequence[float | None]) -> Float[np.ndarray, " S"]:
    return np.array([np.nan if value is None else value for value in values], float)
