"""The final sigmoid or softmax, without which the network gives logits."""

from genomics.io.keras import KerasLayer, KerasModel
from genomics.models.keras.activations import fused

#: Layers after which a network still ends in the activation before them: they move numbers and change none.
_TRANSPARENT = (
    "Dropout",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "ActivityRegularization",
    "Flatten",
    "Reshape",
)


def final_activation(model: KerasModel) -> tuple[tuple[str, int] | None, str | None]:
    """The call that ends in the final sigmoid or softmax, and which of the two; (None, None) without one.

    It is looked for from the output back through layers that change no number. Only that call loses it: another use of
    the same layer keeps it.
    """
    calls = {call.key: call for call in model.calls}
    key = model.calls[-1].key
    while True:
        layer = model.layers[key[0]]
        activation, _ = fused(layer)
        if layer.class_name == "Softmax" and _over_tasks(layer, key == model.calls[-1].key):
            return key, "softmax"
        if activation in ("sigmoid", "softmax"):
            return key, activation
        through = layer.class_name in _TRANSPARENT or (layer.class_name == "Activation" and activation == "linear")
        if not through or len(calls[key].inputs) != 1:
            return None, None
        (key,) = calls[key].inputs


def _over_tasks(layer: KerasLayer, is_output: bool) -> bool:
    """Whether a Softmax layer works on the last axis; the output has only one."""
    return is_output or layer.config.get("axis", -1) in (-1, [-1])
