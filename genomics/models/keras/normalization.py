"""Normalisation at inference."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.attention import unit
from genomics.models.keras.step import Parameters, Shape, Step, fold, per_position, require_rank, unfold, weight


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
    """LayerNormalization: `y = (x - mean) / sqrt(variance + epsilon) gamma + beta`, moments over `axis`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    if fields.flag(layer, "rms_scaling", False):
        raise layer.error("rms_scaling=True is not read")
    axes = _axes(layer, shape)
    epsilon = fields.number(layer, "epsilon", 1e-3)
    parameters = _affine(layer, shape, axes)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = unfold(arrays[0], shape)
        return fold(_scaled(p, _standardised(x, axes, epsilon)), shape)

    return Step(function=function, shape=shape, parameters=parameters)


def group_normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """GroupNormalization: as LayerNormalization, moments over all positions and the channels of a group."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    if _axes(layer, shape) != (len(shape) - 1,):
        raise layer.error(f"axis={layer.config['axis']}: must be the last axis, the channels")
    channels = shape[-1]
    groups = layer.config.get("groups", 32)
    groups = channels if groups == -1 else fields.whole(layer, "groups", 32)
    if channels % groups:
        raise layer.error(f"groups={groups}: must divide the {channels} channels")
    epsilon = fields.number(layer, "epsilon", 1e-3)
    parted = (*shape[:-1], groups, channels // groups)
    axes = (*range(len(shape) - 1), len(shape))

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = jnp.reshape(unfold(arrays[0], shape), parted)
        return fold(_scaled(p, jnp.reshape(_standardised(x, axes, epsilon), shape)), shape)

    return Step(function=function, shape=shape, parameters=_affine(layer, shape, (len(shape) - 1,)))


def rms_normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """RMSNormalization: `y = x / sqrt(mean x^2 + epsilon) scale`, the mean over `axis`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    axes = _axes(layer, shape)
    epsilon = fields.number(layer, "epsilon", 1e-6)
    along = tuple(shape[axis] for axis in axes)
    scale = weight(layer, "scale", along).reshape([n if i in axes else 1 for i, n in enumerate(shape)])

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = unfold(arrays[0], shape)
        inverse = jax.lax.rsqrt(jnp.mean(jnp.square(x), axis=axes, keepdims=True) + epsilon)
        return fold(x * inverse * p["scale"], shape)

    return Step(function=function, shape=shape, parameters={"scale": scale})


def unit_normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """UnitNormalization: x over its Euclidean length along `axis`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    axes = _axes(layer, shape)
    return Step(function=lambda _, arrays: fold(unit(unfold(arrays[0], shape), axes), shape), shape=shape)


def rescaling(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Rescaling: `y = x scale + offset`, numbers or one a channel."""
    (shape,) = shapes
    scale, offset = (_numbers(layer, key, default, shape) for key, default in (("scale", 1.0), ("offset", 0.0)))

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = unfold(arrays[0], shape)
        return fold(x * jnp.asarray(scale, x.dtype) + jnp.asarray(offset, x.dtype), shape)

    return Step(function=function, shape=shape)


def normalization(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Normalization: `y = (x - mean) / sqrt(variance)`, the moments those of the data it was adapted to, or stated."""
    (shape,) = shapes
    axes = () if layer.config.get("axis", -1) in (None, []) else _axes(layer, shape)
    along = tuple(shape[axis] for axis in axes)
    if layer.config.get("mean") is None:
        moments = [weight(layer, role, along) for role in ("mean", "variance")]
    else:
        moments = [_numbers(layer, role, 0.0, along or (1,)) for role in ("mean", "variance")]
    if not (moments[1] >= 0).all():
        raise layer.error(f"variance reaches {moments[1].min()}; it must be a number that is not negative")
    spread = [n if i in axes else 1 for i, n in enumerate(shape)]
    mean, variance = (np.broadcast_to(each, along).reshape(spread) for each in moments)
    deviation = np.maximum(np.sqrt(variance), np.float32(1e-7))
    invert = fields.flag(layer, "invert", False)
    scale, shift = (deviation, mean) if invert else (1 / deviation, -mean / deviation)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return fold(unfold(arrays[0], shape) * p["scale"] + p["shift"], shape)

    return Step(function=function, shape=shape, parameters={"scale": scale, "shift": shift})


def masking(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Masking: positions that hold `mask_value` alone become zeros. What it tells later layers: see `load`."""
    (shape,) = shapes
    value = fields.number(layer, "mask_value", 0.0)

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        x = unfold(arrays[0], shape)
        return fold(x * jnp.any(x != value, axis=-1, keepdims=True).astype(x.dtype), shape)

    # Of zeros it makes zeros.
    return Step(function=function if value else lambda _, arrays: arrays[0], shape=shape)


def _axes(layer: KerasLayer, shape: Shape) -> tuple[int, ...]:
    value = layer.config.get("axis", -1)
    listed = value if isinstance(value, list) and value else [value]
    axes = tuple(fields.single_axis(replace(layer, config={"axis": axis}), len(shape)) for axis in listed)
    if list(axes) != sorted(set(axes)):
        raise layer.error(f"axis={value}: must be axes in rising order")
    return axes


def _affine(layer: KerasLayer, shape: Shape, axes: tuple[int, ...]) -> dict[str, np.ndarray]:
    along = tuple(shape[axis] for axis in axes)
    spread = [n if i in axes else 1 for i, n in enumerate(shape)]
    return {role: weight(layer, role, along).reshape(spread) for role in ("gamma", "beta") if role in layer.weights}


def _standardised(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    centred = x - jnp.mean(x, axis=axes, keepdims=True)
    return centred * jax.lax.rsqrt(jnp.mean(jnp.square(centred), axis=axes, keepdims=True) + epsilon)


def _scaled(p: Parameters, y: Array) -> Array:
    y = y * p["gamma"] if "gamma" in p else y
    return y + p["beta"] if "beta" in p else y


def _numbers(layer: KerasLayer, key: str, default: float, shape: Shape) -> np.ndarray:
    value = layer.config.get(key, default)
    if isinstance(value, list):
        found = np.array([fields.number(replace(layer, config={key: each}), key) for each in value], np.float32)
        if found.shape != shape[-1:]:
            raise layer.error(f"{key}: has {len(found)} numbers for {shape[-1]} channels")
        return found
    return np.asarray(fields.number(layer, key, default), np.float32)
