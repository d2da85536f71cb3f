"""Layers that move numbers and change none, and layers that do nothing at inference."""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.io.keras.record import shown
from genomics.models.keras.operation_shapes import repeated
from genomics.models.keras.step import (
    Parameters,
    Shape,
    Step,
    fold,
    folded,
    in_keras_order,
    long_axis,
    refold,
    require_rank,
    unfold,
)


def identity(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Dropout and the like, and Activation, whose function is applied as any layer's `activation`."""
    (shape,) = shapes
    return Step(function=lambda _, arrays: arrays[0], shape=shape)


def flatten(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Flatten, in C order of Keras's shape."""
    fields.choice(layer, "data_format", ("channels_last",), "channels_last")
    return _reshaped(shapes[0], (math.prod(shapes[0]),))


def reshape(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Reshape; one entry of `target_shape` may be -1."""
    (shape,) = shapes
    target = layer.config.get("target_shape")
    whole = isinstance(target, list) and all(type(n) is int and (n == -1 or n >= 1) for n in target)
    if not isinstance(target, list) or not whole or not 1 <= len(target) <= 5 or target.count(-1) > 1:
        raise layer.error(f"target_shape={shown(target)}: must be one to five whole numbers, at most one of them -1")
    known = math.prod(n for n in target if n != -1)
    out = tuple(math.prod(shape) // known if n == -1 else n for n in target)
    if math.prod(out) != math.prod(shape):
        raise layer.error(f"target_shape={target}: does not hold the {math.prod(shape)} numbers of an input {shape}")
    return _reshaped(shape, out)


def permute(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Permute; `dims` counts axes from 1."""
    (shape,) = shapes
    dims = layer.config.get("dims")
    if not isinstance(dims, list) or sorted(map(str, dims)) != sorted(str(i + 1) for i in range(len(shape))):
        raise layer.error(f"dims={shown(dims)}: must hold each of 1 to {len(shape)} once")
    order = tuple(int(axis) - 1 for axis in dims)
    out = tuple(shape[axis] for axis in order)

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        return fold(jnp.transpose(unfold(arrays[0], shape), order), out)

    return Step(function=function, shape=out)


def repeat_vector(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """RepeatVector: a vector (C,) as `n` positions (n, C)."""
    (shape,) = shapes
    require_rank(layer, shape, 1)
    out = (fields.whole(layer, "n"), shape[0])
    return Step(function=lambda _, arrays: jnp.broadcast_to(arrays[0], out), shape=out)


def up_sampling(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """UpSampling1D: every position `size` times in a row."""
    (shape,) = shapes
    require_rank(layer, shape, 2)
    (size,) = fields.sizes(layer, "size", 1, 2)
    return Step(function=lambda _, arrays: repeated(arrays[0], size, 0), shape=(shape[0] * size, shape[1]))


def up_sampling_2d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """UpSampling2D: every position `size` times in a row, along both axes."""
    (shape,) = shapes
    require_rank(layer, shape, 3)
    fields.choice(layer, "data_format", ("channels_last",), "channels_last")
    fields.choice(layer, "interpolation", ("nearest",), "nearest")
    size = fields.sizes(layer, "size", 2, 2)
    out = (shape[0] * size[0], shape[1] * size[1], shape[2])

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = unfold(arrays[0], shape)
        for axis, times in enumerate(size):
            x = repeated(x, times, axis) if times > 1 else x
        return fold(x, out)

    return Step(function=function, shape=out)


def zero_padding(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """ZeroPadding1D and ZeroPadding2D."""
    shape, margins = _margins(layer, shapes, "padding")
    out = tuple(n + before + after for n, (before, after) in zip(shape, margins, strict=True))

    axis = _one_moved_axis(shape, margins)

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        zero = jnp.zeros((), arrays[0].dtype)
        if axis is not None:
            return refold(jax.lax.pad(arrays[0], zero, [(*margins[axis], 0), (0, 0, 0)]), out, axis)
        return fold(jax.lax.pad(unfold(arrays[0], shape), zero, [(*margin, 0) for margin in margins]), out)

    return Step(function=function, shape=out)


def cropping(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Cropping1D and Cropping2D."""
    shape, margins = _margins(layer, shapes, "cropping")
    out = tuple(n - before - after for n, (before, after) in zip(shape, margins, strict=True))
    if min(out) < 1:
        raise layer.error(f"cropping={layer.config['cropping']}: nothing is left of an input {shape}")
    axis = _one_moved_axis(shape, margins)
    starts = [before for before, _ in margins]
    ends = [before + n for before, n in zip(starts, out, strict=True)]

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        if axis is not None:
            return refold(jax.lax.slice_in_dim(arrays[0], starts[axis], ends[axis]), out, axis)
        return fold(jax.lax.slice(unfold(arrays[0], shape), starts, ends), out)

    return Step(function=function, shape=out)


def _reshaped(shape: Shape, out: Shape) -> Step:
    direct = in_keras_order(shape) and in_keras_order(out)

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        if direct:
            return jnp.reshape(arrays[0], folded(out))
        return fold(jnp.reshape(unfold(arrays[0], shape), out), out)

    return Step(function=function, shape=out)


def _one_moved_axis(shape: Shape, margins: tuple[tuple[int, int], ...]) -> int | None:
    """The sequence's axis, where it alone changes: then the array held is padded or cropped as it is."""
    axis = 0 if len(shape) == 2 else long_axis(shape)
    return axis if all(margin == (0, 0) for i, margin in enumerate(margins) if i != axis) else None


def _margins(layer: KerasLayer, shapes: tuple[Shape, ...], key: str) -> tuple[Shape, tuple[tuple[int, int], ...]]:
    """The input's shape and (before, after) for each of its axes, the channels' (0, 0)."""
    (shape,) = shapes
    rank = 1 if layer.class_name.endswith("1D") else 2
    require_rank(layer, shape, rank + 1)
    fields.choice(layer, "data_format", ("channels_last",), "channels_last")
    return shape, (*fields.margins(layer, key, rank), (0, 0))
