"""Normalisation at inference."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, per_position, require_rank, split, weight


def batch_normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """BatchNormalization: `y = x scale + shift`, scale = gamma / sqrt(var + epsilon), shift = beta - mean scale."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    if fields.flag(layer, "renorm", False):
        raise layer.error("renorm=True: batch renormalisation is not read")
    axis = fields.single_axis(layer, len(shape))
    size = (shape[axis],)
    variance = weight(layer, "moving_variance", size).astype(np.float64) + fields.number(layer, "epsilon", 1e-3)
    if (variance <= 0).any():
        raise layer.error(f"moving_variance + epsilon reaches {variance.min()}; it must be positive")
    scale = 1 / np.sqrt(variance)
    if "gamma" in layer.weights:
        scale = scale * weight(layer, "gamma", size)
    shift = -weight(layer, "moving_mean", size) * scale
    if "beta" in layer.weights:
        shift = shift + weight(layer, "beta", size)
    along = [shape[i] if i == axis else 1 for i in range(len(shape))]
    parameters = {
        "scale": per_position(scale.astype(np.float32).reshape(along), shape),
        "shift": per_position(shift.astype(np.float32).reshape(along), shape),
    }

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return arrays[0] * p["scale"] + p["shift"]

    return Step(function=function, shape=shape, parameters=parameters)


def layer_normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """LayerNormalization over the channels: `y = (x - mean) / sqrt(variance + epsilon) gamma + beta`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    if fields.flag(layer, "rms_scaling", False):
        raise layer.error("rms_scaling=True is not read")
    if fields.single_axis(layer, len(shape)) != len(shape) - 1:
        raise layer.error(f"axis={layer.config['axis']}: must be the last axis, the channels")
    epsilon = fields.number(layer, "epsilon", 1e-3)
    parameters = {role: weight(layer, role, shape[-1:]) for role in ("gamma", "beta") if role in layer.weights}

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        (held,) = arrays
        x = jnp.reshape(held, split(shape)) if len(shape) == 3 else held
        centred = x - jnp.mean(x, axis=-1, keepdims=True)
        y = centred * jax.lax.rsqrt(jnp.mean(jnp.square(centred), axis=-1, keepdims=True) + epsilon)
        y = y * p["gamma"] if "gamma" in p else y
        y = y + p["beta"] if "beta" in p else y
        return jnp.reshape(y, held.shape)

    return Step(function=function, shape=shape, parameters=parameters)
