"""The same function with a gradient that is cheap on a CPU.

Some primitives have gradients that XLA compiles badly for CPUs, or that JAX does not have. The gradient of a max-pool
becomes a scalar loop (`select_and_scatter_add`), and a pool with holes (a window dilation) has none. The input gradient
of a convolution reads its kernel through permuted dimensions, which inside `lax.scan` selects a naive kernel, about ten
times slower. That of a maximum along an axis may be 0 / 0. They are written anew here: same values, same gradients (the
first maximum of a window takes it all, equal values along an axis share it), other primitives.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.attribution.deeplift.pooling import first_maximum, windows
from genomics.attribution.record import Predict
from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation, trace, walk


def with_fast_gradient(predict: Predict) -> Predict:
    """`predict` with max-pools and convolutions rewritten; values and gradients are equal up to rounding.

    Derivatives that a library defined for its functions (`custom_jvp`, `custom_vjp`) are kept.

    Args:
      predict: any JAX function of one array.

    Returns:
      An equal function.

    Raises:
      InputError: on calling it, where `predict` does not return one array.
    """

    def rewritten(x: Float[Array, "..."]) -> Array:
        return walk(trace(predict, x, inline_custom_rules=False), x, evaluate_with_fast_gradient)

    return rewritten


def evaluate_with_fast_gradient(equation: Equation, operands: Sequence[Array]) -> list[Array]:
    """Evaluates one equation: a step for `walk` over a program traced with `inline_custom_rules=False`."""
    if equation.primitive == "conv_general_dilated" and equation.live == (True, False):
        return [_convolution(equation, *operands)]
    if equation.primitive == "reduce_window_max" and _tiles_one_axis(equation):
        return [_tiled_max_pool(equation, *operands)]
    if equation.primitive in ("reduce_window_max", "reduce_window_min") and _has_holes(equation):
        return [_pool_with_holes(equation, *operands)]
    if equation.primitive in ("reduce_max", "reduce_min") and jnp.issubdtype(equation.operands[0].dtype, jnp.floating):
        return [_extreme(equation, *operands)]
    return equation.evaluate(*operands)


def _tiles_one_axis(equation: Equation) -> bool:
    """Whether the windows lie side by side along one axis, so that the axis can be reshaped into windows."""
    params = equation.params
    window, strides = params["window_dimensions"], params["window_strides"]
    undilated = set(params["window_dilation"]) | set(params["base_dilation"]) == {1}
    tiled = undilated and sum(size > 1 for size in window) == 1 and tuple(window) == tuple(strides)
    return tiled and jnp.issubdtype(equation.operands[0].dtype, jnp.floating)


def _has_holes(equation: Equation) -> bool:
    params = equation.params
    dilated = set(params["window_dilation"]) | set(params["base_dilation"]) != {1}
    return dilated and jnp.issubdtype(equation.operands[0].dtype, jnp.floating)


def _pool_with_holes(equation: Equation, x: Array) -> Array:
    """Every element of a window beside the others, the first extreme one read through a mask."""
    sign = record(equation.primitive).maximum
    elements = windows(equation, sign * x, -jnp.inf)
    return sign * jnp.where(first_maximum(elements), elements, 0).sum(0)


def _extreme(equation: Equation, x: Array) -> Array:
    """A maximum along axes whose gradient goes to equal values in equal shares, and at least to one.

    JAX looks for the values that equal the maximum. XLA may compute them a second time, and then, rounded in another
    way (seen within `lax.scan` on a CPU), none of them does: the gradient is 0 / 0.
    """
    sign = record(equation.primitive).maximum
    elements = windows(equation, sign * x, -jnp.inf)
    value = lax.stop_gradient(equation.evaluate(x)[0])
    place = lax.broadcasted_iota(jnp.int32, elements.shape, 0)
    highest = (elements == sign * value) | (place == jnp.argmax(elements, axis=0))
    moved = jnp.where(highest, elements - lax.stop_gradient(elements), 0).sum(0) / highest.sum(0)
    return value + sign * moved


def _tiled_max_pool(equation: Equation, x: Array) -> Array:
    """Reads every window at the place of its first maximum, so that the gradient is a mask."""
    window = equation.params["window_dimensions"]
    axis = next(i for i, size in enumerate(window) if size > 1)
    outputs, size = equation.outputs[0].shape[axis], window[axis]
    low, _ = equation.params["padding"][axis]
    padding = [(0, 0, 0)] * x.ndim
    padding[axis] = (low, outputs * size - low - x.shape[axis], 0)  # cuts off what no window covers
    padded = lax.pad(x, jnp.array(-jnp.inf, x.dtype), padding)
    windows = padded.reshape(*x.shape[:axis], outputs, size, *x.shape[axis + 1 :])
    first = jnp.argmax(windows, axis=axis + 1, keepdims=True)
    place = lax.broadcasted_iota(first.dtype, windows.shape, axis + 1)
    return jnp.where(place == first, windows, 0).sum(axis + 1)


def _convolution(equation: Equation, x: Array, kernel: Array) -> Array:
    """The convolution itself forward; backward the input's gradient as a convolution with a plain kernel."""

    def convolve(x: Array, kernel: Array) -> Array:
        return equation.evaluate(x, kernel)[0]

    def backward(residuals: tuple[Array, Array], g: Array) -> tuple[Array, Array]:
        x, kernel = residuals
        _, of_kernel = jax.vjp(lambda kernel: convolve(x, kernel), kernel)
        return _input_gradient(equation, kernel, g), of_kernel(g)[0]

    rule = jax.custom_vjp(convolve)
    rule.defvjp(lambda x, kernel: (convolve(x, kernel), (x, kernel)), backward)
    return rule(x, kernel)


def _input_gradient(equation: Equation, kernel: Array, g: Array) -> Array:
    """The transpose of a convolution in its input, for any stride, dilation, padding, grouping and layout.

    The kernel is reversed, its input and output channels change places within each group, and stride and input dilation
    change roles. Everything is brought to the layouts N...C and ...IO first.
    """
    params = equation.params
    lhs_spec, rhs_spec, out_spec = params["dimension_numbers"]
    groups, space = params["feature_group_count"], range(len(lhs_spec) - 2)
    flipped = jnp.flip(jnp.transpose(kernel, (*rhs_spec[2:], rhs_spec[1], rhs_spec[0])), tuple(space))
    *width, inputs, outputs = flipped.shape
    flipped = flipped.reshape(*width, inputs, groups, outputs // groups)
    flipped = jnp.swapaxes(flipped, -1, -3).reshape(*width, outputs // groups, groups * inputs)
    cotangent = jnp.transpose(g, (out_spec[0], *out_spec[2:], out_spec[1]))

    padding = []
    for i in space:
        reach = (width[i] - 1) * params["rhs_dilation"][i] + 1
        dilated_input = (equation.operands[0].shape[lhs_spec[2 + i]] - 1) * params["lhs_dilation"][i] + 1
        dilated_output = (cotangent.shape[1 + i] - 1) * params["window_strides"][i] + 1
        before = reach - 1 - params["padding"][i][0]
        padding.append((before, dilated_input + reach - 1 - dilated_output - before))
    letters = "XYZ"[: len(space)]
    gradient = lax.conv_general_dilated(
        cotangent,
        flipped,
        window_strides=params["lhs_dilation"],
        padding=padding,
        lhs_dilation=params["window_strides"],
        rhs_dilation=params["rhs_dilation"],
        dimension_numbers=(f"N{letters}C", f"{letters}IO", f"N{letters}C"),
        feature_group_count=groups,
        precision=params["precision"],
        preferred_element_type=params["preferred_element_type"],
    )
    canonical = (lhs_spec[0], *lhs_spec[2:], lhs_spec[1])
    return jnp.moveaxis(gradient, range(gradient.ndim), canonical).astype(equation.operands[0].dtype)
