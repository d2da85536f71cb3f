"""Which function builds which layer: a new layer is one function and one line here (and its weights in io.keras)."""

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp

from genomics.io.keras import KerasLayer
from genomics.models.keras import (
    activations,
    attention,
    convolution,
    custom,
    image,
    merging,
    normalization,
    operations,
    pooling,
    rearrangement,
    recurrence,
    transposed,
)
from genomics.models.keras.step import Shape, Step

#: Class -> (layer, Keras's shapes of its inputs) -> Step.
BUILDERS: dict[str, Callable[[KerasLayer, tuple[Shape, ...]], Step]] = {
    "Conv1D": convolution.conv1d,
    "Conv2D": convolution.conv2d,
    "Conv1DTranspose": transposed.conv1d_transpose,
    "Conv2DTranspose": transposed.conv2d_transpose,
    "DepthwiseConv1D": convolution.depthwise_conv1d,
    "SeparableConv1D": convolution.separable_conv1d,
    "DepthwiseConv2D": image.along_the_sequence(convolution.depthwise_conv1d),
    "SeparableConv2D": image.along_the_sequence(convolution.separable_conv1d),
    "Dense": convolution.dense,
    "EinsumDense": convolution.einsum_dense,
    "BatchNormalization": normalization.batch_normalization,
    "LayerNormalization": normalization.layer_normalization,
    "GroupNormalization": normalization.group_normalization,
    "RMSNormalization": normalization.rms_normalization,
    "UnitNormalization": normalization.unit_normalization,
    "Rescaling": normalization.rescaling,
    "Normalization": normalization.normalization,
    "Masking": normalization.masking,
    "Activation": rearrangement.identity,
    "ReLU": activations.activation_layer,
    "LeakyReLU": activations.activation_layer,
    "ELU": activations.activation_layer,
    "PReLU": activations.prelu,
    "Softmax": activations.activation_layer,
    "ThresholdedReLU": activations.activation_layer,
    "MaxPooling1D": pooling.local_pooling(pooling.max_windows, 1),
    "MaxPooling2D": pooling.local_pooling(pooling.max_windows, 2),
    "AveragePooling1D": pooling.local_pooling(pooling.mean_windows, 1),
    "AveragePooling2D": pooling.local_pooling(pooling.mean_windows, 2),
    "GlobalMaxPooling1D": pooling.global_pooling(jnp.max, 1),
    "GlobalMaxPooling2D": pooling.global_pooling(jnp.max, 2),
    "GlobalAveragePooling1D": pooling.global_pooling(jnp.mean, 1),
    "GlobalAveragePooling2D": pooling.global_pooling(jnp.mean, 2),
    "Flatten": rearrangement.flatten,
    "Reshape": rearrangement.reshape,
    "Permute": rearrangement.permute,
    "RepeatVector": rearrangement.repeat_vector,
    "UpSampling1D": rearrangement.up_sampling,
    "UpSampling2D": rearrangement.up_sampling_2d,
    "ZeroPadding1D": rearrangement.zero_padding,
    "ZeroPadding2D": rearrangement.zero_padding,
    "Cropping1D": rearrangement.cropping,
    "Cropping2D": rearrangement.cropping,
    "Dropout": rearrangement.identity,
    "SpatialDropout1D": rearrangement.identity,
    "SpatialDropout2D": rearrangement.identity,
    "GaussianNoise": rearrangement.identity,
    "GaussianDropout": rearrangement.identity,
    "AlphaDropout": rearrangement.identity,
    "ActivityRegularization": rearrangement.identity,
    "LSTM": recurrence.recurrent,
    "GRU": recurrence.recurrent,
    "SimpleRNN": recurrence.recurrent,
    "RNN": recurrence.recurrent,
    "Bidirectional": recurrence.bidirectional,
    "TimeDistributed": lambda layer, shapes: recurrence.time_distributed(layer, shapes, build_step),
    "Attention": attention.attention,
    "AdditiveAttention": attention.attention,
    "Add": merging.elementwise(jnp.add),
    "Subtract": merging.elementwise(jnp.subtract),
    "Multiply": merging.elementwise(jnp.multiply),
    "Average": merging.elementwise(jnp.add),
    "Maximum": merging.elementwise(jnp.maximum),
    "Minimum": merging.elementwise(jnp.minimum),
    "Concatenate": merging.concatenate,
    "Dot": attention.dot,
    "custom GELU": custom.gelu,
    "custom SoftmaxPool1D": custom.softmax_pool,
    "custom StochasticShift": rearrangement.identity,
    "custom StochasticReverseComplement": custom.reverse_complement_flag,
    "custom SwitchReverse": custom.switch_reverse,
}

#: Those that take several inputs.
_SEVERAL = (
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot", "MultiHeadAttention"),
    *("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "Attention", "AdditiveAttention", "custom SwitchReverse"),
)
#: Those whose field `activation` is not a function of their result.
WITHOUT_ACTIVATION = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed", *operations.BUILDERS)
WITHOUT_ACTIVATION = tuple(name for name in WITHOUT_ACTIVATION if name not in BUILDERS or name in _SEVERAL)


def build_step(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Mapping[str, Any] | None = None) -> Step:
    """The step of one use of a layer or operation.

    Args:
      layer: with its weights.
      shapes: Keras's shapes of its inputs.
      arguments: as `LayerCall.arguments`; only of operations, and of layers whose inputs have names.

    Raises:
      InputError: a field, a weight or an input does not fit.
    """
    arguments = arguments or {}
    name = layer.class_name
    if name == "MultiHeadAttention":
        return attention.multi_head_attention(layer, shapes, arguments)
    if name in BUILDERS and not (arguments and name in operations.BUILDERS):
        if name not in _SEVERAL and len(shapes) != 1:
            raise layer.error(f"has {len(shapes)} inputs; it must have one")
        return BUILDERS[name](layer, shapes)
    if name not in operations.BUILDERS:
        raise layer.error("is part of other layers; it cannot stand by itself")
    return operations.BUILDERS[name](layer, shapes, arguments)
