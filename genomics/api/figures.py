"""Pictures of scores: logos and heat maps."""

from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from genomics.api.drawing import Highlight, draw_heatmap, draw_logo
from genomics.api.scores import Scores
from genomics.api.sequences import Given, as_codes
from genomics.errors import InputError
from genomics.plots.picture import Picture


def logo(
    scores: Scores | Float[np.ndarray, "L 4"],
    bases: Given = None,
    *,
    window: tuple[int, int] | None = None,
    observed: bool | None = None,
    title: str | None = None,
    label: str | None = None,
    highlight: Highlight = None,
) -> Picture:
    """A logo: at each position letters as high as their scores, in the scores' unit.

    Args:
      scores: of one sequence and one task: `Scores` with axes (position, base), or an array (L, 4), columns A C G T.
      bases: what was observed, as letters, codes or one-hot rows; `Scores` know it.
      window: first position and end of what is drawn.
      observed: whether only observed bases are drawn, as `scores * one_hot`; None: where the scores say so, because
        what sequences are compared with is dense.
      title: None: what `Scores` know.
      label: of the y axis.
      highlight: colour -> half-open intervals of positions to frame.

    Returns:
      A `matplotlib.figure.Figure`: `savefig("a.svg")` writes it, a notebook shows it.

    Raises:
      InputError: several sequences or tasks, another shape, a window outside, or observed bases that nobody knows.

    >>> import numpy as np, genomics
    >>> figure = genomics.logo(np.eye(4), "ACGT", title="four letters", label="logit")
    >>> figure.axes[0].get_ylabel()
    'logit'

    Source: Schneider & Stephens 1990, Sequence logos, doi:10.1093/nar/18.20.6097.
    """
    values, codes, start = _prepared(scores, bases, window)
    own = isinstance(scores, Scores)
    return draw_logo(
        values,
        codes,
        observed=(own and scores.observed) if observed is None else observed,
        title=(scores.title if own else "") if title is None else title,
        label=(scores.unit_of_axis if own else "") if label is None else label,
        start=start,
        highlight=highlight,
    )


def heatmap(
    effects: Scores | Float[np.ndarray, "L 4"],
    bases: Given = None,
    *,
    window: tuple[int, int] | None = None,
    title: str | None = None,
    label: str | None = None,
    highlight: Highlight = None,
) -> Picture:
    """Effects of all substitutions as a heat map, below a logo of what observed bases are worth.

    Red raises the prediction, blue lowers it; a letter is as high as minus the mean effect of the three substitutions.

    Args:
      effects: of one sequence and one task: `Scores` with axes (position, base), or an array (L, 4), columns the new
        base A C G T; 0 at the observed base, NaN where it is unknown.
      bases: what was observed; None: what `Scores` know, or of an array where the effect is 0.
      window: first position and end of what is drawn.
      title: None: what `Scores` know.
      label: of the colours.
      highlight: colour -> half-open intervals of positions to frame.

    Returns:
      A `matplotlib.figure.Figure`.

    Raises:
      InputError: several sequences or tasks, another shape, or a window outside.

    >>> import numpy as np, genomics
    >>> effects = np.array([[0, -1, -2, -1], [0.5, 0, 0, 1.0]])
    >>> figure = genomics.heatmap(effects, "AC", title="two bases")
    >>> [axes.get_ylabel() for axes in figure.axes[:2]]
    ['new base', 'minus mean Δ logit']
    """
    values, codes, start = _prepared(effects, bases, window)
    own = isinstance(effects, Scores)
    return draw_heatmap(
        values,
        codes,
        title=(effects.title if own else "") if title is None else title,
        label=(effects.unit_of_axis if own else "Δ logit") if label is None else label,
        start=start,
        highlight=highlight,
    )


def _prepared(
    scores: Any, bases: Given, window: tuple[int, int] | None
) -> tuple[Float[np.ndarray, "W 4"], UInt8[np.ndarray, " W"] | None, int]:
    """Values and codes of the window, and its first position."""
    first, codes = 0, None
    if isinstance(scores, Scores):
        if scores.axes != ("position", "base"):
            several = ", ".join(axis for axis in scores.axes if axis not in ("position", "base"))
            raise InputError(f"{scores!r}: one picture is of one sequence and task; .sel({several}=...) chooses")
        values, first = scores.values, int(scores.labels["position"][0])
        if "bases" in scores.further:
            codes = scores.further["bases"].values
    else:
        values = np.asarray(scores)
    if values.ndim != 2 or values.shape[1] != 4:
        raise InputError(f"scores of shape {values.shape}: must be (L, 4), columns A C G T")
    if bases is not None:
        codes = as_codes(bases)
        if len(codes) != len(values):
            raise InputError(f"bases: {len(codes)}, but scores of {len(values)} positions")
    start, end = window or (first, first + len(values))
    if not first <= start < end <= first + len(values):
        raise InputError(f"window=({start}, {end}): must lie within {first} to {first + len(values)}")
    inside = slice(start - first, end - first)
    return values[inside], None if codes is None else codes[inside], start
