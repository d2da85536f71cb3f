"""What two motifs do together, by their distance."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Int
from matplotlib.figure import Figure

_COLOURS = ("#2b5fc4", "#d7191c", "#1a9641", "#f39c12")
#: Strands of the two motifs in words, in the order in which they stand.
_ARROWS = {"++": "→ →", "+-": "→ ←", "-+": "← →", "--": "← ←"}


def spacing_figure(
    gaps: Int[np.ndarray, " S"],
    interactions: Mapping[str, Float[np.ndarray, " S"]],
    errors: Mapping[str, Float[np.ndarray, " S"]],
    *,
    title: str,
    unit: str = "logit",
) -> Figure:
    """Curves of the interaction of two motifs, one for each orientation, with a band of two standard errors.

    Args:
      gaps: bases between the motifs.
      interactions: orientation (`++`, `+-`, `-+`, `--`) -> effect of both beyond the sum of each.
      errors: orientation -> standard error of these.
      title: bold, above.
      unit: of the effects.
    """
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    axes.axhline(0.0, color="0.6", linewidth=0.8, zorder=1)
    for colour, (orientation, values) in zip(_COLOURS, interactions.items(), strict=False):
        spread = 2 * errors[orientation]
        axes.plot(gaps, values, color=colour, linewidth=1.4, label=_ARROWS[orientation])
        axes.fill_between(gaps, values - spread, values + spread, color=colour, alpha=0.15, linewidth=0)
    axes.set_title(title, loc="left", fontweight="bold", fontsize="medium")
    axes.set_xlabel("bases between the motifs")
    axes.set_ylabel(f"effect beyond the sum ({unit})")
    axes.legend(frameon=False, ncols=len(interactions), fontsize="small")
    axes.spines[["top", "right"]].set_visible(False)
    return figure
