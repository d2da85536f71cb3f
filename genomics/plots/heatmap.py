"""The heat map of in-silico mutagenesis: four bases by L positions."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm
from matplotlib.patches import Rectangle

from genomics.sequence.bases import BASES

#: Blue lowers the prediction, red raises it, white leaves it.
COLOUR_MAP = "RdBu_r"
#: Grey where nothing is known.
UNKNOWN = "0.8"


def draw_heat_map(
    axes: Axes,
    effects: Float[np.ndarray, "L 4"],
    bases: UInt8[np.ndarray, " L"],
    *,
    start: int = 0,
    limit: float | None = None,
    length_padding: float = 1.0,
    highlight: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    label: str = "change of the logit",
    colour_bar_axes: Axes | None = None,
) -> Axes:
    """Draws every base at every position as one coloured cell, white at 0.

    The observed base's cell holds a dot; NaN (an unknown base) is grey. Position i fills the interval from i to i + 1
    of the x axis, rows are A C G T from the top.

    Args:
      axes: what to draw on.
      effects: (L, 4), columns A C G T; 0 at the observed base.
      bases: (L,) codes of the observed bases.
      start: x of the first position.
      limit: the value of the deepest colours, on both sides of zero; None = the largest |effect|.
      length_padding: free positions left and right.
      highlight: colour -> half-open intervals (first position, end) to frame.
      label: of the colour bar.
      colour_bar_axes: what to draw the colour bar on; None takes space from `axes`.

    Returns:
      `axes`.
    """
    length = len(effects)
    largest = np.nanmax(np.abs(effects), initial=0.0, where=np.isfinite(effects))
    colours = colormaps[COLOUR_MAP].with_extremes(bad=UNKNOWN)
    image = axes.imshow(
        np.ma.masked_invalid(effects.T),
        cmap=colours,
        norm=CenteredNorm(vcenter=0.0, halfrange=limit or largest or 1.0),
        extent=(start, start + length, 4, 0),
        aspect="auto",
        interpolation="nearest",
        resample=False,
    )
    known = np.flatnonzero(bases < 4)
    axes.plot(start + known + 0.5, bases[known] + 0.5, ".", color="0.25", markersize=2.2, zorder=2)
    for colour, intervals in (highlight or {}).items():
        for first, end in intervals:
            frame = Rectangle((first, 0.03), end - first, 3.94, fill=False, edgecolor=colour, linewidth=1.1, zorder=3)
            axes.add_patch(frame)
    axes.set_xlim(start - length_padding, start + length + length_padding)
    axes.set_yticks(np.arange(4) + 0.5, list(BASES), family="monospace")
    axes.tick_params(axis="y", length=0)
    figure = axes.get_figure()
    assert figure is not None
    if colour_bar_axes is not None:
        bar = figure.colorbar(image, cax=colour_bar_axes)
    else:
        bar = figure.colorbar(image, ax=axes, pad=0.01, aspect=8)
    bar.set_label(label, fontsize="small")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return axes
