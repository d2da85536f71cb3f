"""Which rule an equation gets that is neither an activation nor a loop or branch."""

from collections.abc import Callable, Sequence

from jaxtyping import Array

from genomics.attribution.deeplift.binary import division, magnitude, shapley, shapley_of_product
from genomics.attribution.deeplift.control import CONTROL_RULES
from genomics.attribution.deeplift.linear import derivative, linear
from genomics.attribution.deeplift.names import COMPLETE
from genomics.attribution.deeplift.orders import place, running, sorted_along
from genomics.attribution.deeplift.pooling import is_maximum, max_pool
from genomics.attribution.deeplift.value import Frozen, Linear, total
from genomics.tracing.columns.table import record
from genomics.tracing.linear import is_affine, is_product
from genomics.tracing.program import Equation, UnsupportedPrimitiveError

METHOD = "DeepLIFT"

#: Primitives of one live value that are complete by a rule of their own -> it, and how a reader is told.
_OF_ONE: dict[str, tuple[Callable[[Equation, Frozen], Linear], str]] = {
    "argmax": (place, "halves"),
    "argmin": (place, "halves"),
    "cummax": (running, "cross"),
    "cummin": (running, "cross"),
    "reduce_prod": (shapley_of_product, "shapley"),
    "sort": (sorted_along, "along the path"),
    "top_k": (sorted_along, "along the path"),
}


def equation_rule(
    equation: Equation,
    operands: Sequence[Frozen | Array],
    unread: Sequence[bool],
    is_complete: bool,
    max_pool_rule: str,
) -> Linear:
    """The linear map of whole differences of an equation.

    Args:
      equation: no activation, loop or branch.
      operands: `Frozen` where live.
      unread: of each output whether nothing reads it.
      is_complete: whether differences are explained, or derivatives at the sequence.
      max_pool_rule: at maxima over windows and axes.

    Raises:
      UnsupportedPrimitiveError: there is no rule.
    """
    first = operands[0]
    if is_complete and (
        equation.primitive == "stop_gradient" or (equation.primitive == "convert_element_type" and is_affine(equation))
    ):
        # The difference of a value is its difference, whether or not its author wants it differentiated, and of truth
        # values and integers too, whose derivatives are none.
        return Linear(push=lambda deltas: [total(deltas[0])])
    if is_affine(equation) or is_product(equation):
        return linear(equation, operands, "middle" if is_complete else "x")
    if is_maximum(equation) and isinstance(first, Frozen):
        return max_pool(equation, first, max_pool_rule)
    if equation.primitive in _OF_ONE and len(operands) == 1 and isinstance(first, Frozen):
        if not all(unread[1:]):
            raise UnsupportedPrimitiveError(equation, METHOD, "has no rule for the places that it gives")
        return _OF_ONE[equation.primitive][0](equation, first) if is_complete else derivative(equation, operands)
    if not record(equation.primitive).elementwise:
        raise UnsupportedPrimitiveError(equation, METHOD)
    if not is_complete:
        return derivative(equation, operands)
    if equation.primitive == "abs" and isinstance(first, Frozen) and "complex" in str(first.x.dtype):
        return magnitude(first)
    if equation.primitive == "div" and isinstance(first, Frozen) and isinstance(operands[1], Frozen):
        return division(first, operands[1])
    return shapley(equation, operands, METHOD)


def rule_name(equation: Equation, rule: str, max_pool_rule: str) -> str:
    """What happens at an equation that is no activation, for a reader."""
    if equation.primitive in CONTROL_RULES:
        return "all branches" if equation.primitive == "cond" else "step by step"
    if is_maximum(equation):
        return max_pool_rule
    if is_affine(equation):
        return "linear"
    if is_product(equation) or record(equation.primitive).elementwise:
        return "shapley" if rule in COMPLETE else "gradient"
    if equation.primitive in _OF_ONE and len(equation.operands) == 1:
        return _OF_ONE[equation.primitive][1] if rule in COMPLETE else "gradient"
    return "unsupported"
