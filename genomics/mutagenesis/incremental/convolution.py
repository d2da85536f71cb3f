"""Convolution: the differences inside the interval times the kernel, and nothing else."""

from typing import Any

import jax
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental import products
from genomics.mutagenesis.incremental.change import (
    Local,
    Reference,
    Table,
    Whole,
    by_class,
    from_delta,
    from_table,
    looked_up,
    realigned,
    resized,
)
from genomics.mutagenesis.incremental.interval import ALL, NotLocalError, Window, through
from genomics.tracing.program import Equation


def convolve(equation: Equation, operands: list[Any], reference: Reference) -> Local:
    """`conv_general_dilated` along the changed axis with any stride, dilation, padding and number of groups.

    On a table (one-hot bases, as they stand or scaled) the convolution is a table again: differences of weights, looked
    up. Further spatial axes are contracted where the kernel covers them (a (4, W) kernel over an image of bases),
    otherwise convolved as they stand.
    """
    local, kernel = operands
    params = equation.params
    if not isinstance(local, Local) or isinstance(kernel, Local | Whole):
        raise NotLocalError("has a kernel that depends on the sequence")
    numbers, interval = params["dimension_numbers"], local.interval
    if interval.axis not in numbers.lhs_spec[2:] or params["batch_group_count"] != 1:
        raise NotLocalError("mixes the changed columns as features or examples")
    spatial = numbers.lhs_spec[2:].index(interval.axis)
    if params["lhs_dilation"][spatial] != 1:
        raise NotLocalError("dilates its input")
    window = Window(
        taps=kernel.shape[numbers.rhs_spec[2 + spatial]],
        stride=params["window_strides"][spatial],
        dilation=params["rhs_dilation"][spatial],
        low=params["padding"][spatial][0],
    )
    axis = numbers.out_spec[2 + spatial]
    size = reference.array.shape[axis]
    apply = _as_products if _covers(equation, local, kernel, spatial) else _as_it_stands

    table = local.table
    if table is not None and interval.inside(ALL, 0, interval.width) is None:
        output, offsets = through(interval, window, axis, size)
        entries = lambda offset: apply(equation, table.entries, kernel, spatial, window, offset, output.width)  # noqa: E731
        if not np.ptp(offsets):
            return from_table(output, reference, Table(codes=table.codes, entries=entries(int(offsets[0]))))
        delta = by_class(offsets, lambda rows, offset: looked_up(entries(offset), table.codes[rows]))
        if delta is not None:
            return from_delta(output, reference, delta)

    local = _aligned(local, window)
    output, offsets = through(local.interval, window, axis, size)
    delta = local.delta(ALL, 0, local.interval.width)
    return from_delta(output, reference, apply(equation, delta, kernel, spatial, window, int(offsets[0]), output.width))


def _aligned(local: Local, window: Window) -> Local:
    """Intervals widened to the left until all start at the same distance from the stride."""
    over = (local.interval.starts + window.low) % window.stride
    if not np.ptp(over):
        return local
    return realigned(local, local.interval.starts - over, local.interval.width + int(over.max()))


def _covers(equation: Equation, local: Local, kernel: Shaped[Array, "..."], spatial: int) -> bool:
    """Whether the kernel covers every spatial axis but the changed one entirely, once."""
    numbers, params = equation.params["dimension_numbers"], equation.params
    for i, (axis, kernel_axis) in enumerate(zip(numbers.lhs_spec[2:], numbers.rhs_spec[2:], strict=True)):
        plain = params["padding"][i] == (0, 0) and params["lhs_dilation"][i] == 1
        dense = params["rhs_dilation"][i] == 1 or kernel.shape[kernel_axis] == 1
        if i != spatial and not (plain and dense and local.shape[axis] == kernel.shape[kernel_axis]):
            return False
    return True


def _as_products(
    equation: Equation,
    delta: Shaped[Array, "rows three ..."],
    kernel: Shaped[Array, "..."],
    spatial: int,
    window: Window,
    offset: int,
    width: int,
) -> Shaped[Array, "rows three ..."]:
    """As matrix products; see `products.convolve`."""
    params = equation.params
    lhs, rhs, out = params["dimension_numbers"]
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
    equation: Equation,
    delta: Shaped[Array, "rows three ..."],
    kernel: Shaped[Array, "..."],
    spatial: int,
    window: Window,
    offset: int,
    width: int,
) -> Shaped[Array, "rows three ..."]:
    """As a convolution of the windows, zeros around them."""
    params = equation.params
    axis = params["dimension_numbers"].lhs_spec[2 + spatial]
    last = offset + (width - 1) * window.stride + window.extent
    padding = [(0, 0) if i == spatial else pads for i, pads in enumerate(params["padding"])]

    def one(example: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        return lax.conv_general_dilated(
            example,
            kernel,
            window_strides=params["window_strides"],
            padding=padding,
            lhs_dilation=params["lhs_dilation"],
            rhs_dilation=params["rhs_dilation"],
            dimension_numbers=params["dimension_numbers"],
            feature_group_count=params["feature_group_count"],
            precision=params["precision"],
            preferred_element_type=params["preferred_element_type"],
        )

    return jax.vmap(jax.vmap(one))(resized(delta, 2 + axis, offset, last))
