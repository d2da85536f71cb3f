"""What a mutation does to a value: a short changed span (`Local`) or all of it (`Whole`).

Arrays of changes have two leading axes: mutated positions ("rows") and the 3 alternatives of each; then the value's
axes, of which the span's axis holds the columns of a window. A *reader* gives any window of some rows: called with
rows (a slice), low and high, it returns the columns start + low ... start + high - 1.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int, Shaped

from genomics.mutagenesis.incremental.span import ALL, Span, by_column, period
from genomics.mutagenesis.incremental.unmutated import Unmutated

Reader = Callable[[slice, int, int], Shaped[Array, "rows three ..."]]

#: Rows that differ only in their offset modulo this many classes are read class by class, with static slices.
CLASSES = 8
#: Rows in a longer period are moved in runs of neighbours with the same offset, so many at most.
_LONGEST_PERIOD, _RUNS = 128, 16


@dataclass(frozen=True, kw_only=True)
class Table:
    """Differences that depend only on the base that was and the one that is put in: linear functions of one-hot bases.

    Attributes:
      codes: the base that was, 0..3, for each mutated position.
      entries: the differences by that base; outside of the axis anything.
    """

    codes: Int[Array, " rows"]
    entries: Shaped[Array, "four three ..."]


@dataclass(frozen=True, kw_only=True)
class Local:
    """A value that each mutation changes in a short span only.

    Attributes:
      span: where.
      reference: the value without mutations.
      value: reads the value with mutations; the reference's outside of the span, anything outside of the axis.
      delta: reads the difference to the reference; 0 outside of the span and outside of the axis.
      table: the difference as a table, where it is one.
      stored: whether reading costs no more than a slice and an addition.
      differences: whether `delta` is the cheaper reader of the two.
      view: the logical shape, where a reshape has merged the span's axis with others; None = as stored.
    """

    span: Span
    reference: Unmutated
    value: Reader
    delta: Reader
    table: Table | None = None
    stored: bool = True
    differences: bool = True
    view: tuple[int, ...] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value as stored, without mutations."""
        return tuple(self.reference.array.shape)


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A value that mutations change everywhere.

    Attributes:
      reference: the value without mutations.
      data: (rows, 3, *value) with mutations.
      uniform: axes of the value along which it does not vary, having been repeated along them.
    """

    reference: Unmutated
    data: Shaped[Array, "rows three ..."]
    uniform: frozenset[int] = frozenset()


def from_table(span: Span, reference: Unmutated, table: Table) -> Local:
    """A change that a table gives."""

    def part(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        # Cutting the small table and not the large result.
        return looked_up(resized(table.entries, 2 + span.axis, low, high), table.codes[rows])

    return replace(_from_parts(span, reference, part), table=table)


def from_delta(span: Span, reference: Unmutated, array: Shaped[Array, "rows three ..."]) -> Local:
    """A change given as the differences inside the span; anything outside of the axis."""
    return _from_parts(span, reference, lambda rows, low, high: resized(array[rows], 2 + span.axis, low, high))


def from_differences(span: Span, reference: Unmutated, delta: Reader) -> Local:
    """A change given by a reader of differences, which must be 0 outside of the span and of the axis."""

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return reference.window(span, rows, low, high) + delta(rows, low, high)

    return Local(span=span, reference=reference, value=value, delta=delta, stored=False)


def _from_parts(span: Span, reference: Unmutated, part: Reader) -> Local:
    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return reference.window(span, rows, low, high) + part(rows, low, high)

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return masked(part(rows, low, high), span, rows, low, high)

    return Local(span=span, reference=reference, value=value, delta=delta)


def looked_up(entries: Shaped[Array, "four three ..."], codes: Int[Array, " rows"]) -> Shaped[Array, "rows three ..."]:
    """entries[codes]: four-way selection, which is faster than a gather."""
    code = codes.reshape(-1, *[1] * (entries.ndim - 1))
    a, c, g, t = entries
    return jnp.where(code < 2, jnp.where(code == 0, a, c), jnp.where(code == 2, g, t))


def from_value(span: Span, reference: Unmutated, array: Shaped[Array, "rows three ..."]) -> Local:
    """A change given as the new values inside the span; anything outside of the axis."""
    width, axis = span.width, 2 + span.axis

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        inner_low, inner_high = _overlap(low, high, width)
        inner = lax.slice_in_dim(array[rows], inner_low, inner_high, axis=axis)
        if (inner_low, inner_high) == (low, high):
            return inner
        left = reference.window(span, rows, low, min(high, inner_low))
        right = reference.window(span, rows, max(low, inner_high), high)
        return jnp.concatenate([_like(left, inner), inner, _like(right, inner)], axis)

    return from_values(span, reference, value, stored=True)


def from_values(span: Span, reference: Unmutated, value: Reader, *, stored: bool = False) -> Local:
    """A change given by a reader of new values, which must give the reference's outside of the span."""

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        inner_low, inner_high = _overlap(low, high, span.width)
        new = value(rows, inner_low, inner_high)
        old = reference.window(span, rows, inner_low, inner_high)
        difference = masked(new - old, span, rows, inner_low, inner_high)
        return resized(difference, 2 + span.axis, low - inner_low, high - inner_low)

    return Local(span=span, reference=reference, value=value, delta=delta, stored=stored, differences=False)


def store(local: Local) -> Local:
    """The same change, held in memory: for values that are read more than once."""
    if local.stored:
        return local
    width, axis = local.span.width, 2 + local.span.axis
    if not local.differences or not jnp.issubdtype(local.reference.array.dtype, jnp.inexact):
        stored = from_value(local.span, local.reference, local.value(ALL, 0, width))
        return replace(stored, view=local.view)
    array = local.delta(ALL, 0, width)
    stored = from_differences(
        local.span, local.reference, lambda rows, low, high: resized(array[rows], axis, low, high)
    )
    return replace(stored, view=local.view, stored=True)


def resized(array: Shaped[Array, "rows three ..."], axis: int, low: int, high: int) -> Shaped[Array, "rows three ..."]:
    """The columns [low, high) along an axis of the array, which has [0, w): cut, or padded with zeros."""
    width = array.shape[axis]
    if (low, high) == (0, width):
        return array
    pads = [(0, 0, 0)] * array.ndim
    pads[axis] = (-low, high - width, 0)
    return lax.pad(array, jnp.zeros((), array.dtype), pads)


def by_class(
    offsets: Int[np.ndarray, " rows"], compute: Callable[[slice, int], Shaped[Array, "rows three ..."]]
) -> Shaped[Array, "rows three ..."] | None:
    """Rows with the same offset computed together; None if the offsets do not repeat within `CLASSES` rows.

    `compute` takes rows and their offset; the result has all rows in order.
    """
    classes = period(offsets, CLASSES)
    if classes is None:
        return None
    if classes == 1 or classes >= len(offsets):
        parts = [compute(slice(r, None, classes), int(offsets[r])) for r in range(min(classes, len(offsets)))]
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts)
    parts = [compute(slice(r, None, classes), int(offsets[r])) for r in range(classes)]
    longest = parts[0].shape[0]
    parts = [jnp.pad(part, [(0, longest - part.shape[0])] + [(0, 0)] * (part.ndim - 1)) for part in parts]
    stacked = jnp.stack(parts, axis=1)
    return stacked.reshape(longest * classes, *stacked.shape[2:])[: len(offsets)]


def realigned(local: Local, starts: Int[np.ndarray, " rows"], width: int) -> Local:
    """The same change in other spans, which must hold the old ones."""
    offsets = starts - local.span.starts
    span = replace(local.span, starts=starts, width=width)
    if not jnp.issubdtype(local.reference.array.dtype, jnp.inexact):
        return replace(_spread_to(local, span, offsets), view=local.view)
    moved = by_class(offsets, lambda rows, offset: local.delta(rows, offset, offset + width))
    if moved is None:
        moved = _moved_by_runs(local.delta(ALL, 0, local.span.width), 2 + span.axis, offsets, width)
    if moved is None:
        return replace(_spread_to(local, span, offsets), view=local.view)
    return replace(from_delta(span, local.reference, moved), view=local.view)


def _moved_by_runs(
    delta: Shaped[Array, "rows three ..."], axis: int, offsets: Int[np.ndarray, " rows"], width: int
) -> Shaped[Array, "rows three ..."] | None:
    """Rows moved by their offsets, where these repeat and stay the same over runs of neighbouring rows."""
    repeat = period(offsets, _LONGEST_PERIOD)
    if repeat is None or repeat > len(offsets):
        return None
    ends = [*(np.flatnonzero(np.diff(offsets[:repeat])) + 1).tolist(), repeat]
    if len(ends) > _RUNS:
        return None
    rows = len(offsets)
    more = -rows % repeat
    # Held in memory: computing it again for each run costs more.
    delta = lax.optimization_barrier(jnp.pad(delta, [(0, more)] + [(0, 0)] * (delta.ndim - 1)))
    periods = delta.reshape(-1, repeat, *delta.shape[1:])
    runs = []
    for first, end in zip([0, *ends], ends, strict=False):
        offset = int(offsets[first])
        runs.append(resized(periods[:, first:end], 1 + axis, offset, offset + width))
    return jnp.concatenate(runs, 1).reshape(-1, *runs[0].shape[2:])[:rows]


def _spread_to(local: Local, span: Span, offsets: Int[np.ndarray, " rows"]) -> Local:
    """`realigned` by a gather, for any value and any distances."""
    new, changed = _spread(local, offsets[:, None] + np.arange(span.width))
    old = local.reference.window(span, ALL, 0, span.width)
    return from_value(span, local.reference, jnp.where(changed, new, old))


def whole(change: Local | Whole) -> Whole:
    """Every column of the value, with the mutations."""
    if isinstance(change, Whole):
        return change
    span = change.span
    new, changed = _spread(change, np.arange(span.size) - span.columns(ALL, 0, 1))
    data = jnp.where(changed, new, change.reference.whole())
    reference = change.reference
    if change.view is not None:
        reference = Unmutated(array=reference.array.reshape(change.view))
        data = data.reshape(*data.shape[:2], *change.view)
    return Whole(reference=reference, data=data)


def _spread(local: Local, columns: Int[np.ndarray, "rows n"] | Int[Array, "rows n"]):
    """The changed values at columns relative to the start, and which of them are changed."""
    span = local.span
    new = local.value(ALL, 0, span.width)
    index = jnp.broadcast_to(jnp.asarray(columns), (new.shape[0], columns.shape[1]))
    changed = (index >= 0) & (index < span.width)
    index = by_column(jnp.clip(index, 0, span.width - 1), new.ndim, span.axis)
    return (
        jnp.take_along_axis(new, index, axis=2 + span.axis, mode="promise_in_bounds"),
        by_column(changed, new.ndim, span.axis),
    )


def _overlap(low: int, high: int, width: int) -> tuple[int, int]:
    """The part of [low, high) in [0, width); an empty one lies at the nearer end."""
    inner_low = min(max(low, 0), width)
    return inner_low, max(min(high, width), inner_low)


def masked(
    array: Shaped[Array, "rows three ..."], span: Span, rows: slice, low: int, high: int
) -> Shaped[Array, "rows three ..."]:
    """The window [low, high) with zeros outside of the axis."""
    inside = span.inside(rows, low, high)
    return array if inside is None else jnp.where(by_column(inside, array.ndim, span.axis), array, 0)


def _like(window: Shaped[Array, "rows one ..."], array: Shaped[Array, "rows three ..."]):
    return jnp.broadcast_to(window, (array.shape[0], array.shape[1], *window.shape[2:]))
