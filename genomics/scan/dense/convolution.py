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
    settings = {key: params[key] for key in ("precision", "preferred_element_type")}
    shape, axis, needs = equation.outputs[0].shape, along.axis, window.needs
    rest = (*shape[:axis], *shape[axis + 1 :])  # all but the features are of size 1

    def laid_out(block: Shaped[Array, "..."]) -> Shaped[Array, "w height group feature ..."]:
        batch = block.shape[len(value.shape) :]
        block = block.transpose(0, *[1 + i for i in rest_order], *range(len(value.shape), block.ndim))
        return block.reshape(block.shape[0], -1, groups, features, *batch)

    def columns(inputs: Sequence[Columns], low: int, high: int) -> Shaped[Array, "..."]:
        source = inputs[0]
        if window.dilation > 1 and high - low == 1:
            return of_one(source, low)
        first = min(max(needs(low)[0], source.start), source.stop - 1)
        block = laid_out(gathered(source, first, max(first + 1, min(needs(high - 1)[1], source.stop))))
        batch = block.shape[4:]
        if window.dilation > 1 and window.stride == 1:
            return shifted(block, needs(low)[0] - first, high - low).reshape(high - low, *rest, *batch)
        pieces = []
        for begin in range(low, high, _BLOCK):
            end = min(begin + _BLOCK, high)
            start = min(max(needs(begin)[0] - first, 0), block.shape[0] - 1)
            stop = max(needs(end - 1)[1] - first, start + 1)
            pieces.append(product(block[start:stop], first + start, begin, end))
        return join(pieces).reshape(high - low, *rest, *batch)

    def of_one(source: Columns, column: int) -> Shaped[Array, "one ..."]:
        """From the columns that its taps read, and none between them."""
        first = needs(column)[0]
        places = [first + tap * window.dilation for tap in range(window.taps)]
        present = [tap for tap, place in enumerate(places) if source.start <= place < source.stop]
        present = present or [0]  # all in the padding: any column, times weights of 0
        reads = [min(max(places[tap], source.start), source.stop - 1) for tap in present]
        block = laid_out(join([source.read(place, place + 1) for place in reads]))
        real = np.array([source.start <= places[tap] < source.stop for tap in present])
        matrix = jnp.where(real[:, None, None, None], weights[:, np.array(present)], 0)
        return contracted(matrix.reshape(groups, -1, outputs), block, 1).reshape(1, *rest, *block.shape[4:])

    def shifted(
        block: Shaped[Array, "w height group feature ..."], offset: int, width: int
    ) -> Shaped[Array, "width ..."]:
        """Every column times every tap, added up where the taps meet; the first output reads from `offset` on."""
        batch = block.shape[4:]
        by_tap = weights.transpose(0, 2, 3, 1, 4).reshape(groups, -1, features, window.taps * outputs)
        flat = block.reshape(*block.shape[:4], -1)
        found = lax.dot_general(by_tap, flat, (((1, 2), (1, 3)), ((0,), (2,))), **settings)
        found = found.reshape(groups, window.taps, outputs, block.shape[0], flat.shape[-1])
        total = jnp.zeros((groups, outputs, width, flat.shape[-1]), found.dtype)
        for tap in range(window.taps):
            begin = offset + tap * window.dilation
            if begin < block.shape[0] and begin + width > 0:
                along_axis = (-begin, width + begin - block.shape[0], 0)
                total += lax.pad(found[:, tap], jnp.zeros((), found.dtype), [(0, 0, 0)] * 2 + [along_axis, (0, 0, 0)])
        return jnp.moveaxis(total, 2, 0).reshape(width, groups, outputs, *batch)

    def product(block: Shaped[Array, "..."], first: int, low: int, high: int) -> Shaped[Array, "..."]:
        matrix = banded(weights, window, needs(low)[0] - first, high - low, block.shape[0])
        return contracted(matrix.reshape(groups, -1, (high - low) * outputs), block, high - low)

    def contracted(
        matrix: Shaped[Array, "group rows w_output"], block: Shaped[Array, "w height group feature ..."], width: int
    ) -> Shaped[Array, "width group output ..."]:
        batch = block.shape[4:]
        inputs = jnp.moveaxis(block, 2, 0).reshape(groups, -1, int(np.prod(batch)))
        if groups == 1:
            result = lax.dot_general(matrix[0], inputs[0], (((0,), (0,)), ((), ())), **settings)[None]
        else:
            result = lax.dot_general(matrix, inputs, (((1,), (1,)), ((0,), (0,))), **settings)
        return jnp.moveaxis(result.reshape(groups, width, outputs, *batch), 0, 1)

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
