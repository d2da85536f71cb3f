"""Convolutions. PyTorch correlates (it does not flip the kernel), as `conv_general_dilated` does."""

from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
from jax import lax

from genomics.errors import InputError

Sizes = int | Sequence[int]


def _convolution(
    input,
    weight,
    bias=None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    transposed: bool = False,
    output_padding: Sizes = 0,
    groups: int = 1,
):
    """`y[n, f] = bias[f] + sum_ck w[f, c, k] x[n, c, i stride + k dilation - padding]`, in one to three dimensions.

    `padding="same"` pads dilation (k - 1) positions, the odd one after.
    """
    if transposed:
        raise InputError("a transposed convolution is not read")
    space = weight.ndim - 2
    if space not in (1, 2, 3) or input.ndim not in (space + 1, space + 2):
        raise InputError(f"its input has {input.ndim} axes and its kernel {weight.ndim}")
    strides, dilations = each_axis(stride, space), each_axis(dilation, space)
    if padding == "same":
        totals = [d * (k - 1) for d, k in zip(dilations, weight.shape[2:], strict=True)]
        pads = [(total // 2, total - total // 2) for total in totals]
    elif padding == "valid":
        pads = [(0, 0)] * space
    else:
        assert not isinstance(padding, str)
        pads = [(p, p) for p in each_axis(padding, space)]
    batched = input if input.ndim == space + 2 else input[None]
    axes = "DHW"[3 - space :]
    # Channels last, and the kernel so too: in PyTorch's own layout a convolution within a loop on a CPU is a naive one.
    y = lax.conv_general_dilated(
        jnp.moveaxis(batched, 1, -1),
        jnp.moveaxis(weight, (1, 0), (-2, -1)),
        strides,
        pads,
        rhs_dilation=dilations,
        dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
        feature_group_count=groups,
    )
    y = jnp.moveaxis(y if bias is None else y + bias, -1, 1)
    return y if input.ndim == space + 2 else y[0]


def each_axis(value: Sizes, space: int) -> list[int]:
    """One number for each axis of space; one stands for all."""
    values = [value] if isinstance(value, int) else list(value)
    if len(values) not in (1, space):
        raise InputError(f"{values}: must be one number, or one for each of {space} axes")
    return values * (space if len(values) == 1 else 1)


OPERATIONS: dict[str, Callable[..., Any]] = dict.fromkeys(
    ("convolution", "_convolution", "conv1d", "conv2d", "conv3d"), _convolution
)
