"""The layer classes that are understood, with their weights."""

from typing import Any

from genomics.io.keras import fields
from genomics.io.keras.record import KerasLayer, shown

#: Class -> its weights in the order in which Keras creates them, as (role, the configuration flag it needs or None).
CLASSES: dict[str, tuple[tuple[str, str | None], ...]] = {
    "InputLayer": (),
    # Linear layers.
    "Conv1D": (("kernel", None), ("bias", "use_bias")),
    "Conv2D": (("kernel", None), ("bias", "use_bias")),
    "DepthwiseConv1D": (("kernel", None), ("bias", "use_bias")),
    "SeparableConv1D": (("depthwise_kernel", None), ("pointwise_kernel", None), ("bias", "use_bias")),
    "Dense": (("kernel", None), ("bias", "use_bias")),
    # Normalisation.
    "BatchNormalization": (("gamma", "scale"), ("beta", "center"), ("moving_mean", None), ("moving_variance", None)),
    "LayerNormalization": (("gamma", "scale"), ("beta", "center")),
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
    "ZeroPadding1D": (),
    "ZeroPadding2D": (),
    "Cropping1D": (),
    "Cropping2D": (),
    # Nothing at inference.
    "Dropout": (),
    "SpatialDropout1D": (),
    "SpatialDropout2D": (),
    "GaussianNoise": (),
    "GaussianDropout": (),
    "AlphaDropout": (),
    "ActivityRegularization": (),
    # Several inputs.
    "Add": (),
    "Subtract": (),
    "Multiply": (),
    "Average": (),
    "Maximum": (),
    "Minimum": (),
    "Concatenate": (),
}

#: Binary operators of functional models that are the same as a layer: Keras 3's operation classes, and the TensorFlow
#: functions that Keras 2 records.
OPERATIONS = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
FUNCTIONS = {
    "__operators__.add": "Add",
    "math.add": "Add",
    "math.subtract": "Subtract",
    "math.multiply": "Multiply",
    "math.maximum": "Maximum",
    "math.minimum": "Minimum",
}

_KERAS_1 = ("Convolution1D", "Convolution2D", "Merge", "Highway", "MaxoutDense", "TimeDistributedDense")
_MODELS = ("Sequential", "Functional", "Model")


def canonical_class(layer: KerasLayer, entry: dict[str, Any]) -> str:
    """The class of CLASSES that a layer's JSON entry stands for.

    Args:
      layer: the layer as far as it is known, for messages; its class name is the one in the file.
      entry: its JSON object, with `module`, `registered_name` and `config` where the file has them.

    Raises:
      InputError: the class holds code (Lambda, custom classes) or is not one of those understood.
    """
    name, module, registered = layer.class_name, entry.get("module"), entry.get("registered_name")
    if name == "Lambda":
        raise layer.error("a Lambda layer is Python code, which is never run; replace it with layers of Keras and save")
    if name in ("TFOpLambda", "SlicingOpLambda"):
        function = entry["config"].get("function")
        if name == "TFOpLambda" and isinstance(function, str) and function in FUNCTIONS:
            return FUNCTIONS[function]
        known = ", ".join(FUNCTIONS)
        raise layer.error(f"the TensorFlow function {shown(function)} is not understood; those understood are {known}")
    if is_operation(module):
        if name in OPERATIONS:
            return name
        known = ", ".join(OPERATIONS)
        raise layer.error(f"the operation {module}.{name} is not understood; those understood are {known}")
    if name in _KERAS_1:
        raise layer.error("a layer of Keras 1; load and save the model with Keras 2 or 3")
    if name in _MODELS:
        raise layer.error("a model inside a model is not read; build and save it as one flat model")
    package = module.split(".")[0] if isinstance(module, str) else "keras"
    whose = registered if isinstance(registered, str) and ">" in registered else name
    if ">" in whose or package not in ("keras", "tf_keras", "tensorflow"):
        whose = whose if ">" in whose else f"{module}.{name}"
        raise layer.error(f"a custom layer ({whose}) is Python code that is not in the file; only Keras's own are read")
    if name not in CLASSES:
        known = ", ".join(known for known in CLASSES if known != "InputLayer")
        raise layer.error(f"is a custom layer, or one that is not understood; those understood are {known}")
    return name


def is_operation(module: Any) -> bool:
    """Whether an entry of a functional model of Keras 3 is an operation on tensors (`x + y`) rather than a layer."""
    return isinstance(module, str) and module.startswith(("keras.src.ops.", "keras.ops"))


def roles(layer: KerasLayer) -> tuple[str, ...]:
    """The weights that a layer must have, in the order in which Keras creates them."""
    return tuple(
        role
        for role, needed_flag in CLASSES[layer.class_name]
        if needed_flag is None or fields.flag(layer, needed_flag, True)
    )
