"""Heat maps of deletions and insertions."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.colors import CenteredNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from genomics.plots.explanation import POSITION
from genomics.plots.heatmap import COLOUR_MAP, UNKNOWN

_LEFT, _RIGHT, _BOTTOM, _TITLE, _BAR = 0.75, 0.2, 0.5, 0.35, 0.75
_PANEL, _GAP = 1.1, 0.3


def indel_figure(
    deletions: Float[np.ndarray, "L D"],
    insertions: Float[np.ndarray, "L D"],
    *,
    title: str,
    subtitle: str = "",
    start: int = 0,
    position: str = POSITION,
    label: str = "Δ logit",
    highlight: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> Figure:
    """The effects of deletions above those of insertions, on one scale of colours; a row for each number of bases.

    Args:
      deletions: effect of deleting d + 1 bases from position l on; NaN where there are not so many.
      insertions: effect of inserting d + 1 bases before position l.
      title: on the left, bold.
      subtitle: on the right.
      start: x of the first position.
      position: label of the x axis.
      label: of the colours.
      highlight: colour -> half-open intervals (first position, end) to frame.
    """
    length, longest = deletions.shape
    width, height = float(np.clip(length / 10, 9, 150)), _TITLE + 2 * _PANEL + _GAP + _BOTTOM
    figure = Figure(figsize=(width, height), dpi=100)
    inner = (width - _LEFT - _RIGHT - _BAR) / width
    both = np.concatenate([deletions, insertions])
    largest = np.abs(both[np.isfinite(both)]).max(initial=0.0) or 1.0
    for number, (name, values) in enumerate((("inserted", insertions), ("deleted", deletions))):
        bottom = (_BOTTOM + number * (_PANEL + _GAP)) / height
        axes = figure.add_axes((_LEFT / width, bottom, inner, _PANEL / height), label=name)
        image = axes.imshow(
            np.ma.masked_invalid(values.T),
            cmap=colormaps[COLOUR_MAP].with_extremes(bad=UNKNOWN),
            norm=CenteredNorm(vcenter=0.0, halfrange=float(largest)),
            extent=(start, start + length, longest + 0.5, 0.5),
            aspect="auto",
            interpolation="nearest",
            resample=False,
        )
        axes.ticklabel_format(axis="x", style="plain", useOffset=False)
        axes.set_xlim(start - 1, start + length + 1)
        axes.set_ylabel(f"{name} bases", fontsize="small")
        if name == "inserted":  # the lower panel
            axes.set_xlabel(position, fontsize="small")
        axes.set_yticks(np.unique(np.linspace(1, longest, min(longest, 4)).round().astype(int)))
        for colour, intervals in (highlight or {}).items():
            for first, end in intervals:
                frame = (first, 0.55), end - first, longest - 0.1
                axes.add_patch(Rectangle(*frame, fill=False, edgecolor=colour, linewidth=1.1))
    place = _LEFT / width + inner + 0.12 / width, _BOTTOM / height, 0.1 / width, (2 * _PANEL + _GAP) / height
    bar = figure.colorbar(image, cax=figure.add_axes(place))
    bar.set_label(label, fontsize="small")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    top = 1 - 0.1 / height
    figure.text(_LEFT / width, top, title, ha="left", va="top", fontweight="bold", fontsize=11)
    figure.text(1 - _RIGHT / width, top, subtitle, ha="right", va="top", color="0.3", fontsize=10)
    return figure
