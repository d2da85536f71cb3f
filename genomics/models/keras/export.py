"""A network of this project as layers of Keras, ending in the sigmoid that its logits go through."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.io.keras import KerasInput, KerasLayer, KerasModel, KerasOutput, LayerCall, Source
from genomics.io.keras.write import LAYOUT
from genomics.models.interpretable import InterpretableNetwork
from genomics.models.lab import LabNetwork
from genomics.models.readable import LINEAR_FROM, ReadableNetwork

#: (class, name, fields, weights by role)
_Layer = tuple[str, str, Mapping[str, Any], Mapping[str, Array]]
#: A layer and the names of those that feed it.
_Node = tuple[_Layer, tuple[str, ...]]
_INPUT = "sequence"
_FORMAT = {"data_format": "channels_last"}


def export(model: nnx.Module, *, length: int, file: Path) -> KerasModel:
    """The network in terms of Keras: (L, 4) one-hot -> (T,) probabilities.

    Args:
      model: a single network, one of `EXPORTERS`.
      length: L.
      file: that it is for; messages name it.

    Raises:
      InputError: it is not known how layers of Keras compute what this network does.
    """
    exporter = EXPORTERS.get(type(model))
    if exporter is None:
        name, known = type(model).__name__, ", ".join(kind.__name__ for kind in EXPORTERS)
        raise InputError(f"{file}: {name} cannot be expressed by layers of Keras; the networks that can are {known}")
    nodes = [(("InputLayer", _INPUT, {}, {}), ()), *exporter(model)]
    layers = {
        name: KerasLayer(
            file=file,
            generation=int(LAYOUT[0]),
            name=name,
            class_name=kind,
            config=fields,
            weights={role: np.asarray(values, np.float32) for role, values in weights.items()},
        )
        for (kind, name, fields, weights), _ in nodes
    }
    calls = tuple(
        LayerCall(layer=name, index=0, inputs=tuple(Source(before, 0) for before in inputs))
        for (_, name, *_), inputs in nodes
    )
    return KerasModel(
        file=file,
        keras_version=LAYOUT,
        inputs=(KerasInput(name=_INPUT, shape=(length, 4)),),
        outputs=(KerasOutput(name=calls[-1].layer, source=calls[-1].key),),
        layers=layers,
        calls=calls,
    )


def _lab(model: LabNetwork) -> list[_Node]:
    conv1 = _convolution("conv1", model.conv1.kernel[...], model.conv1.bias[...], "relu")
    return _in_a_row(_INPUT, [conv1, *_after_first(model)])


def _readable(model: ReadableNetwork) -> list[_Node]:
    """The exponential that goes on as a line is, with m = min(x, 8), exp(m) + exp(m) (x - m)."""
    if model.activation == "relu":
        return _lab(model)
    first = [
        _convolution("conv1", model.conv1.kernel[...], model.conv1.bias[...], "linear"),
        # Keras's ReLU with the slope 1 below 0 is min(x, max_value).
        ("ReLU", "limited", {"max_value": LINEAR_FROM, "negative_slope": 1.0, "threshold": 0.0}, {}),
        ("Activation", "exponential", {"activation": "exponential"}, {}),
    ]
    line: list[_Node] = [
        (("Subtract", "beyond", {}, {}), ("conv1", "limited")),
        (("Multiply", "line", {}, {}), ("exponential", "beyond")),
        (("Add", "activation1", {}, {}), ("exponential", "line")),
    ]
    return [*_in_a_row(_INPUT, first), *line, *_in_a_row("activation1", _after_first(model))]


def _after_first(model: LabNetwork) -> list[_Layer]:
    conv2, dense1, dense2 = model.conv2, model.dense1, model.dense2
    return [
        _pool("pool1", model.pools[0], model.pooling),
        _convolution("conv2", conv2.kernel[...], conv2.bias[...], "relu"),
        _pool("pool2", model.pools[1], model.pooling),
        ("Flatten", "flatten", _FORMAT, {}),
        _dense("dense1", dense1, "relu"),
        _dense("dense2", dense2, "sigmoid"),
    ]


def _interpretable(model: InterpretableNetwork) -> list[_Node]:
    kernel, offset = model.filters()
    around = [len(kernel) - 1] * 2
    layers = [
        ("ZeroPadding1D", "padding", {"padding": around}, {}),
        _convolution("motifs", kernel, offset, "sigmoid"),
        ("GlobalMaxPooling1D", "maximum", {**_FORMAT, "keepdims": False}, {}),
        _dense("head", model.head, "sigmoid"),
    ]
    return _in_a_row(_INPUT, layers)


def _in_a_row(before: str, layers: list[_Layer]) -> list[_Node]:
    names = [before, *(name for _, name, *_ in layers)]
    return [(layer, (name,)) for layer, name in zip(layers, names, strict=False)]


def _convolution(name: str, kernel: Float[Array, "W C F"], bias: Float[Array, " F"], activation: str) -> _Layer:
    fields = {"filters": kernel.shape[2], "kernel_size": [kernel.shape[0]], "strides": [1], "padding": "valid"}
    fields |= {**_FORMAT, "dilation_rate": [1], "groups": 1, "activation": activation, "use_bias": True}
    return "Conv1D", name, fields, {"kernel": kernel, "bias": bias}


def _pool(name: str, stride: int, pooling: str) -> _Layer:
    """Subsampling is a pool of one position: every stride-th stays."""
    size, padding = (stride, "same") if pooling == "max" else (1, "valid")
    return "MaxPooling1D", name, {"pool_size": [size], "strides": [stride], "padding": padding, **_FORMAT}, {}


def _dense(name: str, layer: nnx.Linear, activation: str) -> _Layer:
    assert layer.bias is not None
    kernel, bias = layer.kernel[...], layer.bias[...]
    fields = {"units": kernel.shape[1], "activation": activation, "use_bias": True}
    return "Dense", name, fields, {"kernel": kernel, "bias": bias}


#: How each network is put together; a network that is not here cannot be exported.
EXPORTERS: Mapping[type, Callable[[Any], list[_Node]]] = {
    LabNetwork: _lab,
    ReadableNetwork: _readable,
    InterpretableNetwork: _interpretable,
}
