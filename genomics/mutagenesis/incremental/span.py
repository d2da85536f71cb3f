"""Which columns of a value a mutation changes: a static width, one start per mutation."""

from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Shaped

from genomics.tracing.columns.record import Window

#: All mutations.
ALL = slice(None)


class NotLocalError(Exception):
    """A rule cannot keep the change short; the text completes "PRIMITIVE at LINE ...". Never leaves this package."""


@dataclass(frozen=True, kw_only=True)
class Span:
    """The changed columns [start, start + width) of a value along one axis, for each mutation.

    Spans may hang over the ends of the axis: so all starts stay a simple function of the mutation's position, and
    rules need no case for the ends. Columns outside of the axis do not exist; whoever adds or compares masks them.

    Attributes:
      axis: the axis, of the value without leading axes.
      size: n, the axis's length.
      starts: one per mutation, or a single one that all share.
      width: number of columns.
      block: number of the block of positions that is being evaluated: 0, or a tracer.
      last: the last block in which a mutation of this row exists, one per mutation or
        one for all.
      unit: by how many columns one block shifts all starts; 0 where there is one block.
    """

    axis: int
    size: int
    starts: Int[np.ndarray, " rows"]
    width: int
    block: int | Int[Array, ""]
    last: Int[np.ndarray, " rows_or_one"]
    unit: int

    def columns(self, rows: slice, low: int, high: int) -> Int[np.ndarray, "rows w"] | Int[Array, "rows w"]:
        """Numbers of the columns start + low ... start + high - 1."""
        columns = self.starts[rows][:, None] + np.arange(low, high)
        return columns + self.unit * self.block if self.unit else columns

    def inside(self, rows: slice, low: int, high: int) -> Bool[np.ndarray, "rows w"] | Bool[Array, "rows w"] | None:
        """Which of these columns exist; None where all do, whatever the block."""
        farthest = self.unit * (self.last if len(self.last) == 1 else self.last[rows])
        first = (self.starts[rows] + np.minimum(farthest, 0)).min() + low
        last = (self.starts[rows] + np.maximum(farthest, 0)).max() + high - 1
        if first >= 0 and last < self.size:
            return None
        columns = self.columns(rows, low, high)
        return (columns >= 0) & (columns < self.size)


def through(span: Span, window: Window, axis: int, size: int) -> tuple[Span, Int[np.ndarray, " rows"]]:
    """The outputs of a windowed operation that read a changed column.

    Args:
      span: changed input columns.
      window: the operation.
      axis: the output's axis.
      size: the output's length along it.

    Returns:
      The changed outputs, and for each mutation the first input column that its first output reads, relative to the
      start of the changed inputs.
    """
    if span.unit % window.stride:
        raise NotLocalError("shifts blocks of positions by a fraction of a column")
    reach = span.starts + window.low
    first = -((window.extent - 1 - reach) // window.stride)  # ceil((reach - extent + 1) / stride)
    last = (reach + span.width - 1) // window.stride
    width = max(1, int((last - first).max()) + 1)
    output = replace(span, axis=axis, size=size, starts=first, width=width, unit=span.unit // window.stride)
    return output, first * window.stride - reach


def period(values: Int[np.ndarray, " rows"], most: int) -> int | None:
    """The smallest p <= most with values[i] == values[i + p] for all i; None without one."""
    return next((p for p in range(1, most + 1) if np.array_equal(values[p:], values[:-p])), None)


def by_column(mask: Shaped[Any, "rows w"], ndim: int, axis: int) -> Shaped[Array, "..."]:
    """What is known of rows and columns, shaped for arrays (rows, 3, *value) with `ndim` axes."""
    shape = [1] * ndim
    shape[0], shape[2 + axis] = mask.shape
    return jnp.asarray(mask).reshape(shape)
