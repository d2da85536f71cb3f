"""A value without mutations, and its windows: gathered, or sliced where blocks of few positions have long ones."""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.span import Span

#: Rows of a block, at most: a slice is written out for each.
_ROWS = 8


@dataclass(kw_only=True)
class Margin:
    """A value whose axis goes on at both ends as far as the windows of any block reach.

    A window that hangs over an end of the axis would have to be gathered. So the blocks are traced twice: at first
    windows say how far they reach, then `widen` makes the longer array once, outside of the loop over blocks, and
    the second time each window is a slice of it.

    Attributes:
      array: the value.
      axis: along which it goes on.
      before: columns added before the first.
      behind: columns added behind the last.
      asked: whether any window wants it.
      wide: the longer array; None while windows are asked for.
    """

    array: Shaped[Array, "..."]
    axis: int = 0
    before: int = 0
    behind: int = 0
    asked: bool = False
    wide: Shaped[Array, "..."] | None = None

    def windows(self, span: Span, rows: slice, low: int, high: int) -> Shaped[Array, "rows one ..."] | None:
        """As `Unmutated.window`; None where this is no way to get them."""
        starts = span.starts[rows]
        if not span.unit or len(starts) > _ROWS or (self.asked and span.axis != self.axis):
            return None
        farthest = span.unit * span.last.max()
        first = int(starts.min() + min(farthest, 0)) + low
        end = int(starts.max() + max(farthest, 0)) + high
        before, behind = max(0, -first), max(0, end - span.size)
        if self.wide is None:
            self.axis, self.asked = span.axis, True
            self.before, self.behind = max(self.before, before), max(self.behind, behind)
            return None
        if before > self.before or behind > self.behind:
            return None
        shift = self.before + low + span.unit * span.block
        slices = [lax.dynamic_slice_in_dim(self.wide, int(s) + shift, high - low, span.axis) for s in starts]
        return jnp.stack(slices)[:, None]

    def widen(self) -> None:
        """Makes the longer array, if windows were asked for: the columns at the ends are repeated."""
        if not self.asked:
            return
        pads = [(0, 0)] * self.array.ndim
        pads[self.axis] = (self.before, self.behind)
        self.wide = jnp.pad(self.array, pads, mode="edge")


@dataclass(frozen=True, kw_only=True)
class Unmutated:
    """A value without mutations.

    Attributes:
      array: the value.
      margin: the value with more columns at both ends, where blocks of few positions are evaluated one by one.
    """

    array: Shaped[Array, "..."]
    margin: Margin | None = None

    def window(self, span: Span, rows: slice, low: int, high: int) -> Shaped[Array, "rows one ..."]:
        """The columns start + low ... start + high - 1 of each row, shaped to be combined with changes.

        Columns outside of the axis hold some existing column's values.
        """
        slices = self.margin.windows(span, rows, low, high) if self.margin else None
        if slices is not None:
            return slices
        window = jnp.take(self.array, span.columns(rows, low, high), axis=span.axis, mode="clip")
        return jnp.moveaxis(window, span.axis, 0)[:, None]

    def whole(self) -> Shaped[Array, "one one ..."]:
        """All of it, shaped to be combined with changes."""
        return self.array[None, None]
