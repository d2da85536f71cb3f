"""Convolutions and Dense. Keras correlates (it does not flip the kernel), as `conv_general_dilated` does."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.io.keras import KerasLayer, fields
from genomics.io.keras.record import shown
from genomics.models.keras.step import (
    Parameters,
    Shape,
    Step,
    fold,
    long_axis,
    refold,
    require_rank,
    split,
    unfold,
    weight,
    window,
)

#: Largest kernel that the collapse of a Conv2D may make, in numbers.
_MAXIMUM_KERNEL = 1 << 26


def dense(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Dense, on the last axis: `y = x kernel + bias`."""
    (shape,) = shapes
    require_rank(layer, shape, 1, 2, 3)
    units = fields.whole(layer, "units")
    parameters = {"kernel": weight(layer, "kernel", (shape[-1], units)), **_bias(layer, units)}

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        (x,) = arrays
        x = jnp.reshape(x, split(shape)) if len(shape) == 3 else x
        y = _add_bias(jnp.dot(x, p["kernel"]), p)
        return jnp.reshape(y, (y.shape[0], -1)) if len(shape) == 3 else y

    return Step(function=function, shape=(*shape[:-1], units), parameters=parameters)


def einsum_dense(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """EinsumDense: `einsum(equation, x, kernel) + bias`, where the batch stands first and in no kernel."""
    (shape,) = shapes
    text = layer.config.get("equation")
    left, arrow, right = text.replace(" ", "").partition("->") if isinstance(text, str) else ("", "", "")
    first, comma, second = left.partition(",")
    dots = first.startswith("...")
    if (
        not arrow
        or not comma
        or "," in second
        or first[:1] != right[:1]
        or (not dots and first[:1] in second + first[1:])
    ):
        raise layer.error(f"equation={shown(text)}: must be of the form ab,bc->ac, the batch first")
    # An ellipsis stands for all leading axes, the batch's among them.
    equation = f"{first},{second}->{right}" if dots else f"{first[1:]},{second}->{right[1:]}"
    parameters = dict(layer.weights)
    try:
        out = jax.eval_shape(
            lambda x, k: jnp.einsum(equation, x, k),
            jax.ShapeDtypeStruct(shape, jnp.float32),
            jax.ShapeDtypeStruct(parameters["kernel"].shape, jnp.float32),
        ).shape
        fits = "bias" not in parameters or np.broadcast_shapes(out, parameters["bias"].shape) == out
    except (TypeError, ValueError):
        out, fits = (), False
    if not fits:
        held = {role: array.shape for role, array in parameters.items()}
        raise layer.error(f"equation={shown(text)}: does not fit an input {shape} and the weights {held}")

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return fold(_add_bias(jnp.einsum(equation, unfold(arrays[0], shape), p["kernel"]), p), out)

    return Step(function=function, shape=tuple(out), parameters=parameters)


def conv1d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Conv1D: any stride, dilation, padding (valid, same, causal) and groups."""
    shape, (size, stride, dilation, padding) = _prepare_1d(layer, shapes)
    filters, groups = fields.whole(layer, "filters"), fields.whole(layer, "groups", 1)
    if shape[1] % groups or filters % groups:
        raise layer.error(f"groups={groups}: must divide the {shape[1]} input channels and the {filters} filters")
    outputs, before, after = window(layer, shape[0], size, stride, dilation, padding)
    kernel = weight(layer, "kernel", (size, shape[1] // groups, filters))

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return _add_bias(_convolve(arrays[0], p["kernel"], stride, (before, after), dilation, groups), p)

    return Step(function=function, shape=(outputs, filters), parameters={"kernel": kernel, **_bias(layer, filters)})


def depthwise_conv1d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """DepthwiseConv1D: `depth_multiplier` filters for each channel."""
    shape, (size, stride, dilation, padding) = _prepare_1d(layer, shapes)
    multiplier = fields.whole(layer, "depth_multiplier")
    outputs, before, after = window(layer, shape[0], size, stride, dilation, padding)
    filters = shape[1] * multiplier
    kernel = weight(layer, "kernel", (size, shape[1], multiplier)).reshape(size, 1, filters)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        return _add_bias(_convolve(arrays[0], p["kernel"], stride, (before, after), dilation, shape[1]), p)

    return Step(function=function, shape=(outputs, filters), parameters={"kernel": kernel, **_bias(layer, filters)})


def separable_conv1d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """SeparableConv1D: a depthwise convolution, then one of width 1 over all its channels."""
    shape, (size, stride, dilation, padding) = _prepare_1d(layer, shapes)
    filters, multiplier = fields.whole(layer, "filters"), fields.whole(layer, "depth_multiplier")
    outputs, before, after = window(layer, shape[0], size, stride, dilation, padding)
    depth = shape[1] * multiplier
    parameters = {
        "depthwise_kernel": weight(layer, "depthwise_kernel", (size, shape[1], multiplier)).reshape(size, 1, depth),
        "pointwise_kernel": weight(layer, "pointwise_kernel", (1, depth, filters)),
        **_bias(layer, filters),
    }

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        y = _convolve(arrays[0], p["depthwise_kernel"], stride, (before, after), dilation, shape[1])
        return _add_bias(_convolve(y, p["pointwise_kernel"], 1, (0, 0), 1, 1), p)

    return Step(function=function, shape=(outputs, filters), parameters=parameters)


def conv2d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Conv2D on a DNA tensor, as a one-dimensional convolution along the sequence.

    The other axis (4 bases, or 1) is folded into the channels. Where the kernel spans it whole, or it has length 1, the
    new kernel is the old one rearranged; otherwise (say a kernel (k, 1) that all four bases share) it holds the old one
    once for each output position of the folded axis, with zeros between. The result is the same, exactly.
    """
    (shape,) = shapes
    require_rank(layer, shape, 3)
    _channels_last(layer)
    filters = fields.whole(layer, "filters")
    size, stride, dilation, padding = _geometry(layer, 2)
    axis = long_axis(shape)
    length, other, channels = split(shape)
    outputs, before, after = window(layer, length, size[axis], stride[axis], dilation[axis], padding)
    across = window(layer, other, size[1 - axis], stride[1 - axis], dilation[1 - axis], padding)
    groups = fields.whole(layer, "groups", 1)
    if groups != 1 and (other, across[0]) != (1, 1):
        raise layer.error(f"groups={groups}: must be 1 where the input {shape} has two axes beside the channels")
    if channels % groups or filters % groups:
        raise layer.error(f"groups={groups}: must divide the {channels} input channels and the {filters} filters")
    kernel = np.moveaxis(weight(layer, "kernel", (*size, channels // groups, filters)), axis, 0)
    if size[axis] * other * channels * across[0] * filters > _MAXIMUM_KERNEL:
        raise layer.error(
            f"an input {shape} has no short axis to fold into the channels; "
            "a Conv2D is read where one axis is the sequence and the other is 1 or the 4 bases"
        )
    kernel = _collapse(kernel, other, across, stride[1 - axis], dilation[1 - axis])
    bias = {name: np.tile(values, across[0]) for name, values in _bias(layer, filters).items()}
    out = (outputs, across[0], filters) if axis == 0 else (across[0], outputs, filters)

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        y = _convolve(arrays[0], p["kernel"], stride[axis], (before, after), dilation[axis], groups)
        return refold(_add_bias(y, p), out, axis)

    return Step(function=function, shape=out, parameters={"kernel": kernel, **bias})


def _collapse(kernel: np.ndarray, other: int, across: tuple[int, int, int], stride: int, dilation: int) -> np.ndarray:
    """(k, j, C, F) to (k, other * C, outputs * F), the folded axis written out.

    Args:
      kernel: position along the sequence, along the folded axis, channels, filters.
      other: length of the folded axis.
      across: (outputs, padding before, after) along it.
      stride: of the window along it.
      dilation: of the window along it.
    """
    size, taps, channels, filters = kernel.shape
    outputs, before, _ = across
    wide = np.zeros((size, other, channels, outputs, filters), np.float32)
    for output in range(outputs):
        for tap in range(taps):
            position = output * stride - before + tap * dilation
            if 0 <= position < other:
                wide[:, position, :, output, :] = kernel[:, tap]
    return wide.reshape(size, other * channels, outputs * filters)


def _prepare_1d(layer: KerasLayer, shapes: tuple[Shape, ...]) -> tuple[Shape, tuple[int, int, int, str]]:
    (shape,) = shapes
    require_rank(layer, shape, 2)
    _channels_last(layer)
    (size,), (stride,), (dilation,), padding = _geometry(layer, 1)
    return shape, (size, stride, dilation, padding)


def _geometry(layer: KerasLayer, rank: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], str]:
    """(kernel_size, strides, dilation_rate, padding)."""
    paddings = ("valid", "same", "causal") if rank == 1 else ("valid", "same")
    return (
        fields.sizes(layer, "kernel_size", rank),
        fields.sizes(layer, "strides", rank, 1),
        fields.sizes(layer, "dilation_rate", rank, 1),
        fields.choice(layer, "padding", paddings, "valid"),
    )


def _channels_last(layer: KerasLayer) -> None:
    fields.choice(layer, "data_format", ("channels_last",), "channels_last")


def _bias(layer: KerasLayer, filters: int) -> dict[str, np.ndarray]:
    return {"bias": weight(layer, "bias", (filters,))} if "bias" in layer.weights else {}


def _add_bias(y: Float[Array, "..."], p: Parameters) -> Float[Array, "..."]:
    return y + p["bias"] if "bias" in p else y


def _convolve(
    x: Float[Array, "L C"],
    kernel: Float[Array, "W D F"],
    stride: int,
    padding: tuple[int, int],
    dilation: int,
    groups: int,
) -> Float[Array, "M F"]:
    return jax.lax.conv_general_dilated(
        x[None],
        kernel,
        (stride,),
        (padding,),
        rhs_dilation=(dilation,),
        dimension_numbers=("NWC", "WIO", "NWC"),
        feature_group_count=groups,
    ).squeeze(0)
