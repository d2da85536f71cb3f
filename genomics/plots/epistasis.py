"""The heat map of second-order mutagenesis: what two positions do together."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from genomics.plots.explanation import POSITION
from genomics.plots.heatmap import COLOUR_MAP, UNKNOWN


def strongest(table: Float[np.ndarray, "L 4 L 4"]) -> Float[np.ndarray, "L L"]:
    """Of each pair of positions the interaction that is largest in size, with its sign; NaN where none is known."""
    pairs = table.transpose(0, 2, 1, 3).reshape(len(table), len(table), 16)
    sizes = np.where(np.isnan(pairs), -1.0, np.abs(pairs))
    found = np.take_along_axis(pairs, sizes.argmax(-1)[..., None], axis=-1)[..., 0]
    return np.where(sizes.max(-1) < 0, np.nan, found)


def draw_epistasis(
    axes: Axes,
    table: Float[np.ndarray, "L 4 L 4"],
    *,
    start: int = 0,
    position: str = POSITION,
    motifs: Sequence[tuple[int, int]] = (),
    colour: str = "#6a3d9a",
    label: str = "strongest epistasis (logit)",
) -> Axes:
    """Draws the strongest interaction of each pair of positions: red where two substitutions together give more.

    Args:
      axes: what to draw on.
      table: (L, 4, L, 4) interactions of substitutions, NaN where there is none.
      start: x and y of the first position.
      position: label of both axes.
      motifs: half-open intervals (first position, end); the square of each and the rectangles of each two are framed.
      colour: of the frames.
      label: of the colour bar.

    Returns:
      `axes`.
    """
    values = strongest(table)
    length = len(values)
    largest = np.nanmax(np.abs(values), initial=0.0, where=np.isfinite(values))
    image = axes.imshow(
        np.ma.masked_invalid(values),
        cmap=colormaps[COLOUR_MAP].with_extremes(bad=UNKNOWN),
        norm=CenteredNorm(vcenter=0.0, halfrange=largest or 1.0),
        extent=(start, start + length, start + length, start),
        interpolation="nearest",
        resample=False,
    )
    for first, end in motifs:
        for other_first, other_end in motifs:
            sides = (first, other_first), end - first, other_end - other_first
            axes.add_patch(Rectangle(*sides, fill=False, edgecolor=colour, linewidth=0.9))
    axes.set_xlabel(position)
    axes.set_ylabel(position)
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.locator_params(nbins=5)
    axes.tick_params(axis="y", labelrotation=90)
    for tick in axes.get_yticklabels():
        tick.set_verticalalignment("center")
    figure = axes.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    bar.set_label(label, fontsize="small")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return axes


def epistasis_figure(
    table: Float[np.ndarray, "L 4 L 4"],
    *,
    title: str,
    subtitle: str = "",
    start: int = 0,
    position: str = POSITION,
    motifs: Sequence[tuple[int, int]] = (),
    colour: str = "#6a3d9a",
    unit: str = "logit",
) -> Figure:
    """A titled heat map; arguments as `draw_epistasis`, and the unit of the network's output."""
    figure = Figure(figsize=(8.2, 7.4), dpi=100)
    axes = figure.add_axes((0.09, 0.07, 0.78, 0.82), label="epistasis")
    draw_epistasis(
        axes, table, start=start, position=position, motifs=motifs, colour=colour, label=f"strongest epistasis ({unit})"
    )
    figure.text(0.09, 0.975, title, ha="left", va="top", fontweight="bold", fontsize=11)
    figure.text(0.09, 0.945, subtitle, ha="left", va="top", color="0.3", fontsize=10)
    return figure
