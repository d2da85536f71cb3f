"""Nonlinearities: as a field of a layer (`activation="relu"`), and as layers of their own."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.io.keras.record import shown
from genomics.models.keras.step import Parameters, Shape, Step, per_position, require_rank, split, weight

#: (array held, Keras's shape) -> array.
Activation = Callable[[Array, Shape], Array]

#: Elementwise functions under the names that Keras 2 and 3 write.
_ELEMENTWISE: dict[str, Callable[[Array], Array]] = {
    "relu": jax.nn.relu,
    "relu6": jax.nn.relu6,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "exponential": jnp.exp,
    "elu": jax.nn.elu,
    "celu": jax.nn.celu,
    "selu": jax.nn.selu,
    "softplus": jax.nn.softplus,
    "softsign": jax.nn.soft_sign,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "silu": jax.nn.silu,
    "swish": jax.nn.silu,
    "mish": jax.nn.mish,
    "hard_silu": jax.nn.hard_silu,
    "hard_swish": jax.nn.hard_silu,
    "log_sigmoid": jax.nn.log_sigmoid,
    "leaky_relu": partial(jax.nn.leaky_relu, negative_slope=0.2),
}


def fused(layer: KerasLayer) -> tuple[str, Activation | None]:
    """The activation that a layer applies to its result: its name and function, None for `linear`.

    Raises:
      InputError: it is a custom function, which is code, or not understood.
    """
    value = layer.config.get("activation")
    value = "linear" if value is None else value
    if isinstance(value, dict):
        kind, config, module = value.get("class_name"), value.get("config"), value.get("module")
        keras_own = module is None or (isinstance(module, str) and module.split(".")[0] == "keras")
        if keras_own and isinstance(kind, str) and kind in LAYERS and isinstance(config, dict):
            inner = replace(layer, class_name=f"{layer.class_name}, activation {kind}", config=config)
            over_channels = kind == "Softmax" and config.get("axis", -1) in (-1, [-1])
            return "softmax" if over_channels else kind, LAYERS[kind](inner)
        if not keras_own or kind != "function":
            named = config if kind == "function" else kind
            raise layer.error(
                f"activation {shown(named)} of {shown(module)} is code that is not in the file, or unknown"
            )
        value = config
    if value == "linear":
        return "linear", None
    if value == "hard_sigmoid":
        return value, _elementwise(_hard_sigmoid_2 if layer.generation == 2 else jax.nn.hard_sigmoid)
    if value in ("softmax", "log_softmax"):
        return value, partial(_along_channels, jax.nn.softmax if value == "softmax" else jax.nn.log_softmax)
    if not isinstance(value, str) or value not in _ELEMENTWISE:
        known = ", ".join(("linear", "softmax", "log_softmax", "hard_sigmoid", *_ELEMENTWISE))
        raise layer.error(f"activation {shown(value)} is not understood; those understood are {known}")
    return value, _elementwise(_ELEMENTWISE[value])


def activation_layer(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """ReLU, LeakyReLU, ELU, Softmax, ThresholdedReLU."""
    (shape,) = shapes
    function = LAYERS[layer.class_name](layer)
    return Step(function=lambda _, arrays: function(arrays[0], shape), shape=shape)


def prelu(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """PReLU: `relu(x) - alpha relu(-x)`, an alpha for each position and channel but along `shared_axes`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    shared = layer.config.get("shared_axes") or []
    shared = shared if isinstance(shared, list) else [shared]
    if not all(axis in range(1, len(shape) + 1) for axis in shared):
        raise layer.error(f"shared_axes={shown(shared)}: must be axes from 1 to {len(shape)}")
    expected = tuple(1 if i + 1 in shared else n for i, n in enumerate(shape))
    alpha = per_position(weight(layer, "alpha", expected), shape)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return jax.nn.relu(arrays[0]) - p["alpha"] * jax.nn.relu(-arrays[0])

    return Step(function=function, shape=shape, parameters={"alpha": alpha})


def _elementwise(function: Callable[[Array], Array]) -> Activation:
    return lambda x, _: function(x)


def _along_channels(function: Callable[..., Array], x: Array, shape: Shape) -> Array:
    """A function of Keras's last axis, which shares the array's last axis with the folded one in rank 3."""
    parted = jnp.reshape(x, split(shape)) if len(shape) == 3 else x
    return jnp.reshape(function(parted, axis=-1), x.shape)


def _hard_sigmoid_2(x: Array) -> Array:
    """Keras 2's; Keras 3's is relu6(x + 3) / 6."""
    return jnp.clip(0.2 * x + 0.5, 0, 1)


def _relu(layer: KerasLayer) -> Activation:
    """`min(x if x > threshold else 0, max_value) - negative_slope relu(threshold - x)`."""
    maximum = None if layer.config.get("max_value") is None else fields.number(layer, "max_value")
    slope = 0.0 if layer.config.get("negative_slope") is None else fields.number(layer, "negative_slope")
    threshold = 0.0 if layer.config.get("threshold") is None else fields.number(layer, "threshold")

    def function(x: Array) -> Array:
        if slope and maximum is None and not threshold:
            return jax.nn.leaky_relu(x, slope)
        y = jnp.where(x > threshold, x, 0) if threshold else jax.nn.relu(x)
        y = y if maximum is None else jnp.clip(y, 0, maximum) if threshold else jnp.minimum(y, maximum)
        return y - slope * jax.nn.relu(threshold - x) if slope else y

    return _elementwise(function)


def _leaky_relu(layer: KerasLayer) -> Activation:
    """Keras 2 calls the slope `alpha`, Keras 3 `negative_slope`."""
    slope = fields.number(layer, "alpha" if "alpha" in layer.config else "negative_slope", 0.3)
    return _elementwise(partial(jax.nn.leaky_relu, negative_slope=slope))


def _elu(layer: KerasLayer) -> Activation:
    return _elementwise(partial(jax.nn.elu, alpha=fields.number(layer, "alpha", 1.0)))


def _thresholded_relu(layer: KerasLayer) -> Activation:
    theta = fields.number(layer, "theta", 1.0)
    return _elementwise(lambda x: jnp.where(x > theta, x, 0))


def _softmax(layer: KerasLayer) -> Activation:
    def function(x: Array, shape: Shape) -> Array:
        axis = fields.single_axis(layer, len(shape))
        if axis == len(shape) - 1:
            return _along_channels(jax.nn.softmax, x, shape)
        if len(shape) == 3:
            raise layer.error(f"axis={layer.config['axis']}: must be the last axis, the channels")
        return jax.nn.softmax(x, axis=axis)

    return function


#: Layers that are a nonlinearity without weights; Keras also lets them stand as another layer's `activation`.
LAYERS: dict[str, Callable[[KerasLayer], Activation]] = {
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
    "ThresholdedReLU": _thresholded_relu,
}
