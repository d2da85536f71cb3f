"""Primitives that move, cut, pad and regroup axes: the columns go along."""

import math
from collections.abc import Sequence
from dataclasses import replace

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.tracing.columns.record import Along, NotColumnsError, Record, Window, by_itself, resized, single
from genomics.tracing.program import Equation, Variable

_Blocks = Sequence[Shaped[Array, "..."]]


def transpose(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`transpose`."""
    _, axis = single(equation, axes)
    order = tuple(equation.params["permutation"])

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        return lax.transpose(operands[0], (*order, *range(len(order), len(order) + batch)))

    return (by_itself(equation, axes, order.index(axis), block, linear=True),)


def broadcast(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`broadcast_in_dim`: new axes, and repetition along the others."""
    _, axis = single(equation, axes)
    places, shape = equation.params["broadcast_dimensions"], equation.outputs[0].shape
    new = places[axis]
    if shape[new] != equation.operands[0].shape[axis]:
        raise NotColumnsError("repeats columns")

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        (array,) = operands
        behind = range(len(shape), len(shape) + batch)
        sizes = (*resized(shape, new, array.shape[axis]), *array.shape[array.ndim - batch :])
        return lax.broadcast_in_dim(array, sizes, (*places, *behind))

    return (by_itself(equation, axes, new, block, linear=True),)


def reshape(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`reshape`, `squeeze`, `expand_dims`: an axis of the same size stands after as many elements as before."""
    _, axis = single(equation, axes)
    before, after = equation.operands[0].shape, equation.outputs[0].shape
    if equation.params.get("dimensions") is not None and equation.primitive == "reshape":
        raise NotColumnsError("reorders axes")
    new = kept_axis(before, axis, after)
    if new is None:
        raise NotColumnsError("takes columns apart, or merges them with other axes")

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        (array,) = operands
        return array.reshape(*resized(after, new, array.shape[axis]), *array.shape[array.ndim - batch :])

    return (by_itself(equation, axes, new, block, linear=True),)


def kept_axis(before: tuple[int, ...], axis: int, after: tuple[int, ...]) -> int | None:
    """The axis that a reshape makes of `axis`; None where it is merged or taken apart."""
    leading = math.prod(before[:axis])
    found = (a for a, size in enumerate(after) if size == before[axis] and math.prod(after[:a]) == leading)
    return next(found, None)


def reverse(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`rev`: columns may be read backwards."""
    _, axis = single(equation, axes)
    dimensions = tuple(equation.params["dimensions"])

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        return lax.rev(operands[0], dimensions)

    flips = axis in dimensions
    return (replace(by_itself(equation, axes, axis, block, linear=True), flips=flips),)


def cut(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`slice`, with any stride."""
    _, axis = single(equation, axes)
    params, shape = equation.params, equation.operands[0].shape
    strides = tuple(int(s) for s in params["strides"] or (1,) * len(shape))
    start, limit = tuple(map(int, params["start_indices"])), tuple(map(int, params["limit_indices"]))

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        (array,) = operands
        lows, highs = resized(start, axis, 0), resized(limit, axis, array.shape[axis])
        return lax.slice(
            array, (*lows, *(0,) * batch), (*highs, *array.shape[array.ndim - batch :]), (*strides, *(1,) * batch)
        )

    window = Window(stride=strides[axis], low=-start[axis])
    return (replace(by_itself(equation, axes, axis, block, linear=True), window=window),)


def pad(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`pad` with a constant, of either sign, with holes or without."""
    if axes[0] is None or axes[1] is not None:
        raise NotColumnsError("pads with a value that depends on the sequence")
    axis = axes[0]
    config = [(int(low), int(high), int(holes)) for low, high, holes in equation.params["padding_config"]]
    low, _, holes = config[axis]
    config[axis] = (0, 0, 0)

    def padded(array: Shaped[Array, "..."], fill: Shaped[Array, ""], batch: int) -> Shaped[Array, "..."]:
        return lax.pad(array, fill.astype(array.dtype), [*config, *[(0, 0, 0)] * batch])

    fill = equation.operands[1]
    assert not isinstance(fill, Variable)
    return (
        Along(
            axis=axis,
            size=equation.outputs[0].shape[axis],
            block=lambda operands, batch=0: padded(operands[0], fill, batch),
            differences=lambda operands, batch=0: padded(operands[0], jnp.zeros((), operands[0].dtype), batch),
            aligned=axes,
            window=Window(low=low, base=holes + 1),
            fill=fill,
        ),
    )


def concatenate(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`concatenate` along another axis; constants run along."""
    (axis, *others) = {axis for axis in axes if axis is not None}
    dimension = equation.params["dimension"]
    if others:
        raise NotColumnsError("combines values whose columns lie on different axes")
    if dimension == axis:
        raise NotColumnsError("joins columns end to end")

    def block(operands: _Blocks, batch: int = 0) -> Shaped[Array, "..."]:
        sizes = jnp.broadcast_shapes(
            *(o.shape[o.ndim - batch :] for o, live in zip(operands, equation.live, strict=True) if live)
        )
        shaped = [
            o if live else o.reshape(*o.shape, *(1,) * batch) for o, live in zip(operands, equation.live, strict=True)
        ]
        return lax.concatenate([jnp.broadcast_to(o, (*o.shape[: o.ndim - batch], *sizes)) for o in shaped], dimension)

    found = by_itself(equation, axes, axis, block, linear=all(equation.live))
    return (replace(found, aligned=(axis,) * len(axes)),)


def split(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`split` along another axis."""
    _, axis = single(equation, axes)
    dimension, sizes = equation.params["axis"], [int(size) for size in equation.params["sizes"]]
    if dimension == axis:
        raise NotColumnsError("splits the columns")

    def part(first: int, size: int, output: int) -> Along:
        return by_itself(
            equation,
            axes,
            axis,
            lambda operands, batch=0: lax.slice_in_dim(operands[0], first, first + size, axis=dimension),
            output=output,
            linear=True,
        )

    return tuple(part(sum(sizes[:i]), size, i) for i, size in enumerate(sizes))


RECORDS: dict[str, Record] = {
    **{name: Record(along=reshape, affine=None, rearranges=True) for name in ("expand_dims", "reshape", "squeeze")},
    "rev": Record(along=reverse, affine=None, rearranges=True),
    "transpose": Record(along=transpose, affine=None, rearranges=True),
    "broadcast_in_dim": Record(along=broadcast, affine=None),
    "concatenate": Record(along=concatenate, affine=None),
    "pad": Record(along=pad, affine=frozenset({0, 1})),
    "slice": Record(along=cut, affine=None),
    "split": Record(along=split, affine=None),
    # Affine, wherever they take their elements from.
    **{name: Record(affine=None) for name in ("device_put", "optimization_barrier", "sharding_constraint")},
    **{name: Record(affine=None) for name in ("stack", "tile", "unstack")},
    "dynamic_slice": Record(affine=frozenset({0})),
    "dynamic_update_slice": Record(affine=frozenset({0, 1})),
    "gather": Record(affine=frozenset({0})),
    "scatter": Record(affine=frozenset({0, 2})),
    "scatter-add": Record(affine=frozenset({0, 2}), sums=True),
}
