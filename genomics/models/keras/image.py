"""Layers over images whose axis beside the sequence has length 1: their one-dimensional selves."""

from collections.abc import Callable
from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, fold, long_axis, require_rank, unfold

Build = Callable[[KerasLayer, tuple[Shape, ...]], Step]

_SIZES = ("kernel_size", "strides", "dilation_rate")


def along_the_sequence(build: Build) -> Build:
    """DepthwiseConv2D and SeparableConv2D on (L, 1, C) or (1, L, C), by the builder of the layer for (L, C).

    Args:
      build: of the layer in one dimension.

    Returns:
      A builder of the layer in two, which raises the layer's error where anything but the sequence's axis is not 1.
    """

    def image(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
        (shape,) = shapes
        require_rank(layer, shape, 3)
        axis = long_axis(shape)
        sizes = {name: fields.sizes(layer, name, 2, *(() if name == "kernel_size" else (1,))) for name in _SIZES}
        if shape[1 - axis] != 1 or sizes["kernel_size"][1 - axis] != 1 or sizes["strides"][1 - axis] != 1:
            raise layer.error(
                f"input {shape}, kernel_size {sizes['kernel_size']}, strides {sizes['strides']}: "
                "must be 1 along the axis that is not the sequence"
            )
        config = {**layer.config, **{name: [size[axis]] for name, size in sizes.items()}}
        weights = {
            role: array.reshape(array.shape[axis], *array.shape[2:])
            if array.ndim == 4 and array.shape[1 - axis] == 1
            else array
            for role, array in layer.weights.items()
        }
        step = build(replace(layer, config=config, weights=weights), ((shape[axis], shape[2]),))
        length, channels = step.shape
        out = (length, 1, channels) if axis == 0 else (1, length, channels)

        def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
            flat = jnp.reshape(unfold(arrays[0], shape), (shape[axis], shape[2]))
            return fold(jnp.reshape(step.function(p, (flat,)), out), out)

        return Step(function=function, shape=out, parameters=step.parameters)

    return image
