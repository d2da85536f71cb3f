"""Convolution: the differences inside the span times the kernel, and nothing else."""

from typing import Any

import jax
import numpy as np
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental import described, products
from genomics.mutagenesis.incremental.change import Local, Table, by_class, from_delta, from_table, looked_up, resized
from genomics.mutagenesis.incremental.span import ALL, through
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.record import Along
from genomics.tracing.columns.windows import covers_others
from genomics.tracing.program import Equation


def convolve(equation: Equation, operands: list[Any], reference: Unmutated) -> Local:
    """`conv_general_dilated` along the changed axis with any stride, dilation, padding and number of groups.

    On a table (one-hot bases, as they stand or scaled) the convolution is a table again: differences of weights, looked
    up. Further spatial axes are contracted where the kernel covers them (a (4, W) kernel over an image of bases),
    otherwise convolved as they stand.
    """
    local, kernel = operands
    (along,) = described.along(equation, operands)
    window, axis, size, span = along.window, along.axis, along.size, local.span
    form = _as_products if covers_others(equation, span.axis) else _as_it_stands
    apply = lambda delta, offset, width: form(along, equation, delta, kernel, offset, width)  # noqa: E731

    table = local.table
    if table is not None and span.inside(ALL, 0, span.width) is None:
        output, offsets = through(span, window, axis, size)
        entries = lambda offset: apply(table.entries, offset, output.width)  # noqa: E731
        if not np.ptp(offsets):
            return from_table(output, reference, Table(codes=table.codes, entries=entries(int(offsets[0]))))
        delta = by_class(offsets, lambda rows, offset: looked_up(entries(offset), table.codes[rows]))
        if delta is not None:
            return from_delta(output, reference, delta)

    local = described.stride_aligned(local, window)
    output, offsets = through(local.span, window, axis, size)
    delta = local.delta(ALL, 0, local.span.width)
    return from_delta(output, reference, apply(delta, int(offsets[0]), output.width))


def _as_products(
    along: Along,
    equation: Equation,
    delta: Shaped[Array, "rows three ..."],
    kernel: Shaped[Array, "..."],
    offset: int,
    width: int,
) -> Shaped[Array, "rows three ..."]:
    """As matrix products; see `products.convolve`."""
    params, window = equation.params, along.window
    lhs, rhs, out = params["dimension_numbers"]
    spatial = lhs[2:].index(along.aligned[0])
    covered = [i for i in range(2, len(lhs)) if i != 2 + spatial]
    groups = params["feature_group_count"]

    # (rows, 3, batch, window, height, group, feature) and (tap, height, group, feature, output).
    order = [lhs[0], lhs[2 + spatial], *[lhs[i] for i in covered], lhs[1]]
    delta = delta.transpose(0, 1, *[2 + axis for axis in order])
    features = delta.shape[-1] // groups
    delta = delta.reshape(*delta.shape[:4], -1, groups, features)
    kernel = kernel.transpose(rhs[2 + spatial], *[rhs[i] for i in covered], rhs[1], rhs[0])
    kernel = kernel.reshape(window.taps, -1, features, groups, kernel.shape[-1] // groups).swapaxes(2, 3)
    result = products.convolve(
        delta,
        kernel,
        window=window,
        offset=offset,
        width=width,
        precision=params["precision"],
        preferred_element_type=params["preferred_element_type"],
    )

    # From (rows, 3, batch, window, output) to the layout of the equation's output; covered axes have size 1.
    source = {out[0]: 2, out[2 + spatial]: 3, out[1]: 4} | {out[i]: 5 + k for k, i in enumerate(covered)}
    result = result.reshape(*result.shape, *[1] * len(covered))
    return result.transpose(0, 1, *[source[axis] for axis in range(len(out))])


def _as_it_stands(
    along: Along,
    equation: Equation,
    delta: Shaped[Array, "rows three ..."],
    kernel: Shaped[Array, "..."],
    offset: int,
    width: int,
) -> Shaped[Array, "rows three ..."]:
    """As a convolution of the windows, zeros around them."""
    axis = along.aligned[0]
    assert axis is not None
    last = offset + (width - 1) * along.window.stride + along.window.extent
    one = lambda example: along.block([example, kernel])  # noqa: E731
    return jax.vmap(jax.vmap(one))(resized(delta, 2 + axis, offset, last))
