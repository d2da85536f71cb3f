"""Measures with intervals, one method a line, the best on top."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

#: (estimate, lower, upper end).
Interval = Sequence[float]


def draw_measure(axes: Axes, found: Mapping[str, Interval], order: Sequence[str], **style: Any) -> None:
    """A dot for each estimate and a line for its interval, at the method's place in `order`; none where there is none.

    Args:
      axes: drawn into.
      found: method -> its interval.
      order: methods from top to bottom.
      style: of `Axes.errorbar`.
    """
    intervals = np.array([found.get(name, (np.nan,) * 3) for name in order], np.float64)
    estimate, low, high = intervals.T
    # An interval of percentiles need not hold its estimate.
    ends = np.maximum([estimate - low, high - estimate], 0)
    axes.errorbar(estimate, range(len(order)), xerr=ends, linestyle="none", **style)


def draw_methods(axes: Axes, order: Sequence[str]) -> None:
    """Names of the methods on the y axis, the first on top."""
    axes.set_yticks(range(len(order)), order, fontsize="small")
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize="small")
    axes.spines[["top", "right"]].set_visible(False)


def best_first(found: Mapping[str, Interval]) -> list[str]:
    """The methods in order of their estimates; those without one last."""
    return sorted(found, key=lambda name: -found[name][0] if np.isfinite(found[name][0]) else np.inf)
