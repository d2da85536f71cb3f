"""Which function builds which layer: a new layer is one function and one line here (and its weights in io.keras)."""

from collections.abc import Callable

import jax.numpy as jnp

from genomics.io.keras import KerasLayer
from genomics.models.keras import activations, convolution, merging, normalization, pooling, rearrangement
from genomics.models.keras.step import Shape, Step

#: Class -> (layer, Keras's shapes of its inputs) -> Step.
BUILDERS: dict[str, Callable[[KerasLayer, tuple[Shape, ...]], Step]] = {
    "Conv1D": convolution.conv1d,
    "Conv2D": convolution.conv2d,
    "DepthwiseConv1D": convolution.depthwise_conv1d,
    "SeparableConv1D": convolution.separable_conv1d,
    "Dense": convolution.dense,
    "BatchNormalization": normalization.batch_normalization,
    "LayerNormalization": normalization.layer_normalization,
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
    "Add": merging.elementwise(jnp.add),
    "Subtract": merging.elementwise(jnp.subtract),
    "Multiply": merging.elementwise(jnp.multiply),
    "Average": merging.elementwise(jnp.add),
    "Maximum": merging.elementwise(jnp.maximum),
    "Minimum": merging.elementwise(jnp.minimum),
    "Concatenate": merging.concatenate,
}

#: Those that take several inputs.
MERGING = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
