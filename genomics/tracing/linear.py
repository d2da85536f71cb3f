"""Which equations are linear (or affine) in the values that depend on the input, and which are bilinear."""

import jax.numpy as jnp

from genomics.tracing.program import Equation

#: Primitive -> the operands in which, taken together, it is affine when the others are constant; None = all.
_AFFINE: dict[str, frozenset[int] | None] = {
    "add": None,
    "add_any": None,
    "broadcast_in_dim": None,
    "concatenate": None,
    "copy": None,
    "cumsum": None,
    "device_put": None,
    "div": frozenset({0}),
    "dynamic_slice": frozenset({0}),
    "dynamic_update_slice": frozenset({0, 1}),
    "expand_dims": None,
    "gather": frozenset({0}),
    "neg": None,
    "optimization_barrier": None,
    "pad": frozenset({0, 1}),
    "reduce_sum": None,
    "reduce_window_sum": None,
    "reshape": None,
    "rev": None,
    "scatter": frozenset({0, 2}),
    "scatter-add": frozenset({0, 2}),
    "select_n": frozenset(range(1, 64)),
    "sharding_constraint": None,
    "slice": None,
    "split": None,
    "squeeze": None,
    "stack": None,
    "stop_gradient": None,
    "sub": None,
    "tile": None,
    "transpose": None,
    "unstack": None,
}

#: Linear in each of two operands: affine with one of them constant.
BILINEAR = frozenset({"mul", "dot_general", "conv_general_dilated"})

#: Products with a kernel: the layers that carry a network's weights.
WEIGHTED = frozenset({"dot_general", "conv_general_dilated"})


def is_affine(equation: Equation) -> bool:
    """Whether the outputs are an affine function of all operands that depend on the input, taken together."""
    live = [i for i, is_live in enumerate(equation.live) if is_live]
    if equation.primitive in BILINEAR:
        return len(live) == 1
    if equation.primitive == "convert_element_type":
        return _keeps_value(equation)
    if equation.primitive not in _AFFINE:
        return False
    positions = _AFFINE[equation.primitive]
    return positions is None or positions.issuperset(live)


def affine_operands(equation: Equation) -> frozenset[int]:
    """The positions in which the equation is affine or bilinear: neither indices nor a selecting truth value."""
    everywhere = frozenset(range(len(equation.operands)))
    positions = _AFFINE.get(equation.primitive)
    return everywhere if positions is None else everywhere & positions


def is_weighted(equation: Equation) -> bool:
    """Whether this is a convolution or a matrix product with constant weights."""
    return equation.primitive in WEIGHTED and sum(equation.live) == 1


def _keeps_value(equation: Equation) -> bool:
    source, target = equation.operands[0].dtype, equation.outputs[0].dtype
    return jnp.issubdtype(target, jnp.inexact) or source == jnp.bool_ or jnp.issubdtype(source, jnp.integer)
