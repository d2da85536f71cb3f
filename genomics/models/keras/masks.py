"""The mask that a Masking layer sends along: which layers pass it on, and which would use it."""

from genomics.io.keras import KerasModel, Source

#: Layers that hand the mask of their input on.
_PASS = (
    *("Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "ThresholdedReLU", "Dense", "Dropout", "SpatialDropout1D"),
    *("GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "BatchNormalization", "Masking"),
    *("LayerNormalization", "GroupNormalization", "RMSNormalization", "UnitNormalization", "Rescaling", "Add"),
    *("Normalization", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
)
#: Layers that leave masked positions out.
_USE = (
    *("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed", "GlobalAveragePooling1D", "Softmax"),
    *("MultiHeadAttention", "Attention", "AdditiveAttention"),
)


def check_masks(model: KerasModel) -> None:
    """Raises `InputError` where a mask would change what a later layer computes: no position is left out here."""
    masked: dict[Source, str] = {}
    for call in model.calls:
        layer = model.layers[call.layer]
        whose = (
            call.layer if layer.class_name == "Masking" else next((masked[s] for s in call.inputs if s in masked), None)
        )
        if whose is None:
            continue
        if layer.class_name in _USE:
            raise layer.error(
                f"would leave out the positions that the Masking layer {whose!r} marks, which is not read; "
                "save the network without Masking if its inputs are never masked"
            )
        if layer.class_name in _PASS:
            masked[call.key] = whose
