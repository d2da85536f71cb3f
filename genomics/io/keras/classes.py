"""The layer classes that are understood, with their weights."""

from typing import Any

from genomics.io.keras import fields
from genomics.io.keras.known import custom_class, keras_layer
from genomics.io.keras.operations import OPERATIONS, tensorflow_operation
from genomics.io.keras.record import KerasLayer, shown

_RECURRENT = (("kernel", None), ("recurrent_kernel", None), ("bias", "use_bias"))

#: Class -> its weights in the order in which Keras creates them, as (role, the configuration flag it needs or None).
#: What a flag is where the file does not state it stands in `_UNSTATED`.
CLASSES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "InputLayer": (),
    # Linear layers.
    "Conv1D": (("kernel", None), ("bias", "use_bias")),
    "Conv2D": (("kernel", None), ("bias", "use_bias")),
    "Conv1DTranspose": (("kernel", None), ("bias", "use_bias")),
    "Conv2DTranspose": (("kernel", None), ("bias", "use_bias")),
    "DepthwiseConv1D": (("kernel", None), ("bias", "use_bias")),
    "SeparableConv1D": (("depthwise_kernel", None), ("pointwise_kernel", None), ("bias", "use_bias")),
    "DepthwiseConv2D": (("kernel", None), ("bias", "use_bias")),
    "SeparableConv2D": (("depthwise_kernel", None), ("pointwise_kernel", None), ("bias", "use_bias")),
    "Dense": (("kernel", None), ("bias", "use_bias")),
    "EinsumDense": (("kernel", None), ("bias", "bias_axes")),
    # Normalisation.
    "BatchNormalization": (("gamma", "scale"), ("beta", "center"), ("moving_mean", None), ("moving_variance", None)),
    "LayerNormalization": (("gamma", "scale"), ("beta", "center")),
    "GroupNormalization": (("gamma", "scale"), ("beta", "center")),
    "RMSNormalization": (("scale", None),),
    "UnitNormalization": (),
    "Rescaling": (),
    "Normalization": (("mean", "adapted"), ("variance", "adapted"), ("count", "adapted")),
    # Nonlinearities.
    "Activation": (),
    "ReLU": (),
    "LeakyReLU": (),
    "ELU": (),
    "PReLU": (("alpha", None),),
    "Softmax": (),
    "ThresholdedReLU": (),
    # Pooling.
    "MaxPooling1D": (),
    "MaxPooling2D": (),
    "AveragePooling1D": (),
    "AveragePooling2D": (),
    "GlobalMaxPooling1D": (),
    "GlobalMaxPooling2D": (),
    "GlobalAveragePooling1D": (),
    "GlobalAveragePooling2D": (),
    # Rearrangement.
    "Flatten": (),
    "Reshape": (),
    "Permute": (),
    "RepeatVector": (),
    "UpSampling1D": (),
    "UpSampling2D": (),
    "ZeroPadding1D": (),
    "ZeroPadding2D": (),
    "Cropping1D": (),
    "Cropping2D": (),
    # Recurrence. That of a layer's own cell has its weights; RNN has those of its cells.
    "LSTM": _RECURRENT,
    "GRU": _RECURRENT,
    "SimpleRNN": _RECURRENT,
    "LSTMCell": _RECURRENT,
    "GRUCell": _RECURRENT,
    "SimpleRNNCell": _RECURRENT,
    "RNN": (),
    "StackedRNNCells": (),
    "Bidirectional": (),
    "TimeDistributed": (),
    # Attention.
    "MultiHeadAttention": tuple(
        (f"{part}/{role}", flag)
        for part in ("query", "key", "value", "output")
        for role, flag in (("kernel", None), ("bias", "use_bias"))
    ),
    "Attention": (("scale", "use_scale"),),
    "AdditiveAttention": (("scale", "use_scale"),),
    # Nothing at inference.
    "Dropout": (),
    "SpatialDropout1D": (),
    "SpatialDropout2D": (),
    "GaussianNoise": (),
    "GaussianDropout": (),
    "AlphaDropout": (),
    "ActivityRegularization": (),
    "Masking": (),
    # Several inputs.
    "Add": (),
    "Subtract": (),
    "Multiply": (),
    "Average": (),
    "Maximum": (),
    "Minimum": (),
    "Concatenate": (),
    "Dot": (),
    # Of other packages, by their published formulas: see `known`.
    "custom GELU": (),
    "custom SoftmaxPool1D": (("kernel", None),),
    "custom StochasticShift": (),
    "custom StochasticReverseComplement": (),
    "custom SwitchReverse": (),
}

#: What a flag of CLASSES is where a file does not state it; otherwise true.
_UNSTATED = {("Attention", "use_scale"): False}

#: Weights that are not trained, whatever the layer's `trainable` says.
STATISTICS = ("moving_mean", "moving_variance", "mean", "variance", "count")
#: Weights that nothing is computed from: the number of examples that a layer was adapted to.
UNREAD = ("count",)

MODELS = ("Sequential", "Functional", "Model")
_KERAS_1 = ("Convolution1D", "Convolution2D", "Merge", "Highway", "MaxoutDense", "TimeDistributedDense")
_WAY_OUT = "build the network again from layers that are read, or write it as a JAX function, --model=MODULE:FUNCTION"


def canonical_class(layer: KerasLayer, entry: dict[str, Any]) -> str:
    """The class of CLASSES, or the operation of OPERATIONS, that a layer's JSON entry stands for.

    Args:
      layer: the layer as far as it is known, for messages; its class name is the one in the file.
      entry: its JSON object, with `module`, `registered_name` and `config` where the file has them.

    Raises:
      InputError: the class holds code (Lambda, custom classes) or is not one of those understood.
    """
    name, module, registered = layer.class_name, entry.get("module"), entry.get("registered_name")
    if name == "Lambda":
        raise layer.error(
            "a Lambda layer is Python code, which is never run; replace it with layers or operations of Keras and save "
            "again, or write the network as a JAX function, --model=MODULE:FUNCTION"
        )
    if name in ("TFOpLambda", "SlicingOpLambda"):
        operation = tensorflow_operation(layer)
        if operation is None:
            function = shown(layer.config.get("function"))
            raise layer.error(f"the TensorFlow function {function} is not read; {_WAY_OUT}")
        return operation
    if is_operation(layer.generation, entry):
        if name in OPERATIONS:
            return name
        raise layer.error(f"the operation {_full(module, name)} is not read; {_WAY_OUT}")
    if name in _KERAS_1:
        raise layer.error("a layer of Keras 1; load and save the model with Keras 2 or 3")
    package = module.split(".")[0] if isinstance(module, str) else "keras"
    whose = registered if isinstance(registered, str) and ">" in registered else name
    if ">" in whose or package not in ("keras", "tf_keras", "tensorflow"):
        found = custom_class(name, layer.config)
        if found is not None:
            return found
        whose = whose if ">" in whose else f"{module}.{name}"
        raise layer.error(
            f"a custom layer ({whose}) is Python code that is not in the file; replace it with Keras's own and save "
            "again, or write the network as a JAX function, --model=MODULE:FUNCTION"
        )
    if name in CLASSES and not name.startswith("custom"):
        return name
    if keras_layer(name):
        raise layer.error(f"this layer of Keras is not read; {_WAY_OUT}")
    found = custom_class(name, layer.config)
    if found is not None:
        return found
    raise layer.error(
        "is no layer of Keras, so a custom layer: Python code that is not in the file; replace it with Keras's own and "
        "save again, or write the network as a JAX function, --model=MODULE:FUNCTION"
    )


def is_operation(generation: int, entry: dict[str, Any]) -> bool:
    """Whether an entry of a functional model of Keras 3 is an operation on tensors (`x + y`) rather than a layer.

    `.keras` files name its module; whole-model files do not, but there only layers have a `dtype`.
    """
    module = entry.get("module")
    if isinstance(module, str):
        return module.startswith(("keras.src.ops.", "keras.ops"))
    config = entry["config"]
    layer = config.get("dtype") is not None or "trainable" in config or "layers" in config
    return generation == 3 and bool(entry.get("inbound_nodes")) and not layer


def _full(module: Any, name: str) -> str:
    return f"{module}.{name}" if isinstance(module, str) else name


def roles(layer: KerasLayer) -> tuple[str, ...]:
    """The weights that a layer must have, in the order in which Keras creates them, those of layers inside it too."""
    own = tuple(role for role, needed in CLASSES.get(layer.class_name, ()) if needed is None or _needed(layer, needed))
    return own + tuple(f"{part}/{role}" for part, inner in layer.inner.items() for role in roles(inner))


def _needed(layer: KerasLayer, key: str) -> bool:
    if key == "bias_axes":
        return layer.config.get(key) is not None
    if key == "adapted":  # otherwise the numbers stand in the configuration
        return layer.config.get("mean") is None
    return fields.flag(layer, key, _UNSTATED.get((layer.class_name, key), True))
