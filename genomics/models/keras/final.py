"""The final sigmoid or softmax of an output, without which the network gives logits."""

from collections.abc import Mapping

from genomics.io.keras import KerasLayer, KerasModel, LayerCall, Source
from genomics.models.keras.activations import fused
from genomics.models.keras.step import Shape

#: Layers after which a network still ends in the activation before them: they move numbers and change none.
_TRANSPARENT = (
    "Dropout",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
    "Flatten",
    "Reshape",
    "Identity",
)


def final_activation(
    model: KerasModel, output: Source, shapes: Mapping[Source, Shape]
) -> tuple[tuple[LayerCall, ...], str | None]:
    """The calls from the final sigmoid or softmax to the output, and which of the two; no calls and None without one.

    It is looked for from the output back through layers that change no number.

    Args:
      model: the network.
      output: the tensor.
      shapes: Keras's shape of every tensor.
    """
    calls = {call.key: call for call in model.calls}
    path: list[LayerCall] = []
    while output.tensor == 0:
        call = calls[output]
        path.insert(0, call)
        layer = model.layers[call.layer]
        if layer.class_name == "Softmax" and _over_last(layer, call, shapes[call.key]):
            return tuple(path), "softmax"
        activation = fused(layer)[0] if layer.class_name not in ("RNN", "LSTM", "GRU", "SimpleRNN") else "linear"
        if layer.class_name == "Sigmoid" or activation in ("sigmoid", "softmax"):
            return tuple(path), "sigmoid" if layer.class_name == "Sigmoid" else activation
        through = layer.class_name in _TRANSPARENT or (layer.class_name == "Activation" and activation == "linear")
        if not through or len(call.inputs) != 1:
            break
        (output,) = call.inputs
    return (), None


def _over_last(layer: KerasLayer, call: LayerCall, shape: Shape) -> bool:
    """Whether a Softmax works on the last axis, which the batch precedes."""
    axis = call.arguments.get("axis", layer.config.get("axis", -1))
    return axis in (-1, [-1], len(shape), [len(shape)])
