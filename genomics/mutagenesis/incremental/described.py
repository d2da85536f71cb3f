"""The change that any primitive makes of a change, by what its record says of it (`genomics.tracing.columns`)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.change import (
    Local,
    Reader,
    Table,
    from_delta,
    from_differences,
    from_table,
    from_value,
    from_values,
    masked,
    realigned,
)
from genomics.mutagenesis.incremental.span import ALL, NotLocalError, Span, by_column, through
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.record import Along, Block, NotColumnsError, Window
from genomics.tracing.columns.table import outputs_along
from genomics.tracing.program import Equation


def along(equation: Equation, operands: Sequence[Any]) -> tuple[Along, ...]:
    """What the record says of the outputs.

    Raises:
      NotLocalError: they do not run along the changed axis.
    """
    if any(isinstance(operand, Local) and operand.view is not None for operand in operands):
        raise NotLocalError("acts on a reshaped value")
    axes = tuple(operand.span.axis if isinstance(operand, Local) else None for operand in operands)
    try:
        found = outputs_along(equation, axes)
    except NotColumnsError as error:
        raise NotLocalError(str(error)) from None
    if any(each.window.base != 1 for each in found):
        raise NotLocalError("has holes between the changed columns")
    return found


def described(equation: Equation, operands: Sequence[Any], references: Sequence[Unmutated]) -> list[Local]:
    """Each output as the record's own block gives it."""
    found = along(equation, operands)
    changes = [operand for operand in operands if isinstance(operand, Local)]
    if len(changes) > 1:
        operands = together(operands)
    return [_one(operands, each, reference) for each, reference in zip(found, references, strict=True)]


def together(operands: Sequence[Any]) -> list[Any]:
    """The operands, changes in one common span.

    Raises:
      NotLocalError: they lie along different axes.
    """
    spans = [operand.span for operand in operands if isinstance(operand, Local)]
    if len({(each.axis, each.size, each.unit) for each in spans}) > 1:
        raise NotLocalError("combines changes along different axes")
    starts = np.min([each.starts for each in spans], axis=0)
    width = max(int((each.starts + each.width - starts).max()) for each in spans)
    return [realigned(operand, starts, width) if isinstance(operand, Local) else operand for operand in operands]


def _one(operands: Sequence[Any], along: Along, reference: Unmutated) -> Local:
    first = next(operand for operand in operands if isinstance(operand, Local))
    if not along.window.by_itself:
        return windowed(first, along, reference)
    numeric = jnp.issubdtype(reference.array.dtype, jnp.inexact)
    if along.fill is not None and not numeric:
        raise NotLocalError("acts on whole numbers")
    start = first.span
    if along.flips:
        starts, unit = start.size - start.starts - start.width, -start.unit
    else:
        starts, unit = start.starts + along.window.low, start.unit
    span = replace(start, axis=along.axis, size=along.size, starts=starts, unit=unit)

    def reader(block: Block, name: str) -> Reader:
        def read(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
            if along.flips:
                low, high = start.width - high, start.width - low
            return _applied(
                block,
                operands,
                [_read(o, a, name, start, rows, low, high) for o, a in zip(operands, along.aligned, strict=True)],
            )

        return read

    value = reader(along.block, "value")
    if along.differences is None:
        return from_values(span, reference, value)
    if first.table is not None and not along.flips and not any(isinstance(o, Local) for o in operands[1:]):
        entries = _applied(along.differences, operands, [first.table.entries, *operands[1:]])
        return from_table(span, reference, Table(codes=first.table.codes, entries=entries))
    differences = reader(along.differences, "delta")

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        # What the axis has lost must not count.
        return masked(differences(rows, low, high), span, rows, low, high)

    if along.fill is not None or len([o for o in operands if isinstance(o, Local)]) > 1:
        return from_differences(span, reference, delta)
    return replace(first, span=span, reference=reference, value=value, delta=delta, table=None)


def _read(
    operand: Any, aligned: int | None, name: str, span: Span, rows: slice, low: int, high: int
) -> Shaped[Array, "..."]:
    """The window of an operand that a block reads."""
    if isinstance(operand, Local):
        return getattr(operand, name)(rows, low, high)
    if aligned is None:
        return operand
    return Unmutated(array=operand).window(replace(span, axis=aligned), rows, low, high)


def _applied(block: Block, operands: Sequence[Any], windows: Sequence[Array]) -> Shaped[Array, "rows three ..."]:
    """A block on windows with rows and alternatives in front; the windows of constants have rows or nothing."""
    rows = [0 if w.ndim > o_ndim else None for w, o_ndim in zip(windows, map(_ndim, operands), strict=True)]
    lead = next(w.shape[:2] for w, o in zip(windows, operands, strict=True) if isinstance(o, Local))
    windows = [
        jnp.broadcast_to(w, (*lead, *w.shape[2:])) if row == 0 else w for w, row in zip(windows, rows, strict=True)
    ]
    apply = lambda *blocks: block(list(blocks))  # noqa: E731
    return jax.vmap(jax.vmap(apply, in_axes=rows), in_axes=rows)(*windows)


def _ndim(operand: Any) -> int:
    return len(operand.shape)


def stride_aligned(local: Local, window: Window) -> Local:
    """Spans widened to the left until all start at the same distance from the stride."""
    over = (local.span.starts + window.low) % window.stride
    if not np.ptp(over):
        return local
    return realigned(local, local.span.starts - over, local.span.width + int(over.max()))


def windowed(local: Local, along: Along, reference: Unmutated) -> Local:
    """The outputs of a windowed operation that read a changed column, by the record's block; constants are in it."""
    window = along.window
    local = stride_aligned(local, window)
    span, offsets = through(local.span, window, along.axis, along.size)
    low = int(offsets[0])
    high = low + (span.width - 1) * window.stride + window.extent
    block = along.differences or along.block
    array = (local.delta if along.differences else local.value)(ALL, low, high)
    if along.differences is None and along.fill is not None:
        inside = local.span.inside(ALL, low, high)
        if inside is not None:
            fill = jnp.asarray(along.fill).astype(array.dtype)
            array = jnp.where(by_column(inside, array.ndim, local.span.axis), array, fill)
    result = jax.vmap(jax.vmap(lambda one: block([one])))(array)
    return (from_delta if along.differences else from_value)(span, reference, result)
