"""Affine and bilinear primitives: the difference of the result is a linear map of the operands' differences."""

from collections.abc import Sequence
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.attribution.deeplift.value import Delta, Frozen, Linear, real, total
from genomics.tracing.linear import affine_operands
from genomics.tracing.program import Equation

#: Where a product of two live values is linearised.
Point = Literal["x", "middle"]


def linear(equation: Equation, operands: Sequence[Frozen | Array], point: Point) -> Linear:
    """The differential of an equation.

    Of an affine equation it is exact wherever it is taken. Of a product of two values that both depend on the input it
    is exact half-way between reference and sequence, where it equals the average over the two orders of replacing one
    operand after the other (their Shapley values): `a b - a' b' = (a - a') (b + b')/2 + (b - b') (a + a')/2`.

    Args:
      equation: an equation that is affine or bilinear in its live operands.
      operands: `Frozen` where live.
      point: "middle" is complete; "x" is the ordinary derivative at the sequence.
    """
    castable = affine_operands(equation)
    fixed = [
        operand if isinstance(operand, Frozen) or i not in castable else _matching(operand, equation)
        for i, operand in enumerate(operands)
    ]
    live = [i for i, operand in enumerate(fixed) if isinstance(operand, Frozen)]
    primals = [_point(operand, point) for operand in fixed if isinstance(operand, Frozen)]

    def evaluate(*values: Array) -> list[Array]:
        replaced = dict(zip(live, values, strict=True))
        results = equation.evaluate(*(replaced.get(i, operand) for i, operand in enumerate(fixed)))
        return [real(result) for result in results]

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        tangents = [total(delta).astype(primal.dtype) for delta, primal in zip(deltas, primals, strict=True)]
        return jax.jvp(evaluate, primals, tangents)[1]

    return Linear(push=push)


def derivative(equation: Equation, operands: Sequence[Frozen | Array]) -> Linear:
    """The ordinary derivative at the sequence of any primitive; truth values and integers pass nothing on."""
    is_smooth = [isinstance(o, Frozen) and jnp.issubdtype(o.x.dtype, jnp.inexact) for o in operands]
    values = [operand.x if isinstance(operand, Frozen) else operand for operand in operands]
    smooth = [i for i, flag in enumerate(is_smooth) if flag]

    def evaluate(*points: Array) -> list[Array]:
        replaced = dict(zip(smooth, points, strict=True))
        return [real(result) for result in equation.evaluate(*(replaced.get(i, v) for i, v in enumerate(values)))]

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        all_live = [i for i, operand in enumerate(operands) if isinstance(operand, Frozen)]
        tangents = [total(delta) for i, delta in zip(all_live, deltas, strict=True) if is_smooth[i]]
        return jax.jvp(evaluate, [values[i] for i in smooth], tangents)[1]

    return Linear(push=push)


def _point(operand: Frozen, point: Point) -> Array:
    return real(operand.x) if point == "x" else 0.5 * (real(operand.x) + real(operand.r))


def _matching(constant: Array, equation: Equation) -> Array:
    """Truth values and integers are carried as numbers: so are the constants that they are put together with."""
    inexact = all(jnp.issubdtype(output.dtype, jnp.inexact) for output in equation.outputs)
    return constant if inexact else real(constant)
