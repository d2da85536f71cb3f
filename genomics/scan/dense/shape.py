"""Primitives that move, cut, pad and regroup axes, and those that act along other axes than the shared one."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense.local import Local
from genomics.scan.dense.tracks import Columns, NotSharedError, Tracked
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation

#: Linear, so that differences take the same way as values.
_LINEAR = frozenset({"dot_general", "reduce_sum", "cumsum"})


def regroup(equation: Equation, operands: Sequence[Any]) -> Local:
    """`reshape`, `squeeze`, `expand_dims` and the like; a reshape may also merge the shared axis with others."""
    (value,) = operands
    new = equation.outputs[0].shape
    for axis, size in enumerate(new):
        if size == value.size and math.prod(new[:axis]) == math.prod(value.shape[: value.axis]):
            return _each_column(
                value, new, axis, lambda block, rest, batch: block.reshape(block.shape[0], *rest, *batch)
            )
    return _each_column(value, value.shape, value.axis, lambda block, rest, batch: block, view=new)


def transpose(equation: Equation, operands: Sequence[Any]) -> Local:
    """`transpose`."""
    value = _plain(operands[0])
    permutation = equation.params["permutation"]
    order = [axis - (axis > value.axis) for axis in permutation if axis != value.axis]

    def move(block: Shaped[Array, "..."], rest: tuple[int, ...], batch: tuple[int, ...]) -> Shaped[Array, "..."]:
        return block.transpose(0, *[1 + i for i in order], *range(len(value.shape), block.ndim))

    return _each_column(value, equation.outputs[0].shape, permutation.index(value.axis), move)


def broadcast(equation: Equation, operands: Sequence[Any]) -> Local:
    """`broadcast_in_dim`: new axes, or old ones of size 1 repeated."""
    value = _plain(operands[0])
    places, new = equation.params["broadcast_dimensions"], equation.outputs[0].shape
    axis = places[value.axis]
    if new[axis] != value.size:
        raise NotSharedError("repeats columns")

    def move(block: Shaped[Array, "..."], rest: tuple[int, ...], batch: tuple[int, ...]) -> Shaped[Array, "..."]:
        sizes = [1] * len(new)
        for place, size in zip(places, value.shape, strict=True):
            sizes[place] = size
        sizes = (*sizes[:axis], *sizes[axis + 1 :])
        return jnp.broadcast_to(block.reshape(block.shape[0], *sizes, *batch), (block.shape[0], *rest, *batch))

    return _each_column(value, new, axis, move)


def reverse(equation: Equation, operands: Sequence[Any]) -> Local:
    """`rev`: windows read backwards are a track read backwards."""
    value = _plain(operands[0])
    backwards = value.axis in equation.params["dimensions"]
    others = [1 + d - (d > value.axis) for d in equation.params["dimensions"] if d != value.axis]
    n = value.size

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        if not backwards:
            return jnp.flip(inputs[0].read(low, high), others)
        return jnp.flip(inputs[0].read(n - high, n - low), [0, *others])

    return Local(
        shape=value.shape,
        axis=value.axis,
        stride=-1 if backwards else 1,
        needs=(lambda j: (n - 1 - j, n - j)) if backwards else (lambda j: (j, j + 1)),
        columns=columns,
        uniform=(0, n),
        differences=lambda difference, low, high: columns([difference], low, high),
    )


def cut(equation: Equation, operands: Sequence[Any]) -> Local:
    """`slice`."""
    value, params = _plain(operands[0]), equation.params
    strides = params["strides"] or (1,) * len(value.shape)
    start, stride = params["start_indices"][value.axis], strides[value.axis]
    ranges = list(zip(params["start_indices"], params["limit_indices"], strides, strict=True))
    rest = tuple(slice(*r) for i, r in enumerate(ranges) if i != value.axis)

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        block = inputs[0].read(start + low * stride, start + (high - 1) * stride + 1)
        return block[(slice(None, None, stride), *rest)]

    return Local(
        shape=equation.outputs[0].shape,
        axis=value.axis,
        stride=stride,
        needs=lambda j: (start + j * stride, start + j * stride + 1),
        columns=columns,
        uniform=(0, equation.outputs[0].shape[value.axis]),
        differences=lambda difference, low, high: columns([difference], low, high),
    )


def pad(equation: Equation, operands: Sequence[Any]) -> Local:
    """`pad` with a constant, without holes between columns."""
    value, fill = _plain(operands[0]), operands[1]
    config = [(int(low), int(high), int(gap)) for low, high, gap in equation.params["padding_config"]]
    before, _, holes = config[value.axis]
    if isinstance(fill, Tracked) or holes or before < 0 or config[value.axis][1] < 0:
        raise NotSharedError("pads with what depends on the sequence, with holes, or by cutting")
    others = [entry for i, entry in enumerate(config) if i != value.axis]

    def filled(source: Columns, low: int, high: int, with_: Shaped[Array, ""]) -> Shaped[Array, "..."]:
        first = min(max(low - before, source.start), source.stop - 1)
        block = source.read(first, max(first + 1, min(high - before, source.stop)))
        left, right = first + before - low, high - before - first - block.shape[0]
        none = [(0, 0, 0)] * (block.ndim - len(value.shape))
        return lax.pad(block, with_.astype(block.dtype), [(left, right, 0), *others, *none])

    return Local(
        shape=equation.outputs[0].shape,
        axis=value.axis,
        stride=1,
        needs=lambda j: (j - before, j - before + 1),
        columns=lambda inputs, low, high: filled(inputs[0], low, high, fill),
        uniform=(0, equation.outputs[0].shape[value.axis]),
        differences=lambda difference, low, high: filled(difference, low, high, jnp.zeros_like(fill)),
    )


def concatenate(equation: Equation, operands: Sequence[Any]) -> Local:
    """`concatenate` of values that all depend on the sequence, along another axis."""
    first = operands[0]
    if not all(isinstance(o, Tracked) and o.view is None and o.axis == first.axis for o in operands):
        raise NotSharedError("joins columns with constants")
    dimension = equation.params["dimension"]
    if dimension == first.axis:
        raise NotSharedError("joins columns end to end")
    place = 1 + dimension - (dimension > first.axis)

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        blocks = [source.read(low, high) for source in inputs]
        batch = jnp.broadcast_shapes(*(block.shape[len(first.shape) :] for block in blocks))
        blocks = [jnp.broadcast_to(block, (*block.shape[: len(first.shape)], *batch)) for block in blocks]
        return jnp.concatenate(blocks, axis=place)

    n = first.size
    return Local(
        shape=equation.outputs[0].shape,
        axis=first.axis,
        stride=1,
        needs=lambda j: (j, j + 1),
        columns=columns,
        uniform=(0, n),
    )


def along_others(equation: Equation, operands: Sequence[Any]) -> Local:
    """Reductions, scans, sorts and products with weights along other axes: every column by itself."""
    live = [i for i, operand in enumerate(operands) if isinstance(operand, Tracked)]
    value, params = _plain(operands[live[0]]), equation.params
    new = equation.outputs[0].shape
    if len(live) > 1:
        raise NotSharedError("multiplies two values that depend on the sequence")
    if equation.primitive == "dot_general":
        (contracting, batched) = params["dimension_numbers"]
        if any(batched) or value.axis in contracting[live[0]]:
            raise NotSharedError("multiplies columns with each other")
        free = [i for i in range(len(value.shape)) if i not in contracting[live[0]]]
        before = operands[0].ndim - len(contracting[0]) if live[0] == 1 else 0
        axis = before + free.index(value.axis)
    elif "axes" in params:
        if value.axis in params["axes"]:
            raise NotSharedError("reduces the columns")
        axis = value.axis - sum(other < value.axis for other in params["axes"])
    else:
        if params.get("axis", params.get("dimension")) == value.axis:
            raise NotSharedError("goes from column to column")
        axis = value.axis

    def move(block: Shaped[Array, "..."], rest: tuple[int, ...], batch: tuple[int, ...]) -> Shaped[Array, "..."]:
        def evaluate(one: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
            arguments = list(operands)
            arguments[live[0]] = jnp.moveaxis(one, 0, value.axis)
            return jnp.moveaxis(equation.evaluate(*arguments)[0], axis, 0)

        for _ in batch:
            evaluate = jax.vmap(evaluate, in_axes=-1, out_axes=-1)
        return evaluate(block)

    linear = equation.primitive in _LINEAR and is_affine(equation)
    return _each_column(value, new, axis, move, linear=linear)


def _each_column(
    value: Tracked,
    shape: tuple[int, ...],
    axis: int,
    move: Callable[[Array, tuple[int, ...], tuple[int, ...]], Array],
    *,
    view: tuple[int, ...] | None = None,
    linear: bool = True,
) -> Local:
    """Every column by itself; `move` takes a block, the sizes of the output's other axes and of the batch's."""
    rest = (*shape[:axis], *shape[axis + 1 :])

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        block = inputs[0].read(low, high)
        return move(block, rest, block.shape[len(value.shape) :])

    return Local(
        shape=shape,
        axis=axis,
        stride=1,
        needs=lambda j: (j, j + 1),
        columns=columns,
        uniform=(0, shape[axis]),
        differences=(lambda difference, low, high: columns([difference], low, high)) if linear else None,
        view=view,
    )


def _plain(value: Tracked) -> Tracked:
    if value.view is not None:
        raise NotSharedError("takes merged axes apart")
    return value
