"""Convolutions as patches x matrix: the same numbers, where XLA's own convolution is slow.

Within a loop (`lax.map`, `lax.scan`) XLA compiles a convolution for a CPU to a single-threaded, naive one unless its
channels are last, in value and kernel: about twenty times slower than the same arithmetic as a matrix product.
Depthwise ones it computes slowly in any layout: LegNet takes three times as long as in products, also with channels
last, Basset and BPNet up to twice as long (measured on 2 cores, 4 to 8 sequences at a time). On other devices the
convolution itself is the faster way.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.tracing.layout import channels_last
from genomics.tracing.program import Equation, trace, walk

#: Taps of a kernel above which its patches are not written out.
_MOST_TAPS = 128


def for_loops(
    predict: Callable[[Float[Array, "L 4"]], Float[Array, " T"]],
) -> Callable[[Float[Array, "L 4"]], Float[Array, " T"]]:
    """`predict` as it is fast within a loop: on a CPU its convolutions as products, elsewhere itself.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.

    Returns:
      An equal function, up to rounding.
    """
    if jax.default_backend() != "cpu":
        return predict

    def rewritten(x: Float[Array, "L 4"]) -> Float[Array, " T"]:
        return walk(channels_last(trace(predict, x)), x, lambda equation, values: evaluate(equation, *values))

    return rewritten


def evaluate(equation: Equation, *operands: Array) -> list[Array]:
    """The equation itself, a convolution on a CPU as a product.

    Args:
      equation: any.
      operands: arrays in the place of all of its operands.

    Returns:
      The list of its outputs.
    """
    if equation.primitive == "conv_general_dilated" and jax.default_backend() == "cpu" and _can(equation):
        return [convolution(equation, *operands)]
    return equation.evaluate(*operands)


def size(equation: Equation) -> int:
    """Numbers in the largest array that `evaluate` holds for an equation: its outputs, or the patches."""
    largest = max(math.prod(output.shape) for output in equation.outputs)
    if equation.primitive == "conv_general_dilated" and jax.default_backend() == "cpu" and _can(equation):
        kernel, specs = equation.operands[1], equation.params["dimension_numbers"]
        positions = largest // kernel.shape[specs.rhs_spec[0]]
        features = equation.operands[0].shape[specs.lhs_spec[1]]
        if kernel.shape[specs.rhs_spec[1]] > 1 or equation.params["feature_group_count"] == 1:
            largest = max(largest, positions * features * _taps(equation))
    return largest


def convolution(equation: Equation, x: Array, kernel: Array) -> Array:
    """`conv_general_dilated`: of any stride, dilation, padding, layout and number of groups, in any dimensions.

    One channel to a group is a sum of shifted products, everything else one product of patches.

    Args:
      equation: the convolution, of one group of examples.
      x: its value.
      kernel: its kernel, both in the layouts that the equation states.

    Returns:
      The output in the equation's layout and dtype.
    """
    params = equation.params
    lhs, rhs, out = params["dimension_numbers"]
    x = x.transpose(lhs[0], *lhs[2:], lhs[1])
    kernel = kernel.transpose(*rhs[2:], rhs[1], rhs[0])
    *widths, features, outputs = kernel.shape
    groups, space = params["feature_group_count"], range(len(widths))
    padding = [(int(a), int(b), d - 1) for (a, b), d in zip(params["padding"], params["lhs_dilation"], strict=True)]
    x = lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *padding, (0, 0, 0)])
    shape = [equation.outputs[0].shape[axis] for axis in out[2:]]

    def shifted(tap: Sequence[int]) -> Array:
        first = [t * d for t, d in zip(tap, params["rhs_dilation"], strict=True)]
        strides = params["window_strides"]
        last = [first[i] + (shape[i] - 1) * strides[i] + 1 for i in space]
        return lax.slice(x, (0, *first, 0), (x.shape[0], *last, x.shape[-1]), (1, *strides, 1))

    taps = list(itertools.product(*map(range, widths)))
    settings = {name: params[name] for name in ("precision", "preferred_element_type")}
    if groups > 1 and features == 1 and outputs == groups:
        # XLA's convolution accumulates in float32 at least.
        wide = jnp.promote_types(jnp.promote_types(x.dtype, jnp.float32), equation.outputs[0].dtype)
        terms = [shifted(tap).astype(wide) * kernel[tap][0].astype(wide) for tap in taps]
        y = sum(terms[1:], terms[0])
    elif groups == 1:
        patches = jnp.concatenate([shifted(tap) for tap in taps], -1) if len(taps) > 1 else shifted(taps[0])
        y = jnp.matmul(patches, kernel.reshape(-1, outputs), **settings)
    else:
        patches = jnp.stack([shifted(tap).reshape(-1, groups, features) for tap in taps], 1)
        own = kernel.reshape(len(taps), features, groups, outputs // groups)
        y = jnp.einsum("ntgi,tigo->ngo", patches, own, **settings)
    y = y.reshape(x.shape[0], *shape, outputs).astype(equation.outputs[0].dtype)
    return y.transpose([(out[0], *out[2:], out[1]).index(axis) for axis in range(len(out))])


def _can(equation: Equation) -> bool:
    output = equation.outputs[0]
    real = jnp.issubdtype(output.dtype, jnp.floating) and math.prod(output.shape) > 0
    return real and equation.params["batch_group_count"] == 1 and _taps(equation) <= _MOST_TAPS


def _taps(equation: Equation) -> int:
    """Places of the kernel."""
    return math.prod(equation.operands[1].shape[axis] for axis in equation.params["dimension_numbers"].rhs_spec[2:])
