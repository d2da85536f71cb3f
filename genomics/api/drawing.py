"""Pictures of one sequence and task, from arrays."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.plots.explanation import logo_figure, mutagenesis_figure
from genomics.plots.logo import of_observed
from genomics.plots.picture import Picture
from genomics.sequence.bases import N

Codes = UInt8[np.ndarray, " W"] | None
Highlight = Mapping[str, Sequence[tuple[int, int]]] | None


def draw_logo(
    values: Float[np.ndarray, "W 4"],
    codes: Codes,
    *,
    observed: bool,
    title: str,
    label: str,
    start: int = 0,
    highlight: Highlight = None,
) -> Picture:
    """A logo, of observed bases alone where that is wanted.

    Raises:
      InputError: the observed bases are wanted and not known.
    """
    if observed:
        if codes is None:
            raise InputError("logo(observed=True): bases= must say what was observed")
        values = of_observed(values, codes)
    subtitle = "observed bases" if observed else ""
    return logo_figure(values, title=title, subtitle=subtitle, label=label, start=start, highlight=highlight)


def draw_heatmap(
    values: Float[np.ndarray, "W 4"],
    codes: Codes,
    *,
    title: str,
    label: str,
    start: int = 0,
    highlight: Highlight = None,
) -> Picture:
    """A heat map below a logo; where nobody knows the observed bases, they are those without an effect."""
    if codes is None:
        unknown = ~np.isfinite(values).all(1)
        codes = np.where(unknown, N, (np.nan_to_num(values, nan=np.inf) == 0).argmax(1)).astype(np.uint8)
    values = np.where((codes < 4)[:, None], values, np.nan)
    return mutagenesis_figure(values, codes, title=title, label=label, start=start, highlight=highlight)
