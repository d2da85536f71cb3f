"""The table: primitive -> rule. A rule raises `NotSharedError` where windows cannot share the output."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Shaped

from genomics.scan.dense import shape
from genomics.scan.dense.closing import Closing, contraction, reduction
from genomics.scan.dense.convolution import convolution
from genomics.scan.dense.elementwise import elementwise, elementwise_whole
from genomics.scan.dense.local import Local, evaluate
from genomics.scan.dense.pooling import pool
from genomics.scan.dense.tracks import NotSharedError, Tracked, Whole
from genomics.tracing.elementwise import ELEMENTWISE
from genomics.tracing.program import Equation

Rule = Callable[[Equation, Sequence[Any]], Local]

_ALONG_OTHERS = [
    "reduce_sum",
    "reduce_max",
    "reduce_min",
    "reduce_prod",
    "reduce_and",
    "reduce_or",
    "argmax",
    "argmin",
    "cumsum",
    "cumprod",
    "cummax",
    "cummin",
    "cumlogsumexp",
    "dot_general",
]

LOCAL: dict[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, elementwise),
    **dict.fromkeys(_ALONG_OTHERS, shape.along_others),
    "broadcast_in_dim": shape.broadcast,
    "concatenate": shape.concatenate,
    "conv_general_dilated": convolution,
    "expand_dims": shape.regroup,
    "pad": shape.pad,
    "reduce_window_max": pool,
    "reduce_window_min": pool,
    "reduce_window_sum": pool,
    "reshape": shape.regroup,
    "rev": shape.reverse,
    "slice": shape.cut,
    "squeeze": shape.regroup,
    "transpose": shape.transpose,
}
CLOSING: dict[str, Callable[[Equation, list[Any]], Closing]] = {
    "dot_general": contraction,
    "reduce_max": reduction,
    "reduce_min": reduction,
    "reduce_sum": reduction,
}


def rule_for(equation: Equation, operands: list[Any]) -> Local | Closing:
    """How a primitive acts on these operands, of which at least one is `Tracked`.

    Raises:
      NotSharedError: windows cannot share the output.
    """
    if any(isinstance(operand, Whole) for operand in operands):
        raise NotSharedError("joins columns with what all of a window gave")
    if _closes(equation, operands):
        return CLOSING[equation.primitive](equation, operands)
    rule = LOCAL.get(equation.primitive)
    if rule is None:
        raise NotSharedError("has no rule")
    return rule(equation, operands)


def reference(rule: Local | Closing, operands: list[Any]) -> Tracked | Whole:
    """The value of all windows.

    Raises:
      NotSharedError: the operands' columns do not match.
    """
    tracked = [operand for operand in operands if isinstance(operand, Tracked)]
    return rule.reference(tracked[0]) if isinstance(rule, Closing) else evaluate(rule, tracked)


def evaluate_whole(equation: Equation, operands: list[Any]) -> list[Whole]:
    """A primitive on whole windows, for every window and mutant."""
    if equation.primitive in ELEMENTWISE and (result := elementwise_whole(equation, operands)) is not None:
        return [result]
    live = [i for i, operand in enumerate(operands) if isinstance(operand, Whole)]
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
    return [Whole(array=array) for array in function(*[operands[i].array for i in live])]


def _dense(equation: Equation, operands: list[Any], live: int) -> Whole:
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
    return Whole(
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
