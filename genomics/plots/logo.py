"""Sequence logos: letters as high as their scores."""

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from genomics.sequence.bases import BASES

#: Colours of A C G T: green, blue, orange, red, as in the lab's figures (not WebLogo's).
COLOURS = ("#1a9641", "#2b5fc4", "#f39c12", "#d7191c")

# Share of a position's width that a letter fills; the rest keeps neighbours apart.
_LETTER_WIDTH = 0.94


def draw_logo(
    axes: Axes,
    scores: Float[np.ndarray, "L 4"],
    *,
    start: int = 0,
    subticks_frequency: float | None = None,
    height_padding_factor: float = 0.1,
    length_padding: float = 1.0,
    highlight: Mapping[str, Sequence[tuple[int, int]]] | None = None,
    colours: Sequence[str] = COLOURS,
) -> Axes:
    """Draws one letter for every score that is not zero.

    A letter's height is its score in the units of `scores`. At each position positive letters stack upwards from zero
    and negative ones downwards, upside down; the smallest stands next to the axis. NaN is drawn as nothing. Position i
    fills the interval from i to i + 1 of the x axis.

    Args:
      axes: what to draw on; its limits and ticks are set.
      scores: (L, 4), columns A C G T.
      start: x of the first position.
      subticks_frequency: distance between ticks of the x axis; None leaves the ticks alone, for the axes' own locator.
      height_padding_factor: free space above and below, as a share of the highest stack.
      length_padding: free positions left and right.
      highlight: colour -> half-open intervals (first position, end) to frame, from the deepest to the highest letter.
      colours: of A C G T.

    Returns:
      `axes`.

    Raises:
      ValueError: a highlighted interval is empty or leaves the logo.
    """
    length = len(scores)
    values = np.nan_to_num(np.asarray(scores, np.float64), posinf=0.0, neginf=0.0)
    paths = _letters(values, start)
    axes.add_collection(PathCollection(paths, facecolors=list(colours), linewidths=0, zorder=2), autolim=False)
    axes.axhline(0.0, color="0.35", linewidth=0.6, zorder=1)

    up, down = np.maximum(values, 0.0).sum(1), np.minimum(values, 0.0).sum(1)
    top, bottom = up.max(initial=0.0), down.min(initial=0.0)
    reach = max(top, -bottom) or 1.0
    padding = height_padding_factor * reach
    for colour, intervals in (highlight or {}).items():
        for first, end in intervals:
            if not start <= first < end <= start + length:
                raise ValueError(f"highlight {first}..{end} must be an interval within {start}..{start + length}")
            inside = slice(first - start, end - start)
            low, high = down[inside].min() - 0.3 * padding, up[inside].max() + 0.3 * padding
            frame = (first, low), end - first, high - low
            axes.add_patch(Rectangle(*frame, facecolor=colour, alpha=0.09, edgecolor="none", zorder=0.5))
            axes.add_patch(Rectangle(*frame, fill=False, edgecolor=colour, linewidth=1.1, zorder=3))
    axes.set_xlim(start - length_padding, start + length + length_padding)
    axes.set_ylim(bottom - padding, top + padding)
    if subticks_frequency is not None:
        axes.set_xticks(np.arange(start, start + length + 1, subticks_frequency))
    return axes


def of_observed(scores: Float[np.ndarray, "L 4"], bases: UInt8[np.ndarray, " L"]) -> Float[np.ndarray, "L 4"]:
    """The scores of observed bases, 0 for others: what is left of contributions times the one-hot sequence.

    Args:
      scores: columns A C G T.
      bases: codes; N has no score.
    """
    return np.where(np.eye(5, 4, dtype=bool)[bases], scores, np.zeros((), scores.dtype))


def _letters(values: Float[np.ndarray, "L 4"], start: int) -> list[Path]:
    """One path for each base, that holds all its letters: four artists' worth of work, however long the sequence."""
    order = np.argsort(np.abs(values), axis=1, kind="stable")
    sorted_values = np.take_along_axis(values, order, axis=1)
    bottoms = np.empty_like(values)
    for side in (np.maximum, np.minimum):
        heights = side(sorted_values, 0.0)
        below = np.cumsum(heights, axis=1) - heights
        bottoms = np.where(heights != 0, below, bottoms)
    base_of_letter = np.empty_like(values)
    np.put_along_axis(base_of_letter, order, bottoms, axis=1)
    paths = []
    for base, (outline, codes) in enumerate(glyphs()):
        places = np.flatnonzero(values[:, base])
        corners = np.empty((len(places), len(outline), 2))
        corners[..., 0] = (start + places)[:, None] + 0.5 + _LETTER_WIDTH * (outline[:, 0] - 0.5)
        corners[..., 1] = base_of_letter[places, base, None] + values[places, base, None] * outline[:, 1]
        paths.append(Path(corners.reshape(-1, 2), np.tile(codes, len(places))))
    return paths


@cache
def glyphs() -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Vertices and path codes of A C G T, each stretched to fill the unit square."""
    outlines = []
    for letter in BASES:
        outline = TextPath((0, 0), letter, size=100, prop=FontProperties(family="DejaVu Sans", weight="bold"))
        low, high = outline.get_extents().get_points()
        assert outline.codes is not None
        outlines.append(((np.asarray(outline.vertices) - low) / (high - low), np.asarray(outline.codes)))
    return tuple(outlines)
