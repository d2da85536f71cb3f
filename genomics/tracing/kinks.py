"""The slope of a maximum or minimum with a constant where both are equal."""

from collections.abc import Sequence

import jax.numpy as jnp
from jaxtyping import Array

from genomics.tracing.program import Equation


def evaluate_with_kinks(equation: Equation, operands: Sequence[Array]) -> list[Array]:
    """The equation itself, but where a maximum or minimum with a constant meets it, the slope is the constant's: 0.

    So `relu'(0) = 0`, as `jax.nn.relu` has it; JAX averages the slopes of both sides of `maximum`, which gives 0.5.
    """
    if equation.primitive not in ("max", "min") or all(equation.live):
        return equation.evaluate(*operands)
    value, bound = operands if equation.live[0] else reversed(operands)
    inside = value > bound if equation.primitive == "max" else value < bound
    return [jnp.where(inside, value, bound)]
