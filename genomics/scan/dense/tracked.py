"""Values of all windows of a long sequence at once: what windows share is held once.

Window s of a sequence is its positions s ... s + L - 1. Away from its ends, column j of a value computed on window s
equals column j - 1 computed on window s + 1, as long as nothing has been strided; after strides, column j - 1 on window
s + `step`. So these columns of all windows lie in one array, a *track*. Columns near a window's ends that padding has
made special are held for every window.

Layout: columns first, then the value's other axes ("rest"), then batch axes, of which the windows are the last. With
windows last, a column of all windows is one contiguous slice of a track for each feature.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Int, Shaped

#: Columns [low, high) -> (high - low, *rest, *batch); single columns may have batch axes of size 1.
Read = Callable[[int, int], Shaped[Array, "..."]]

#: Up to so many slices of a track are written out; more are gathered.
_SLICES = 32
#: Up to so many columns that are not in memory are written as an expression each, which XLA fuses; more as one block.
_EXPRESSIONS = 8


class NotSharedError(Exception):
    """A primitive cannot be evaluated on tracks; the text completes "PRIMITIVE at LINE ...". Stays in this package."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Columns [start, stop) of a value; all others are zero, or padding.

    Attributes:
      start: the first column.
      stop: behind the last one.
      read: gives some of them.
      lazy: whether reading computes something.
    """

    start: int
    stop: int
    read: Read
    lazy: bool = False


@dataclass(frozen=True, kw_only=True)
class PerWindow:
    """A value held for every window: (*shape, *batch), the windows last."""

    array: Shaped[Array, "..."]


@dataclass(frozen=True, kw_only=True)
class Tracked:
    """A value of all windows, of which the windows share columns.

    Attributes:
      shape: of the value in one window, as stored.
      axis: the shared axis; n = shape[axis] columns.
      windows: C, all that the track holds.
      track: (*rest, P); column j of window s is track[..., s + origin + step * j] for left <= j < n - right.
      origin: see `track`.
      step: see `track`; negative where windows are read backwards.
      left: (l, *rest, C), the first l columns.
      right: (r, *rest, C), the last r columns.
      view: the logical shape, where a reshape has merged the shared axis with others; None = as stored.
      chosen: the windows that are read and whose columns `left` and `right` hold; None = all.
    """

    shape: tuple[int, ...]
    axis: int
    windows: int
    track: Shaped[Array, "..."]
    origin: int
    step: int
    left: Shaped[Array, "..."]
    right: Shaped[Array, "..."]
    view: tuple[int, ...] | None = None
    chosen: Int[Array, " K"] | None = None

    @property
    def count(self) -> int:
        """How many windows are read."""
        return self.windows if self.chosen is None else self.chosen.shape[0]

    @property
    def size(self) -> int:
        """n, the number of columns."""
        return self.shape[self.axis]

    @property
    def rest(self) -> tuple[int, ...]:
        """Sizes of the other axes."""
        return (*self.shape[: self.axis], *self.shape[self.axis + 1 :])

    @property
    def logical(self) -> tuple[int, ...]:
        """The shape that the program sees."""
        return self.shape if self.view is None else self.view

    @property
    def shared(self) -> tuple[int, int]:
        """The columns [low, high) that lie on the track."""
        return self.left.shape[0], self.size - self.right.shape[0]

    def read(self, low: int, high: int) -> Shaped[Array, "w ..."]:
        """Columns low ... high - 1 of every window."""
        first, last = self.shared
        pieces = []
        if low < min(high, first):
            pieces.append(self.left[low : min(high, first)])
        if max(low, first) < min(high, last):
            pieces.append(self._of_windows(max(low, first), min(high, last)))
        if max(low, last) < high:
            pieces.append(self.right[max(low, last) - last : high - last])
        return join(pieces)

    def _of_windows(self, low: int, high: int) -> Shaped[Array, "w ..."]:
        if self.chosen is None:
            return self.along_track(low, high, 0, self.windows)
        places = [self.chosen + self.origin + self.step * column for column in range(low, high)]
        if len(places) > _SLICES:
            return jnp.moveaxis(self.track[..., jnp.stack(places)], -2, 0)
        return join([self.track[..., place][None] for place in places])

    def along_track(self, low: int, high: int, window: int, count: int) -> Shaped[Array, "w ..."]:
        """Shared columns of the windows `window` ... `window` + `count` - 1, which may lie outside of 0 ... C - 1."""
        starts = [window + self.origin + self.step * column for column in range(low, high)]
        if len(starts) > _SLICES:
            slices = jax.vmap(lambda start: lax.dynamic_slice_in_dim(self.track, start, count, axis=-1))
            return slices(jnp.array(starts))
        return join([lax.slice_in_dim(self.track, s, s + count, axis=-1)[None] for s in starts])

    def columns(self) -> Columns:
        """All of them."""
        return Columns(start=0, stop=self.size, read=self.read)

    def whole(self) -> PerWindow:
        """Every column of every window, in the logical shape."""
        return in_full(self, self.read(0, self.size))


def in_full(value: Tracked, columns: Shaped[Array, "n ..."]) -> PerWindow:
    """All columns of `value` (or of mutants of it) in the order of its logical shape."""
    batch = columns.shape[len(value.shape) :]
    return PerWindow(array=jnp.moveaxis(columns, 0, value.axis).reshape(*value.logical, *batch))


def from_sequence(
    one_hot: Shaped[Array, "positions 4"], length: int, chosen: Int[Array, " K"] | None = None
) -> Tracked:
    """The windows of a sequence, one for each start; or some of them."""
    windows = one_hot.shape[0] - length + 1
    none = jnp.zeros((0, 4, windows if chosen is None else chosen.shape[0]), one_hot.dtype)
    return Tracked(
        shape=(length, 4),
        axis=0,
        windows=windows,
        track=one_hot.T,
        origin=0,
        step=1,
        left=none,
        right=none,
        chosen=chosen,
    )


def join(pieces: Sequence[Shaped[Array, "..."]]) -> Shaped[Array, "..."]:
    """Pieces one after the other along the first axis; batch axes of size 1 are broadcast.

    On a CPU a loop that computes a concatenation is not vectorised, one that writes into a part of an array is
    (measured: a scan takes 1.6 times as long with concatenations).
    """
    if len(pieces) == 1:
        return pieces[0]
    common = jnp.broadcast_shapes(*(piece.shape[1:] for piece in pieces))
    full = [jnp.broadcast_to(piece, (piece.shape[0], *common)) for piece in pieces]
    if jax.default_backend() != "cpu":
        return jnp.concatenate(full)
    joined = jnp.zeros((sum(piece.shape[0] for piece in full), *common), full[0].dtype)
    place = 0
    for piece in full:
        joined = lax.dynamic_update_slice(joined, piece, (place,) + (0,) * len(common))
        place += piece.shape[0]
    return joined


def gathered(source: Columns, low: int, high: int) -> Shaped[Array, "w ..."]:
    """Columns as a block in memory; what has to be computed first is computed column by column if these are few."""
    if not source.lazy or high - low > _EXPRESSIONS:
        return source.read(low, high)
    return join([source.read(column, column + 1) for column in range(low, high)])


def sliding(
    combine: Callable[[Array, Array], Array], value: Tracked, low: int, high: int
) -> Shaped[Array, "..."] | None:
    """All columns low ... high - 1 of each window combined, (*rest, C); None for no columns.

    Shared columns are combined by doubling: log2(high - low) steps for all windows together.
    """
    first, last = value.shared
    parts = [value.left[j] for j in range(low, min(high, first))]
    parts += [value.right[j - last] for j in range(max(low, last), high)]
    begin, end = max(low, first), min(high, last)
    if begin < end:
        step = abs(value.step)
        count = end - begin
        start = min(value.origin + value.step * j for j in (begin, end - 1))
        block = lax.slice_in_dim(value.track, start, start + value.windows + step * (count - 1), axis=-1)
        done, offset = None, 0
        for bit in range(count.bit_length()):
            power = 1 << bit
            if count & power:
                here = lax.slice_in_dim(block, offset, offset + value.windows, axis=-1)
                done = here if done is None else combine(done, here)
                offset += step * power
            if power * 2 <= count:
                size = block.shape[-1] - step * power
                low_half = lax.slice_in_dim(block, 0, size, axis=-1)
                block = combine(low_half, lax.slice_in_dim(block, step * power, step * power + size, axis=-1))
        assert done is not None
        parts.append(done if value.chosen is None else done[..., value.chosen])
    if not parts:
        return None
    result = parts[0]
    for part in parts[1:]:
        result = combine(result, part)
    return result


def flat(block: Shaped[Array, "w ..."], batch: int) -> Shaped[Array, "features ..."]:
    """Columns and features merged into one axis, and the last `batch` axes into another."""
    sizes = block.shape[block.ndim - batch :]
    return block.reshape(-1, math.prod(sizes))
