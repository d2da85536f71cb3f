"""Where the shared axis ends: pools over all columns, and the dense layer after a flatten.

Each gives the reference's value for every window, and the value of mutants whose columns [start, stop) differ.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense.tracked import Columns, NotSharedError, PerWindow, Tracked, flat, gathered, sliding
from genomics.tracing.columns.windows import COMBINATIONS
from genomics.tracing.program import Equation


@dataclass(frozen=True, kw_only=True)
class Closing:
    """A primitive that uses the shared axis up.

    Attributes:
      reference: (the operand) -> its value in every window.
      mutant: (the operand, reference's result, the mutants' columns, their differences) -> the mutants' value. Both
        kinds of columns reach from the first to the last changed one.
    """

    reference: Callable[[Tracked], PerWindow]
    mutant: Callable[[Tracked, PerWindow, Columns, Columns], PerWindow]


def reduction(equation: Equation, operands: list[Any]) -> Closing:
    """`reduce_sum`, `reduce_max`, `reduce_min` over the shared axis, and possibly others."""
    (value,), axes = operands, equation.params["axes"]
    if value.view is not None:
        raise NotSharedError("reduces merged axes")
    combination = COMBINATIONS[equation.primitive]
    combine, over_rest = combination.combine, combination.over
    others = tuple(axis - (axis > value.axis) for axis in axes if axis != value.axis)

    def within(array: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
        return over_rest(array, axis=others) if others else array

    def reference(operand: Tracked) -> PerWindow:
        everything = sliding(combine, operand, 0, operand.size)
        assert everything is not None
        return PerWindow(array=within(everything))

    def mutant(operand: Tracked, before: PerWindow, new: Columns, difference: Columns) -> PerWindow:
        if equation.primitive == "reduce_sum":
            return PerWindow(array=_spread(before) + within(jnp.sum(difference.read(new.start, new.stop), axis=0)))
        result = over_rest(new.read(new.start, new.stop), axis=0)
        for low, high in ((0, new.start), (new.stop, operand.size)):
            part = sliding(combine, operand, low, high)
            result = result if part is None else combine(result, jnp.expand_dims(part, -2))
        return PerWindow(array=within(result))

    return Closing(reference=reference, mutant=mutant)


def contraction(equation: Equation, operands: list[Any]) -> Closing:
    """`dot_general` of all of a value with constant weights: a dense layer after a flatten."""
    live = 0 if isinstance(operands[0], Tracked) else 1
    value, weights = operands[live], operands[1 - live]
    contracting, batched = equation.params["dimension_numbers"]
    if isinstance(weights, Tracked | PerWindow) or any(batched):
        raise NotSharedError("multiplies two values that depend on the sequence")
    pairs = sorted(zip(contracting[live], contracting[1 - live], strict=True))
    if any(size != 1 for i, size in enumerate(value.logical) if i not in contracting[live]):
        raise NotSharedError("keeps some of the merged axes")
    kept = [i for i in range(weights.ndim) if i not in contracting[1 - live]]
    matrix = weights.transpose(*[other for _, other in pairs], *kept)
    outputs = math.prod(weights.shape[i] for i in kept)
    matrix = jnp.moveaxis(matrix.reshape(*value.shape, outputs), value.axis, 0)
    shape = equation.outputs[0].shape
    settings = {key: equation.params[key] for key in ("precision", "preferred_element_type")}

    def product(block: Shaped[Array, "..."], start: int, stop: int) -> Shaped[Array, "..."]:
        batch = block.shape[len(value.shape) :]
        rows = matrix[start:stop].reshape(-1, outputs)
        result = lax.dot_general(rows, flat(block, len(batch)), (((0,), (0,)), ((), ())), **settings)
        return result.reshape(*shape, *batch)

    def reference(operand: Tracked) -> PerWindow:
        return PerWindow(array=product(operand.read(0, operand.size), 0, operand.size))

    def mutant(operand: Tracked, before: PerWindow, new: Columns, difference: Columns) -> PerWindow:
        del operand
        block = gathered(difference, new.start, new.stop)
        return PerWindow(array=_spread(before) + product(block, new.start, new.stop))

    return Closing(reference=reference, mutant=mutant)


def _spread(reference: PerWindow) -> Shaped[Array, "..."]:
    """With an axis of size 1 for the alternatives, before the windows."""
    return jnp.expand_dims(reference.array, -2)
