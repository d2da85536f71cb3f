"""Any primitive on tracks, by what its record says of it (`genomics.tracing.columns`)."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.core import Tracer
from jaxtyping import Array, Shaped

from genomics.scan.dense.shared import Shared
from genomics.scan.dense.tracked import Columns, NotSharedError, Tracked
from genomics.tracing.columns.record import Along, NotColumnsError
from genomics.tracing.columns.table import outputs_along
from genomics.tracing.program import Equation


def along(equation: Equation, operands: Sequence[Any]) -> tuple[Along, ...]:
    """What the record says of the outputs.

    Raises:
      NotSharedError: they do not run along the sequence.
    """
    if any(isinstance(operand, Tracked) and operand.view is not None for operand in operands):
        raise NotSharedError("takes merged axes apart")
    axes = tuple(operand.axis if isinstance(operand, Tracked) else None for operand in operands)
    try:
        found = outputs_along(equation, axes)
    except NotColumnsError as error:
        raise NotSharedError(str(error)) from None
    for each in found:
        if each.window.base != 1:
            raise NotSharedError("has holes between columns")
        if each.window.low < 0 and each.fill is not None and each.window.by_itself:
            raise NotSharedError("pads by cutting")
        if not each.size:
            raise NotSharedError("has no columns")
    return found


def described(equation: Equation, operands: Sequence[Any]) -> list[Shared]:
    """Each output as the record's own block gives it."""
    return [_shared(equation, operands, each, i) for i, each in enumerate(along(equation, operands))]


def _shared(equation: Equation, operands: Sequence[Any], along: Along, output: int) -> Shared:
    live = [i for i, operand in enumerate(operands) if isinstance(operand, Tracked)]
    value, window = operands[live[0]], along.window
    if any(operands[i].size != value.size for i in live):
        raise NotSharedError("joins values whose columns do not match")
    n = value.size

    def needs(j: int) -> tuple[int, int]:
        return (n - 1 - j, n - j) if along.flips else window.needs(j)

    def evaluated(inputs: Sequence[Columns], low: int, high: int, linear: bool) -> Shaped[Array, "..."]:
        first, last = (n - high, n - low) if along.flips else (needs(low)[0], needs(high - 1)[1])
        fill = jnp.zeros(()) if linear else along.fill
        blocks = dict(zip(live, (_filled(source, first, last, fill) for source in inputs), strict=True))
        ndims = [blocks[i].ndim - len(operands[i].shape) for i in live]
        batch = max(ndims)
        if len(live) > 1:
            sizes = jnp.broadcast_shapes(*(blocks[i].shape[len(operands[i].shape) :] for i in live))
            blocks = {i: jnp.broadcast_to(b, (*b.shape[: len(operands[i].shape)], *sizes)) for i, b in blocks.items()}
        arguments = []
        for i, (operand, axis) in enumerate(zip(operands, along.aligned, strict=True)):
            if i in blocks:
                arguments.append(jnp.moveaxis(blocks[i], 0, operand.axis))
            else:
                arguments.append(operand if axis is None else lax.slice_in_dim(operand, low, high, axis=axis))
        block = along.differences if linear else along.block
        assert block is not None
        return jnp.moveaxis(block(arguments, batch), along.axis, 0)

    alike = [
        uniform(operand, axis)
        for operand, axis in zip(operands, along.aligned, strict=True)
        if axis is not None and not isinstance(operand, Tracked)
    ]
    return Shared(
        shape=equation.outputs[output].shape,
        axis=along.axis,
        stride=-1 if along.flips else window.stride,
        needs=needs,
        columns=lambda inputs, low, high: evaluated(inputs, low, high, False),
        uniform=(max((a for a, _ in alike), default=0), min((b for _, b in alike), default=along.size)),
        differences=(lambda d, low, high: evaluated([d], low, high, True)) if along.differences else None,
    )


def viewed(equation: Equation, operands: Sequence[Any]) -> list[Shared]:
    """A reshape that merges the shared axis with others: the value stays as it is stored."""
    (value,) = operands
    columns = lambda inputs, low, high: inputs[0].read(low, high)  # noqa: E731
    return [
        Shared(
            shape=value.shape,
            axis=value.axis,
            stride=1,
            needs=lambda j: (j, j + 1),
            columns=columns,
            uniform=(0, value.size),
            differences=lambda difference, low, high: columns([difference], low, high),
            view=equation.outputs[0].shape,
        )
    ]


def _filled(
    source: Columns, first: int, last: int, fill: Shaped[Array | np.ndarray, ""] | None
) -> Shaped[Array, "..."]:
    """The columns [first, last), those that do not exist filled."""
    begin = min(max(first, source.start), source.stop - 1)
    block = source.read(begin, max(begin + 1, min(last, source.stop)))
    if block.shape[0] == last - first and begin == first:
        return block
    pads = [(begin - first, last - begin - block.shape[0], 0)] + [(0, 0, 0)] * (block.ndim - 1)
    filling = jnp.zeros((), block.dtype) if fill is None else jnp.asarray(fill).astype(block.dtype)
    return lax.pad(block, filling, pads)


def uniform(constant: Shaped[Array, "..."], axis: int) -> tuple[int, int]:
    """The columns around the middle one along which a constant does not change."""
    size = constant.shape[axis]
    if isinstance(constant, Tracer):
        return 0, 0
    columns = np.moveaxis(np.asarray(constant), axis, 0).reshape(size, -1)
    middle = size // 2
    here = columns[middle]
    different = (columns != here) & ~((columns != columns) & (here != here))  # NaN counts as equal to NaN
    other = np.flatnonzero(different.any(1))
    return int(max(other[other < middle], default=-1)) + 1, int(min(other[other > middle], default=size))
