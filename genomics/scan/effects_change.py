"""What the substitutions at the centre of every window do to a value: a few columns change, at one static place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Int, Shaped

from genomics.scan.dense.closing import Closing
from genomics.scan.dense.shared import Differences, Shared
from genomics.scan.dense.tracked import Columns, PerWindow, Read, Tracked, gathered, in_full, join
from genomics.sequence.bases import ALTERNATIVES

#: (w, *rest, A, 4), of four bases -> (w, *rest, A, C), of every window.
Pick = Callable[[Shaped[Array, "..."]], Shaped[Array, "..."]]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A value whose columns [start, stop) differ between a window and its mutants.

    Attributes:
      start: the first changed column.
      stop: behind the last one.
      pick: what a window has of a table; of what was and what will be at its centre.
      value: (a part of [start, stop)) -> (w, *rest, 3, C), the mutants' columns.
      difference: the same, mutants minus the reference.
      table: (stop - start, *rest, A, 4) for linear functions of the one-hot sequence, what `pick` makes the differences
        of.
      stored: whether reading costs no more than a slice.
    """

    start: int
    stop: int
    pick: Pick
    value: Read
    difference: Read
    table: Shaped[Array, "w ..."] | None = None
    stored: bool = False


@dataclass(frozen=True, kw_only=True)
class Both:
    """A value of the reference and of its mutants.

    Attributes:
      reference: of every window.
      mutants: None where no substitution changes it.
    """

    reference: Tracked | PerWindow
    mutants: Changed | PerWindow | None


def substitutions(reference: Tracked, codes: Int[Array, " C"]) -> Both:
    """The three other bases at index L // 2; alternative k of the base b is b + 1 + k modulo 4."""
    centre = reference.size // 2
    bases = jnp.eye(4, dtype=reference.track.dtype)
    was = jnp.arange(4)
    entries = [bases[:, (was + 1 + k) % 4] - bases for k in range(ALTERNATIVES)]
    table = jnp.stack(entries, axis=1)[None]
    return Both(reference=reference, mutants=_from_table(table, centre, _at(codes), reference))


def substitution(reference: Tracked, codes: Int[Array, " C"], alternatives: Int[Array, " C"]) -> Both:
    """One other base at index L // 2 of each window, an axis of size 1 for it."""
    bases = jnp.eye(4, dtype=reference.track.dtype)[None, :, None, :]
    before, after = _at(codes), _at(alternatives)
    pick = lambda part: after(part) - before(part)  # noqa: E731
    return Both(reference=reference, mutants=_from_table(bases, reference.size // 2, pick, reference))


def act(rule: Shared | Closing, operands: Sequence[Any], reference: Tracked | PerWindow) -> Both:
    """What a primitive makes of changed columns.

    Args:
      rule: of the primitive, for these operands.
      operands: `Both`, or constants.
      reference: the output's value without mutations.
    """
    pairs = [operand for operand in operands if isinstance(operand, Both)]
    changes = [pair.mutants for pair in pairs if isinstance(pair.mutants, Changed)]
    if isinstance(rule, Closing):
        if not changes:
            return Both(reference=reference, mutants=None)
        before, change = pairs[0].reference, changes[0]
        assert isinstance(before, Tracked)
        assert isinstance(reference, PerWindow)
        new = Columns(start=change.start, stop=change.stop, read=change.value, lazy=not change.stored)
        mutants = rule.mutant(before, reference, new, replace(new, read=change.difference))
        return Both(reference=reference, mutants=mutants)

    assert isinstance(reference, Tracked)
    spans = [rule.changed(change.start, change.stop) for change in changes]
    spans = [span for span in spans if span[0] < span[1]]
    if not spans:
        return Both(reference=reference, mutants=None)
    start, stop = min(low for low, _ in spans), max(high for _, high in spans)
    if rule.differences is not None and len(pairs) == 1:
        mutants = _by_differences(rule.differences, rule, changes[0], start, stop, reference)
        return Both(reference=reference, mutants=mutants)
    inputs = [mutated(pair) for pair in pairs]
    value = lambda low, high: rule.columns(inputs, low, high)  # noqa: E731
    return Both(reference=reference, mutants=_from_values(value, start, stop, changes[0].pick, reference))


def mutated(pair: Both) -> Columns:
    """All columns of the mutants; columns without a change have an alternatives axis of size 1."""
    reference, change = pair.reference, pair.mutants
    assert isinstance(reference, Tracked)
    assert not isinstance(change, PerWindow)

    def read(low: int, high: int) -> Shaped[Array, "..."]:
        if change is None:
            return jnp.expand_dims(reference.read(low, high), -2)
        start, stop = min(max(change.start, low), high), max(min(change.stop, high), low)
        pieces = [jnp.expand_dims(reference.read(a, b), -2) for a, b in ((low, start), (stop, high)) if a < b]
        if start < stop:
            pieces.insert(int(low < start), change.value(start, stop))
        return join(pieces)

    return Columns(start=0, stop=reference.size, read=read, lazy=change is not None and not change.stored)


def in_memory(pair: Both) -> Both:
    """The same, computed once: for what is read more than once."""
    change = pair.mutants
    if not isinstance(change, Changed) or change.stored or change.table is not None:
        return pair
    assert isinstance(pair.reference, Tracked)
    source = Columns(start=change.start, stop=change.stop, read=change.value, lazy=True)
    block = gathered(source, change.start, change.stop)
    value = lambda low, high: block[low - change.start : high - change.start]  # noqa: E731
    stored = _from_values(value, change.start, change.stop, change.pick, pair.reference)
    return replace(pair, mutants=replace(stored, stored=True))


def whole(pair: Both) -> PerWindow:
    """Every column of every mutant."""
    if isinstance(pair.mutants, PerWindow):
        return pair.mutants
    if isinstance(pair.reference, PerWindow):
        return PerWindow(array=jnp.expand_dims(pair.reference.array, -2))
    return in_full(pair.reference, mutated(pair).read(0, pair.reference.size))


def _by_differences(
    apply: Differences, rule: Shared, change: Changed, start: int, stop: int, reference: Tracked
) -> Changed:
    source = Columns(start=change.start, stop=change.stop, read=change.difference, lazy=not change.stored)
    if change.table is not None:
        table = change.table
        entries = replace(source, read=lambda low, high: table[low - change.start : high - change.start])
        return _from_table(apply(entries, start, stop), start, change.pick, reference)
    if rule.stride == 1 and rule.needs(start) == (start, start + 1):  # column by column: nothing is gained by a block
        difference = lambda low, high: apply(source, low, high)  # noqa: E731
    else:
        block = apply(source, start, stop)
        difference = lambda low, high: block[low - start : high - start]  # noqa: E731
    value = lambda low, high: jnp.expand_dims(reference.read(low, high), -2) + difference(low, high)  # noqa: E731
    return Changed(start=start, stop=stop, pick=change.pick, value=value, difference=difference)


def _at(codes: Int[Array, " C"]) -> Pick:
    """The entry of each window's base."""

    def pick(part: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        part = part[..., None]
        # Selecting is vectorised, looking up is not.
        pairs = [jnp.where(codes % 2 == 0, part[..., i, :], part[..., i + 1, :]) for i in (0, 2)]
        return jnp.where(codes < 2, *pairs)

    return pick


def _from_table(table: Shaped[Array, "w ..."], start: int, pick: Pick, reference: Tracked) -> Changed:
    difference = lambda low, high: pick(table[low - start : high - start])  # noqa: E731
    value = lambda low, high: jnp.expand_dims(reference.read(low, high), -2) + difference(low, high)  # noqa: E731
    stop = start + table.shape[0]
    return Changed(start=start, stop=stop, pick=pick, value=value, difference=difference, table=table)


def _from_values(value: Read, start: int, stop: int, pick: Pick, reference: Tracked) -> Changed:
    difference = lambda low, high: value(low, high) - jnp.expand_dims(reference.read(low, high), -2)  # noqa: E731
    return Changed(start=start, stop=stop, pick=pick, value=value, difference=difference)
