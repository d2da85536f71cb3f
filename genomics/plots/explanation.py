"""One figure for one sequence, one task and one method."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genomics.plots.heatmap import draw_heat_map
from genomics.plots.logo import draw_logo
from genomics.plots.picture import Picture

# Inches: ten positions an inch, between a width that holds the title and one that a viewer still opens.
_POSITIONS_PER_INCH = 10.0
_WIDTHS = (9.0, 150.0)
_LEFT, _RIGHT, _BOTTOM, _TITLE = 0.75, 0.2, 0.5, 0.35
#: What is said of the x axis, whose positions count from 0.
POSITION = "position (from 0)"
_LOGO, _HEAT_MAP, _GAP, _BAR = 1.7, 0.85, 0.12, 0.75


def logo_figure(
    scores: Float[np.ndarray, "L 4"],
    *,
    title: str,
    subtitle: str = "",
    label: str = "",
    start: int = 0,
    position: str = POSITION,
    highlight: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> Picture:
    """A titled logo.

    Args:
      scores: heights of the letters A C G T.
      title: on the left, bold.
      subtitle: on the right.
      label: of the y axis.
      start: x of the first position.
      position: label of the x axis.
      highlight: colour -> intervals to frame, see `draw_logo`.
    """
    figure, width, height = _figure(len(scores), _LOGO)
    axes = figure.add_axes(
        (_LEFT / width, _BOTTOM / height, 1 - (_LEFT + _RIGHT) / width, _LOGO / height), label="logo"
    )
    draw_logo(axes, scores, start=start, highlight=highlight)
    axes.set_xlabel(position, fontsize="small")
    axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    if not np.nan_to_num(scores).any():
        axes.text(0.5, 0.7, "all scores are 0", transform=axes.transAxes, ha="center", color="0.5")
    _finish(figure, axes, width, height, title, subtitle, label)
    return figure


def mutagenesis_figure(
    effects: Float[np.ndarray, "L 4"],
    bases: UInt8[np.ndarray, " L"],
    *,
    title: str,
    subtitle: str = "",
    label: str = "Δ logit",
    start: int = 0,
    position: str = POSITION,
    highlight: Mapping[str, Sequence[tuple[int, int]]] | None = None,
) -> Picture:
    """The effect of every substitution as a heat map, below a logo of what the observed bases are worth.

    A letter's height is the effect in its own column minus the mean effect of the three substitutions: minus that mean
    where the observed base's effect is 0.

    Args:
      effects: (L, 4) change of the logit; 0 at the observed base, NaN at N.
      bases: (L,) codes.
      title: on the left, bold.
      subtitle: on the right.
      label: what the effects are.
      start: x of the first position.
      position: label of the x axis.
      highlight: colour -> intervals to frame.
    """
    figure, width, height = _figure(len(effects), _LOGO + _GAP + _HEAT_MAP)
    inner = width - _LEFT - _RIGHT - _BAR
    heat_axes = figure.add_axes((_LEFT / width, _BOTTOM / height, inner / width, _HEAT_MAP / height), label="heat map")
    logo_axes = figure.add_axes(
        (_LEFT / width, (_BOTTOM + _HEAT_MAP + _GAP) / height, inner / width, _LOGO / height),
        sharex=heat_axes,
        label="logo",
    )
    bar_axes = figure.add_axes(
        ((_LEFT + inner + 0.12) / width, _BOTTOM / height, 0.1 / width, _HEAT_MAP / height), label="colour bar"
    )
    draw_heat_map(heat_axes, effects, bases, start=start, highlight=highlight, label=label, colour_bar_axes=bar_axes)
    heat_axes.set_xlabel(position, fontsize="small")
    heat_axes.ticklabel_format(axis="x", style="plain", useOffset=False)
    heat_axes.set_ylabel("new base", fontsize="small")
    _at_the_edge(heat_axes, width)
    worth = np.zeros_like(effects)
    known = np.flatnonzero(bases < 4)
    own = effects[known, bases[known]]
    worth[known, bases[known]] = own - (effects[known].sum(1) - own) / 3
    draw_logo(logo_axes, worth, start=start, highlight=highlight)
    logo_axes.tick_params(axis="x", labelbottom=False)
    _finish(figure, logo_axes, width, height, title, subtitle, f"minus mean {label.removeprefix('centred ')}")
    return figure


def _figure(length: int, panels: float) -> tuple[Picture, float, float]:
    width = float(np.clip(length / _POSITIONS_PER_INCH, *_WIDTHS))
    height = _TITLE + panels + _BOTTOM
    return Picture(figsize=(width, height), dpi=100), width, height


def _finish(figure: Figure, axes: Axes, width: float, height: float, title: str, subtitle: str, label: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylabel(label, fontsize="small")
    _at_the_edge(axes, width)
    top = 1 - 0.1 / height
    figure.text(_LEFT / width, top, title, ha="left", va="top", fontweight="bold", fontsize=11)
    figure.text(1 - _RIGHT / width, top, subtitle, ha="right", va="top", color="0.3", fontsize=10)


def _at_the_edge(axes: Axes, width: float) -> None:
    """The y axis's label at the figure's edge, whatever the width of the tick labels."""
    axes.yaxis.set_label_coords((0.26 / width - axes.get_position().x0) / axes.get_position().width, 0.5)
