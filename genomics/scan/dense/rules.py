"""Which rule acts on tracks: a primitive's record, a faster form of it, or what ends the shared axis.

A rule raises `NotSharedError` where windows cannot share the output.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense import described
from genomics.scan.dense.closing import Closing, contraction, reduction
from genomics.scan.dense.convolution import convolution
from genomics.scan.dense.elementwise import elementwise, elementwise_whole
from genomics.scan.dense.pooling import pool
from genomics.scan.dense.shared import Shared, evaluate
from genomics.scan.dense.tracked import NotSharedError, PerWindow, Tracked
from genomics.tracing.columns.moves import kept_axis
from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation

#: Faster forms than what a record's own block gives; the numbers are the same.
FASTER: dict[str, Callable[[Equation, Sequence[Any]], list[Shared]]] = {
    "conv_general_dilated": convolution,
    "reduce_window_max": pool,
    "reduce_window_min": pool,
    "reduce_window_sum": pool,
}
CLOSING: dict[str, Callable[[Equation, list[Any]], Closing]] = {
    "dot_general": contraction,
    "reduce_max": reduction,
    "reduce_min": reduction,
    "reduce_sum": reduction,
}


def rules_for(equation: Equation, operands: list[Any]) -> list[Shared] | list[Closing]:
    """How a primitive acts on these operands, of which at least one is `Tracked`: a rule for each output.

    Raises:
      NotSharedError: windows cannot share the output.
    """
    if any(isinstance(operand, PerWindow) for operand in operands):
        raise NotSharedError("joins columns with what all of a window gave")
    if _closes(equation, operands):
        return [CLOSING[equation.primitive](equation, operands)]
    if record(equation.primitive).elementwise:
        return elementwise(equation, operands)
    if equation.primitive == "reshape" and _merges(equation, operands[0]):
        return described.viewed(equation, operands)
    return FASTER.get(equation.primitive, described.described)(equation, operands)


def reference(rule: Shared | Closing, operands: list[Any]) -> Tracked | PerWindow:
    """The value of all windows.

    Raises:
      NotSharedError: the operands' columns do not match.
    """
    tracked = [operand for operand in operands if isinstance(operand, Tracked)]
    return rule.reference(tracked[0]) if isinstance(rule, Closing) else evaluate(rule, tracked)


def _merges(equation: Equation, value: Tracked) -> bool:
    """Whether a reshape of a plain value merges the shared axis with others, or takes it apart."""
    plain = equation.params.get("dimensions") is None and value.view is None
    return plain and kept_axis(value.shape, value.axis, equation.outputs[0].shape) is None


def evaluate_whole(equation: Equation, operands: list[Any]) -> list[PerWindow]:
    """A primitive on whole windows, for every window and mutant."""
    if record(equation.primitive).elementwise and (result := elementwise_whole(equation, operands)) is not None:
        return [result]
    live = [i for i, operand in enumerate(operands) if isinstance(operand, PerWindow)]
    if equation.primitive == "dot_general" and len(live) == 1 and not any(equation.params["dimension_numbers"][1]):
        return [_dense(equation, operands, live[0])]

    def one(*values: Shaped[Array, "..."]) -> list[Array]:
        arguments = list(operands)
        for i, value in zip(live, values, strict=True):
            arguments[i] = value
        return equation.evaluate(*arguments)

    function = one
    for _ in range(operands[live[0]].array.ndim - len(equation.operands[live[0]].shape)):
        function = jax.vmap(function, in_axes=-1, out_axes=-1)
    return [PerWindow(array=array) for array in function(*[operands[i].array for i in live])]


def _dense(equation: Equation, operands: list[Any], live: int) -> PerWindow:
    """A product with weights, mutants and windows last."""
    contracting, _ = equation.params["dimension_numbers"]
    value, weights = operands[live].array, operands[1 - live]
    result = lax.dot_general(
        weights,
        value,
        ((contracting[1 - live], contracting[live]), ((), ())),
        precision=equation.params["precision"],
        preferred_element_type=equation.params["preferred_element_type"],
    )
    own = weights.ndim - len(contracting[0])
    return PerWindow(
        array=result if live == 1 else _behind(result, own, len(equation.operands[live].shape) - len(contracting[0]))
    )


def _behind(array: Shaped[Array, "..."], own: int, free: int) -> Shaped[Array, "..."]:
    """(weights' axes, value's axes, batch) -> (value's axes, weights' axes, batch)."""
    order = [*range(own, own + free), *range(own), *range(own + free, array.ndim)]
    return jnp.transpose(array, order)


def _closes(equation: Equation, operands: list[Any]) -> bool:
    """Whether the shared axis ends here."""
    live = next(i for i, operand in enumerate(operands) if isinstance(operand, Tracked))
    value = operands[live]
    if equation.primitive == "dot_general":
        contracted = equation.params["dimension_numbers"][0][live]
        return value.view is not None or value.axis in contracted
    return equation.primitive in CLOSING and value.axis in equation.params["axes"]
