"""Which equations are linear (or affine) in the values that depend on the input, and which are bilinear."""

import jax.numpy as jnp

from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation


def is_affine(equation: Equation) -> bool:
    """Whether the outputs are an affine function of all operands that depend on the input, taken together."""
    live = [i for i, is_live in enumerate(equation.live) if is_live]
    known = record(equation.primitive)
    if known.product:
        return len(live) == 1
    if equation.primitive == "convert_element_type":
        return _keeps_value(equation)
    return known.affine is None or known.affine.issuperset(live)


def is_product(equation: Equation) -> bool:
    """Whether the equation is linear in each of two operands: affine with one of them constant."""
    return record(equation.primitive).product


def affine_operands(equation: Equation) -> frozenset[int]:
    """The positions in which the equation is affine or bilinear: neither indices nor a selecting truth value."""
    everywhere = frozenset(range(len(equation.operands)))
    known = record(equation.primitive)
    return everywhere & known.affine if known.affine else everywhere


def is_weighted(equation: Equation) -> bool:
    """Whether this is a convolution or a matrix product with constant weights: a layer that carries them."""
    return record(equation.primitive).weighted and sum(equation.live) == 1


def _keeps_value(equation: Equation) -> bool:
    source, target = equation.operands[0].dtype, equation.outputs[0].dtype
    return jnp.issubdtype(target, jnp.inexact) or source == jnp.bool_ or jnp.issubdtype(source, jnp.integer)
