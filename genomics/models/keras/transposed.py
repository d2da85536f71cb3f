"""Transposed convolutions, as convolutions over an input with zeros between its positions."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, fold, long_axis, require_rank, unfold, weight


def conv1d_transpose(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Conv1DTranspose: SAME gives n stride positions, VALID (n - 1) stride + max(width, stride)."""
    (shape,) = shapes
    require_rank(layer, shape, 2)
    filters, (size,), (stride,), padding = _geometry(layer, 1)
    kernel = weight(layer, "kernel", (size, filters, shape[1]))
    return _step(layer, shape, kernel, stride, padding)


def conv2d_transpose(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Conv2DTranspose where the axis beside the sequence has length 1 and the kernel and stride there are 1 too."""
    (shape,) = shapes
    require_rank(layer, shape, 3)
    filters, size, stride, padding = _geometry(layer, 2)
    axis = long_axis(shape)
    if shape[1 - axis] != 1 or size[1 - axis] != 1 or stride[1 - axis] != 1:
        raise layer.error(f"an input {shape}: is read where the kernel is 1 along the axis that is not the sequence")
    kernel = weight(layer, "kernel", (*size, filters, shape[2])).reshape(size[axis], filters, shape[2])

    flat = (shape[axis], shape[2])
    step = _step(layer, flat, kernel, stride[axis], padding)
    out = (step.shape[0], 1, filters) if axis == 0 else (1, step.shape[0], filters)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        y = step.function(p, (jnp.reshape(unfold(arrays[0], shape), flat),))
        return fold(jnp.reshape(y, out), out)

    return Step(function=function, shape=out, parameters=step.parameters)


def _geometry(layer: KerasLayer, rank: int) -> tuple[int, tuple[int, ...], tuple[int, ...], str]:
    fields.choice(layer, "data_format", ("channels_last",), "channels_last")
    if set(fields.sizes(layer, "dilation_rate", rank, 1)) != {1}:
        raise layer.error(f"dilation_rate={layer.config['dilation_rate']}: must be 1")
    given = layer.config.get("output_padding")
    if given is not None:
        raise layer.error(f"output_padding={given}: must be null")
    return (
        fields.whole(layer, "filters"),
        fields.sizes(layer, "kernel_size", rank),
        fields.sizes(layer, "strides", rank, 1),
        fields.choice(layer, "padding", ("valid", "same"), "valid"),
    )


def _step(layer: KerasLayer, shape: Shape, kernel: np.ndarray, stride: int, padding: str) -> Step:
    """Of a kernel (width, filters, channels) on an input (positions, channels)."""
    size, filters = kernel.shape[:2]
    length = shape[0] * stride if padding == "same" else (shape[0] - 1) * stride + max(size, stride)
    parameters = {"kernel": np.ascontiguousarray(np.swapaxes(kernel[::-1], 1, 2))}
    if "bias" in layer.weights:
        parameters["bias"] = weight(layer, "bias", (filters,))
    # The gradient of a convolution with this padding: of SAME, what it pads before is cut off here.
    cut = max(size - stride, 0) // 2 if padding == "same" else 0
    low = size - 1 - cut
    high = length - ((shape[0] - 1) * stride + 1) - low + size - 1

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        y = jax.lax.conv_general_dilated(
            arrays[0][None],
            p["kernel"],
            (1,),
            ((low, high),),
            lhs_dilation=(stride,),
            dimension_numbers=("NWC", "WIO", "NWC"),
        ).squeeze(0)
        return y + p["bias"] if "bias" in p else y

    return Step(function=function, shape=(length, filters), parameters=parameters)
