"""Convolution along the shared axis as products of matrices, with the columns of all windows side by side.

`lax.conv_general_dilated` inside a loop is single-threaded and naive on a CPU; a product is neither.
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense import described
from genomics.scan.dense.shared import Shared
from genomics.scan.dense.tracked import Columns, gathered, join
from genomics.tracing.columns.banded import banded
from genomics.tracing.columns.windows import covers_others
from genomics.tracing.program import Equation

#: Output columns to one product: more would mostly multiply the zeros beside the kernel's diagonal.
_BLOCK = 16


def convolution(equation: Equation, operands: Sequence[Any]) -> list[Shared]:
    """`conv_general_dilated` with any stride, dilation, padding and number of groups along the shared axis.

    Where the kernel does not cover the other spatial axes (of an image), as its record has it.
    """
    (along,) = described.along(equation, operands)
    value, kernel = operands
    lhs, rhs, _ = equation.params["dimension_numbers"]
    if value.shape[lhs[0]] != 1 or not covers_others(equation, value.axis):
        return described.described(equation, operands)
    window, params = along.window, equation.params
    groups = params["feature_group_count"]
    kernel_axis = rhs[lhs.index(value.axis)]

    # Weights as (group, tap, height, feature, output), blocks as (column, height, group, feature, *batch).
    others = [i for i in range(2, len(rhs)) if rhs[i] != kernel_axis]
    weights = kernel.transpose(kernel_axis, *[rhs[i] for i in others], rhs[1], rhs[0])
    features, outputs = weights.shape[-2], weights.shape[-1] // groups
    weights = jnp.moveaxis(weights.reshape(window.taps, -1, features, groups, outputs), 3, 0)
    rest_order = [axis - (axis > value.axis) for axis in (lhs[0], *[lhs[i] for i in others], lhs[1])]
    shape, axis, needs = equation.outputs[0].shape, along.axis, window.needs
    rest = (*shape[:axis], *shape[axis + 1 :])  # all but the features are of size 1

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
        matrix = banded(weights, window, needs(low)[0] - first, high - low, block.shape[0])
        matrix = matrix.reshape(groups, -1, (high - low) * outputs)
        inputs = jnp.moveaxis(block, 2, 0).reshape(groups, -1, int(np.prod(batch)))
        settings = {key: params[key] for key in ("precision", "preferred_element_type")}
        if groups == 1:
            result = lax.dot_general(matrix[0], inputs[0], (((0,), (0,)), ((), ())), **settings)[None]
        else:
            result = lax.dot_general(matrix, inputs, (((1,), (1,)), ((0,), (0,))), **settings)
        return jnp.moveaxis(result.reshape(groups, high - low, outputs, *batch), 0, 1)

    shared = Shared(
        shape=shape,
        axis=axis,
        stride=window.stride,
        needs=needs,
        columns=columns,
        uniform=(0, along.size),
        differences=lambda difference, low, high: columns([difference], low, high),
    )
    return [shared]
