"""Elementwise primitives on columns, and on whole windows."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from genomics.scan.dense.described import uniform
from genomics.scan.dense.shared import Shared
from genomics.scan.dense.tracked import Columns, NotSharedError, PerWindow, Tracked
from genomics.tracing.columns.table import record
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation


def elementwise(equation: Equation, operands: Sequence[Any]) -> list[Shared]:
    """Column j of the output from the columns j of the operands."""
    live = [i for i, operand in enumerate(operands) if isinstance(operand, Tracked)]
    value = operands[live[0]]
    shape = value.shape if value.view is not None else equation.outputs[0].shape
    for i in live:
        other = operands[i]
        same = other.shape == value.shape and other.view == value.view
        if not same and (other.view is not None or value.view is not None or other.size != value.size):
            raise NotSharedError("joins values whose columns do not match")
        if other.axis != value.axis or len(other.shape) != len(shape):
            raise NotSharedError("joins values whose columns lie on different axes")
    constants = {i: _stored(operand, value) for i, operand in enumerate(operands) if i not in live}

    def combined(blocks: dict[int, Array], low: int, high: int) -> Shaped[Array, "..."]:
        batch = max(block.ndim for block in blocks.values()) - len(value.shape)
        return _evaluate(equation, blocks, {i: _part(c, value, low, high, batch) for i, c in constants.items()})

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        return combined(dict(zip(live, (columns.read(low, high) for columns in inputs), strict=True)), low, high)

    def differences(difference: Columns, low: int, high: int) -> Shaped[Array, "..."]:
        block = difference.read(low, high)
        if not record(equation.primitive).sums:
            return combined({live[0]: block}, low, high)
        return -block if equation.primitive == "sub" and live[0] == 1 else block

    bounds = [_uniform(constant, value) for constant in constants.values()]
    shared = Shared(
        shape=shape,
        axis=value.axis,
        stride=1,
        needs=lambda j: (j, j + 1),
        columns=columns,
        uniform=(max((low for low, _ in bounds), default=0), min((high for _, high in bounds), default=value.size)),
        differences=differences if _is_scaling(equation, live) else None,
        view=value.view,
    )
    return [shared]


def elementwise_whole(equation: Equation, operands: Sequence[Any]) -> PerWindow | None:
    """The same on whole windows; None where shapes differ by more than constant axes of size 1."""
    values = {i: operand.array for i, operand in enumerate(operands) if isinstance(operand, PerWindow)}
    shape = equation.outputs[0].shape
    batches = {array.shape[len(shape) :] for array in values.values()}
    if len(batches) > 1 or any(array.shape[: len(shape)] != shape for array in values.values()):
        return None
    ones = (1,) * len(batches.pop())
    constants = {
        i: operand if operand.ndim == 0 else operand.reshape(*operand.shape, *ones)
        for i, operand in enumerate(operands)
        if i not in values
    }
    return PerWindow(array=_evaluate(equation, values, constants))


def _evaluate(equation: Equation, values: dict[int, Array], constants: dict[int, Array]) -> Shaped[Array, "..."]:
    """Scalars stay scalars: the bounds of `clamp` and the predicate of `select_n` may be nothing else."""
    arrays = {**values, **constants}
    shape = np.broadcast_shapes(*(array.shape for array in arrays.values()))
    ordered = [arrays[i] for i in range(len(arrays))]
    return equation.evaluate(*[array if array.ndim == 0 else jnp.broadcast_to(array, shape) for array in ordered])[0]


def _is_scaling(equation: Equation, live: list[int]) -> bool:
    """Whether differences are added to, or scaled: affine in one operand, with numbers that are no choice."""
    if len(live) != 1:
        return False
    numbers = (equation.operands[live[0]], equation.outputs[0])
    floats = all(jnp.issubdtype(number.dtype, jnp.floating) for number in numbers)
    return floats and is_affine(equation) and equation.primitive != "select_n"


def _stored(constant: Shaped[Array, "..."], value: Tracked) -> Shaped[Array, "..."]:
    """A constant in the axes in which `value` is stored."""
    if constant.ndim == 0 or value.view is None:
        return constant
    if constant.size == 1:
        return constant.reshape(())
    if constant.shape != value.view:
        raise NotSharedError("broadcasts a constant over merged axes")
    return constant.reshape(value.shape)


def _part(constant: Shaped[Array, "..."], value: Tracked, low: int, high: int, batch: int) -> Shaped[Array, "..."]:
    """The columns of a constant, shaped to be combined with a block that has `batch` batch axes."""
    if constant.ndim == 0:
        return constant
    if constant.shape[value.axis] > 1:
        constant = jax.lax.slice_in_dim(constant, low, high, axis=value.axis)
    return jnp.moveaxis(constant, value.axis, 0).reshape(
        *(constant.shape[value.axis], *constant.shape[: value.axis], *constant.shape[value.axis + 1 :]), *(1,) * batch
    )


def _uniform(constant: Shaped[Array, "..."], value: Tracked) -> tuple[int, int]:
    """The columns around the middle one along which a constant does not change."""
    if constant.ndim == 0 or constant.shape[value.axis] == 1:
        return 0, value.size
    return uniform(constant, value.axis)
