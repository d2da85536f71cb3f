"""Names of layers: those that Keras itself ships, and those of other packages whose formula is well known."""

from collections.abc import Mapping
from typing import Any

#: Layers of Keras 2.15 and 3.15 that are not read.
_OF_KERAS = (
    *("AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D"),
    *("AveragePooling3D", "BatchNormalizationV1", "CategoryEncoding", "CenterCrop", "Conv3D", "Conv3DTranspose"),
    *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Cropping3D", "CuDNNGRU", "CuDNNLSTM", "DenseFeatures"),
    *("Discretization", "Embedding", "FlaxLayer", "GlobalAveragePooling3D", "GlobalMaxPooling3D"),
    *("GroupQueryAttention", "GroupedQueryAttention", "HashedCrossing", "Hashing", "IntegerLookup", "JaxLayer"),
    *("LocallyConnected1D", "LocallyConnected2D", "MaxPooling3D", "MelSpectrogram", "Pipeline"),
    *("RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "RandomFourierFeatures", "RandomHeight"),
    *("RandomRotation", "RandomTranslation", "RandomWidth", "RandomZoom", "Resizing", "ReversibleEmbedding"),
    *("STFTSpectrogram", "SpatialDropout3D", "SpectralNormalization", "StringLookup"),
    *("SyncBatchNormalization", "TFSMLayer", "TextVectorization", "TorchModuleWrapper"),
    *("UpSampling3D", "ZeroPadding3D", "AbstractRNNCell", "ConvLSTMCell", "Wrapper", "Layer", "Variable"),
)

#: Custom layer -> the fields that it may have beside `name`, `trainable` and `dtype`. A layer of the same name with
#: other fields is another one. Formulas: `genomics.models.keras.custom`.
_CUSTOM: dict[str, frozenset[str]] = {
    "GELU": frozenset(),
    "SoftmaxPool1D": frozenset({"pool_size", "per_channel", "init_gain"}),
    "StochasticShift": frozenset({"shift_max", "symmetric", "pad"}),
    "StochasticReverseComplement": frozenset(),
    "SwitchReverse": frozenset({"strand_pair"}),
}
_COMMON = {"name", "trainable", "dtype", "batch_input_shape"}


def keras_layer(name: str) -> bool:
    """Whether Keras ships a layer of this name that is not read."""
    return name in _OF_KERAS


def custom_class(name: str, config: Mapping[str, Any]) -> str | None:
    """The class of `classes.CLASSES` for a well-known layer of another package; None where it is not known."""
    short = name.rpartition(">")[2]
    if short in _CUSTOM and set(config) - _COMMON <= _CUSTOM[short]:
        return f"custom {short}"
    return None
