"""A motif's logo above that of its known partner, aligned."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from genomics.plots.logo import draw_logo
from genomics.sequence.motif import Motif, information, reverse_complement

_COLUMNS = 4
_BITS = 2.0
#: Of a panel, in inches: its size, the space around its logos, and a logo's height.
_WIDTH, _HEIGHT = 3.6, 2.3
_LEFT, _RIGHT, _TOP, _GAP, _LOGO = 0.36, 0.1, 0.27, 0.1, 0.75


@dataclass(frozen=True, kw_only=True)
class Aligned:
    """One panel: a motif, and its partner if it has one.

    Attributes:
      motif: drawn above.
      title: above it, bold.
      facts: beside the title.
      partner: drawn below, None for an empty place.
      offset: position of the partner, as it is drawn, below the motif's first position.
      reverse: whether the partner is drawn as it reads on the other strand.
      caption: of the partner.
    """

    motif: Motif
    title: str
    facts: str = ""
    partner: Motif | None = None
    offset: int = 0
    reverse: bool = False
    caption: str = ""


def heights(motif: Motif) -> Float[np.ndarray, "W 4"]:
    """Letter heights of a motif's logo in bits: probability times the information of the position."""
    return motif.probabilities * information(motif.probabilities)[:, None]


def match_figure(panels: Sequence[Aligned]) -> Figure:
    """A grid of motifs, each above its partner; nothing is shown.

    Raises:
      ValueError: there is no panel.
    """
    if not panels:
        raise ValueError("there is no motif to draw")
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    width, height = _WIDTH * columns, _HEIGHT * rows
    figure = Figure(figsize=(width, height))
    # Places in inches: a layout that measures every text would take longer than all the drawing.
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        left = (column * _WIDTH + _LEFT) / width
        bottom = height - row * _HEIGHT - _TOP - _LOGO
        size = ((_WIDTH - _LEFT - _RIGHT) / width, _LOGO / height)
        above = figure.add_axes((left, bottom / height, *size))
        below = figure.add_axes((left, (bottom - _GAP - _LOGO) / height, *size), sharex=above)
        draw_match(above, below, panel)
    return figure


def draw_match(above: Axes, below: Axes, panel: Aligned) -> None:
    """Draws one panel on two axes that share their x axis: position 0 is the motif's first."""
    first, end = 0, panel.motif.width
    draw_logo(above, heights(panel.motif), length_padding=0.0)
    if panel.partner is not None:
        partner = reverse_complement(panel.partner) if panel.reverse else panel.partner
        start = -panel.offset
        draw_logo(below, heights(partner), start=start, length_padding=0.0)
        first, end = min(first, start), max(end, start + partner.width)
    for axes in (above, below):
        axes.set_ylim(0, _BITS)
        axes.set_yticks([0, _BITS])
        axes.set_ylabel("bits", fontsize=7, labelpad=1)
        axes.set_xticks([])
        axes.tick_params(labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    if panel.partner is None:
        below.set_axis_off()
    above.set_xlim(first - 0.5, end + 0.5)
    above.set_title(panel.title, loc="left", fontsize=9, fontweight="bold")
    above.set_title(panel.facts, loc="right", fontsize=7, color="0.35")
    below.set_xlabel(panel.caption, fontsize=8)
