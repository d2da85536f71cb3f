"""What is decided from the network's structure alone: each activation's rule, and where parts are needed."""

from collections.abc import Mapping

from genomics.attribution.deeplift.pooling import is_maximum
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.linear import is_affine, is_product, is_weighted
from genomics.tracing.program import Equation, Program, Variable


def activation_rules(program: Program, rule: str) -> dict[Equation, str]:
    """The rule of every activation.

    `genomics_default` is RevealCancel where the nearest layers with weights upstream are all matrix products and no
    other non-linearity lies between, and Rescale everywhere else: after a convolution, where both kinds meet, inside a
    softmax or a layer normalisation, on the bare input. (The original walks back through normalisation alone and
    raises an error at anything else.)

    Args:
      program: with its elementwise chains folded.
      rule: one of `RULES`.
    """
    nearest: dict[Variable, frozenset[str]] = dict.fromkeys(program.inputs, frozenset({"input"}))
    rules: dict[Equation, str] = {}
    for equation in program.equations:
        sources = [nearest[operand] for operand in equation.operands if isinstance(operand, Variable)]
        found = frozenset().union(*sources)
        if is_weighted(equation):
            found = frozenset({equation.primitive})
        if equation.primitive == CHAIN:
            dense = found == {"dot_general"}
            rules[equation] = ("reveal_cancel" if dense else "rescale") if rule == "genomics_default" else rule
            found = frozenset({CHAIN})
        elif is_product(equation) and all(equation.live):
            found = frozenset({"product"})
        nearest.update(dict.fromkeys(equation.outputs, found))
    return rules


def needs_parts(program: Program, rules: Mapping[Equation, str]) -> frozenset[Variable]:
    """The values whose difference must be carried in parts: all between a RevealCancel and the layer with weights
    (or whatever else makes parts anew) before it."""
    needed: set[Variable] = set()
    for equation in reversed(program.equations):
        wanted = not needed.isdisjoint(equation.outputs)
        if rules.get(equation) == "reveal_cancel" or (wanted and passes_parts(equation)):
            needed.update(operand for operand in equation.operands if isinstance(operand, Variable))
    return frozenset(needed)


def passes_parts(equation: Equation) -> bool:
    """Whether the result's parts come from the operands' parts, rather than being made anew here."""
    if is_weighted(equation):
        return False
    return equation.primitive == CHAIN or is_maximum(equation) or is_affine(equation)
