"""Primitives that move, cut, pad and regroup a value's axes: the change moves along."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.change import (
    Local,
    Reference,
    Table,
    Whole,
    from_delta,
    from_differences,
    from_table,
    from_values,
    masked,
    realigned,
)
from genomics.mutagenesis.incremental.interval import ALL, Interval, NotLocalError
from genomics.mutagenesis.incremental.pooling import strided_slice
from genomics.tracing.program import Equation

Move = Callable[[Shaped[Array, "rows three ..."]], Shaped[Array, "rows three ..."]]


def moved(local: Local, interval: Interval, reference: Reference, move: Move) -> Local:
    """A change whose every window is a rearranged window of another one."""
    if local.table is not None:
        return from_table(interval, reference, Table(codes=local.table.codes, entries=move(local.table.entries)))

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return move(local.value(rows, low, high))

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        # What the axis has lost must not count.
        return masked(move(local.delta(rows, low, high)), interval, rows, low, high)

    return replace(local, interval=interval, reference=reference, value=value, delta=delta, view=None)


def transpose(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`transpose`."""
    local = _unviewed(operands[0])
    permutation = tuple(equation.params["permutation"])
    interval = replace(local.interval, axis=permutation.index(local.interval.axis))
    return moved(local, interval, reference, lambda a: a.transpose(0, 1, *[2 + p for p in permutation]))


def squeeze(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`squeeze`."""
    local = _unviewed(operands[0])
    dimensions, axis = equation.params["dimensions"], local.interval.axis
    if axis in dimensions:
        raise NotLocalError("removes the changed axis")
    interval = replace(local.interval, axis=axis - sum(d < axis for d in dimensions))
    return moved(local, interval, reference, lambda a: lax.squeeze(a, [2 + d for d in dimensions]))


def broadcast(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`broadcast_in_dim`: new axes, and repetition along the others."""
    local = _unviewed(operands[0])
    shape, axes = equation.params["shape"], equation.params["broadcast_dimensions"]
    axis = axes[local.interval.axis]
    if shape[axis] != local.interval.size:
        raise NotLocalError("repeats the changed axis")

    def move(array: Shaped[Array, "rows three ..."]) -> Shaped[Array, "rows three ..."]:
        sizes = (*array.shape[:2], *shape[:axis], array.shape[2 + local.interval.axis], *shape[axis + 1 :])
        return lax.broadcast_in_dim(array, sizes, (0, 1, *[2 + a for a in axes]))

    return moved(local, replace(local.interval, axis=axis), reference, move)


def reshape(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`reshape`: the changed axis stays, is split into equal parts, or is merged with others (a view, see `Local`)."""
    (local,) = operands
    if equation.params.get("dimensions") is not None:
        raise NotLocalError("reorders axes")
    sizes = tuple(int(size) for size in equation.params["new_sizes"])
    interval, shape = local.interval, local.shape
    before = math.prod(shape[: interval.axis])
    heads = [i for i in range(len(sizes)) if math.prod(sizes[:i]) == before]
    for axis in heads:
        if sizes[axis] == interval.size:
            return moved(
                local,
                replace(interval, axis=axis),
                reference,
                lambda a: a.reshape(*a.shape[:2], *sizes[:axis], -1, *sizes[axis + 1 :]),
            )
    for axis in heads:
        for end in range(axis + 2, len(sizes) + 1):
            if math.prod(sizes[axis:end]) == interval.size:
                return _split(local, axis, sizes, end, reference)
    return replace(local, view=sizes)


def _split(local: Local, axis: int, sizes: tuple[int, ...], end: int, reference: Reference) -> Local:
    """The changed axis cut into `sizes[axis]` parts; a part is changed if any of its columns is."""
    interval = local.interval
    part = math.prod(sizes[axis + 1 : end])
    if interval.unit % part:
        raise NotLocalError("shifts blocks of positions by a fraction of a column")
    first = interval.starts // part
    parts = int((-(-(interval.starts + interval.width) // part) - first).max())
    wide = realigned(local, first * part, parts * part)
    interval = replace(interval, axis=axis, size=sizes[axis], starts=first, width=parts, unit=interval.unit // part)
    delta = wide.delta(ALL, 0, parts * part)
    delta = delta.reshape(*delta.shape[:2], *sizes[:axis], parts, *sizes[axis + 1 :])
    return from_delta(interval, reference, delta)


def reverse(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`rev`; along the changed axis, intervals are counted from its other end."""
    local = _unviewed(operands[0])
    interval, dimensions = local.interval, [2 + d for d in equation.params["dimensions"]]
    if 2 + interval.axis not in dimensions:
        return moved(local, interval, reference, lambda a: lax.rev(a, dimensions))
    width = interval.width
    turned = replace(interval, starts=interval.size - interval.starts - width, unit=-interval.unit)

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return lax.rev(local.value(rows, width - high, width - low), dimensions)

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return lax.rev(local.delta(rows, width - high, width - low), dimensions)

    return replace(local, interval=turned, reference=reference, value=value, delta=delta, table=None)


def cut(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`slice`, with any stride."""
    local = _unviewed(operands[0])
    axis = local.interval.axis
    begin = [int(b) for b in equation.params["start_indices"]]
    end = [int(e) for e in equation.params["limit_indices"]]
    strides = [int(s) for s in equation.params["strides"] or [1] * len(begin)]

    def others(array: Shaped[Array, "..."], lead: int) -> Shaped[Array, "..."]:
        for i in range(len(begin)):
            if i != axis:
                array = lax.slice_in_dim(array, begin[i], end[i], strides[i], lead + i)
        return array

    if strides[axis] != 1:
        between = Reference(array=others(local.reference.array, 0))
        narrowed = moved(local, local.interval, between, lambda a: others(a, 2))
        return strided_slice(narrowed, begin[axis], strides[axis], reference)
    interval = replace(local.interval, starts=local.interval.starts - begin[axis], size=end[axis] - begin[axis])
    return moved(local, interval, reference, lambda a: others(a, 2))


def pad(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`pad` with a constant, of either sign; between the columns of other axes too."""
    local, constant = operands
    if isinstance(constant, Local | Whole):
        raise NotLocalError("pads with a value that depends on the sequence")
    local = _numeric(_unviewed(local))
    config = [(int(low), int(high), int(between)) for low, high, between in equation.params["padding_config"]]
    axis = local.interval.axis
    low, high, interior = config[axis]
    if interior:
        raise NotLocalError("pads between the changed columns")
    interval = replace(local.interval, starts=local.interval.starts + low, size=local.interval.size + low + high)
    config[axis] = (0, 0, 0)

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        array = local.delta(rows, low, high)
        array = lax.pad(array, jnp.zeros((), array.dtype), [(0, 0, 0), (0, 0, 0), *config])
        return masked(array, interval, rows, low, high)

    return from_differences(interval, reference, delta)


def concatenate(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`concatenate` of changes side by side, or of one change and constants before and behind it."""
    changes = [_numeric(_unviewed(operand)) for operand in operands if isinstance(operand, Local)]
    if any(isinstance(operand, Whole) for operand in operands):
        raise NotLocalError("combines a local change with one that is everywhere")
    dimension, interval = equation.params["dimension"], changes[0].interval
    if dimension == interval.axis:
        if len(changes) > 1:
            raise NotLocalError("joins two changes end to end")
        before = operands[: next(i for i, operand in enumerate(operands) if isinstance(operand, Local))]
        shift = sum(operand.shape[dimension] for operand in before)
        interval = replace(interval, starts=interval.starts + shift, size=reference.array.shape[dimension])
        return from_differences(interval, reference, changes[0].delta)
    for other in (change.interval for change in changes):
        if (other.axis, other.size, other.unit) != (interval.axis, interval.size, interval.unit):
            raise NotLocalError("combines changes along different axes")
    starts = np.min([change.interval.starts for change in changes], axis=0)
    width = max(int((c.interval.starts + c.interval.width - starts).max()) for c in changes)
    operands = [realigned(o, starts, width) if isinstance(o, Local) else o for o in operands]

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        parts = [o.delta(rows, low, high) if isinstance(o, Local) else None for o in operands]
        lead = next(part.shape[:2] for part in parts if part is not None)

        def zeros(constant: Shaped[Array, "..."]) -> Shaped[Array, "rows three ..."]:
            shape = list(constant.shape)
            shape[interval.axis] = high - low
            return jnp.zeros((*lead, *shape), constant.dtype)

        whole = [zeros(o) if part is None else part for o, part in zip(operands, parts, strict=True)]
        return jnp.concatenate(whole, 2 + dimension)

    return from_differences(replace(interval, starts=starts, width=width), reference, delta)


def split(equation: Equation, operands: list[Any], references: list[Reference]) -> list[Local]:
    """`split` along another axis than the changed one."""
    local = _unviewed(operands[0])
    axis, sizes = equation.params["axis"], [int(s) for s in equation.params["sizes"]]
    if axis == local.interval.axis:
        raise NotLocalError("splits the changed axis")
    ends = np.cumsum(sizes)
    return [
        moved(
            local,
            local.interval,
            part,
            lambda a, end=end, size=size: a[(slice(None),) * (2 + axis) + (slice(end - size, end),)],
        )
        for part, end, size in zip(references, ends.tolist(), sizes, strict=True)
    ]


def along_others(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """Reductions, scans and sorting along other axes than the changed one: column by column."""
    local = _unviewed(operands[0])
    axis, params = local.interval.axis, equation.params
    if "axes" in params:
        removed = tuple(params["axes"])
    elif "axis" in params:
        removed = ()
        if params["axis"] == axis:
            raise NotLocalError("runs along the changed axis")
    else:
        removed = ()
        if params["dimension"] == axis or len(operands) > 1:
            raise NotLocalError("runs along the changed axis")
    interval = replace(local.interval, axis=axis - sum(a < axis for a in removed))
    apply = jax.vmap(jax.vmap(lambda array: equation.evaluate(array)[0]))
    if equation.primitive == "reduce_sum":
        return moved(local, interval, reference, apply)
    return from_values(interval, reference, lambda rows, low, high: apply(local.value(rows, low, high)))


def _unviewed(operand: Any) -> Local:
    if operand.view is not None:
        raise NotLocalError("acts on a reshaped value")
    return operand


def _numeric(operand: Local) -> Local:
    if not jnp.issubdtype(operand.reference.array.dtype, jnp.inexact):
        raise NotLocalError("acts on whole numbers")
    return operand
