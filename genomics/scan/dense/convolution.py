"""Convolution along the shared axis as products of matrices, with the columns of all windows side by side.

`lax.conv_general_dilated` inside a loop is single-threaded and naive on a CPU; a product is neither.
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense.local import Local
from genomics.scan.dense.tracks import Columns, NotSharedError, Tracked, gathered, join
from genomics.tracing.program import Equation

#: Output columns to one product: more would mostly multiply the zeros beside the kernel's diagonal.
_BLOCK = 16


def convolution(equation: Equation, operands: Sequence[Any]) -> Local:
    """`conv_general_dilated` with any stride, dilation, padding and number of groups along the shared axis.

    Further spatial axes must be covered by the kernel (a (4, W) kernel over an image of bases).
    """
    value, kernel = operands
    if not isinstance(value, Tracked) or isinstance(kernel, Tracked) or value.view is not None:
        raise NotSharedError("has a kernel that depends on the sequence")
    lhs, rhs, out = equation.params["dimension_numbers"]
    params = equation.params
    if value.axis not in lhs[2:] or value.shape[lhs[0]] != 1 or params["batch_group_count"] != 1:
        raise NotSharedError("mixes columns as features or examples")
    along = lhs[2:].index(value.axis)
    for i, (axis, kernel_axis) in enumerate(zip(lhs[2:], rhs[2:], strict=True)):
        covered = params["padding"][i] == (0, 0) and value.shape[axis] == kernel.shape[kernel_axis]
        if params["lhs_dilation"][i] != 1 or (i != along and not (covered and params["rhs_dilation"][i] == 1)):
            raise NotSharedError("has a kernel that does not cover the other axes, or dilates its input")
    stride, dilation = params["window_strides"][along], params["rhs_dilation"][along]
    padding, groups = params["padding"][along][0], params["feature_group_count"]
    taps = kernel.shape[rhs[2 + along]]
    extent = (taps - 1) * dilation + 1

    # Weights as (group, tap, height, feature, output), blocks as (column, height, group, feature, *batch).
    others = [i for i in range(2, len(rhs)) if i != 2 + along]
    weights = kernel.transpose(rhs[2 + along], *[rhs[i] for i in others], rhs[1], rhs[0])
    features, outputs = weights.shape[-2], weights.shape[-1] // groups
    weights = jnp.moveaxis(weights.reshape(taps, -1, features, groups, outputs), 3, 0)
    rest_order = [axis - (axis > value.axis) for axis in (lhs[0], *[lhs[i] for i in others], lhs[1])]
    shape, axis = equation.outputs[0].shape, out[2 + along]
    rest = (*shape[:axis], *shape[axis + 1 :])  # all but the features are of size 1

    def needs(j: int) -> tuple[int, int]:
        return j * stride - padding, j * stride - padding + extent

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        source = inputs[0]
        first = min(max(needs(low)[0], source.start), source.stop - 1)
        block = gathered(source, first, max(first + 1, min(needs(high - 1)[1], source.stop)))
        batch = block.shape[len(value.shape) :]
        block = block.transpose(0, *[1 + i for i in rest_order], *range(len(value.shape), block.ndim))
        block = block.reshape(block.shape[0], -1, groups, features, *batch)
        pieces = []
        for begin in range(low, high, _BLOCK):
            end = min(begin + _BLOCK, high)
            start = min(max(needs(begin)[0] - first, 0), block.shape[0] - 1)
            stop = max(needs(end - 1)[1] - first, start + 1)
            pieces.append(product(block[start:stop], first + start, begin, end))
        return join(pieces).reshape(high - low, *rest, *batch)

    def product(block: Shaped[Array, "..."], first: int, low: int, high: int) -> Shaped[Array, "..."]:
        batch = block.shape[4:]
        distance = first + np.arange(block.shape[0])[:, None] - np.array([needs(j)[0] for j in range(low, high)])
        tap = distance // dilation
        tap = np.where((distance % dilation == 0) & (tap >= 0) & (tap < taps), tap, taps)
        padded = jnp.pad(weights, [(0, 0), (0, 1)] + [(0, 0)] * 3)
        banded = padded[:, tap].transpose(0, 1, 3, 4, 2, 5)  # group, column, height, feature, output column, output
        banded = banded.reshape(groups, -1, (high - low) * outputs)
        inputs = jnp.moveaxis(block, 2, 0).reshape(groups, -1, int(np.prod(batch)))
        settings = {key: params[key] for key in ("precision", "preferred_element_type")}
        if groups == 1:
            result = lax.dot_general(banded[0], inputs[0], (((0,), (0,)), ((), ())), **settings)[None]
        else:
            result = lax.dot_general(banded, inputs, (((1,), (1,)), ((0,), (0,))), **settings)
        return jnp.moveaxis(result.reshape(groups, high - low, outputs, *batch), 0, 1)

    return Local(
        shape=shape,
        axis=axis,
        stride=stride,
        needs=needs,
        columns=columns,
        uniform=(0, shape[axis]),
        differences=lambda difference, low, high: columns([difference], low, high),
    )
