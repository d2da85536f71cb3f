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
_WIDTH, _HEIGHT = 3.6, 2.3


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
    figure = Figure(figsize=(_WIDTH * columns, _HEIGHT * rows), layout="constrained")
    outer = figure.add_gridspec(rows, columns, hspace=0.08, wspace=0.04)
    for number, panel in enumerate(panels):
        inner = outer[divmod(number, columns)].subgridspec(2, 1, hspace=0.02)
        above = figure.add_subplot(inner[0])
        below = figure.add_subplot(inner[1], sharex=above)
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
        axes.set_xticks([])
        axes.tick_params(labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
    if panel.partner is None:
        below.set_axis_off()
    above.set_xlim(first - 0.5, end + 0.5)
    above.set_title(panel.title, loc="left", fontsize=9, fontweight="bold")
    above.set_title(panel.facts, loc="right", fontsize=7, color="0.35")
    below.set_xlabel(panel.caption, fontsize=8)
