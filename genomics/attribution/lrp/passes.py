"""The two passes: forwards every equation says how it splits relevance, backwards relevance goes through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.lrp.layer import read_layer, tails
from genomics.attribution.lrp.rules import RULES, Box, Options, divided
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN, is_elementwise
from genomics.tracing.linear import is_affine, is_product
from genomics.tracing.program import Equation, Program, UnsupportedPrimitiveError, Variable

Values = Float[Array, "..."]

_METHOD = "lrp"

#: Relevance of an equation's outputs -> relevance of its live operands.
PullAll = Callable[[Sequence[Values]], Sequence[Values]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which rule of `RULES` a layer with weights gets.

    Attributes:
      first: layers that read the sequence itself.
      convolution: other convolutions.
      dense: other matrix products.
      options: numbers of the rules.
    """

    first: str
    convolution: str
    dense: str
    options: Options


@dataclass(frozen=True, eq=False, kw_only=True)
class _Unit:
    """One or more equations that split relevance together.

    Attributes:
      inputs: what gets relevance.
      outputs: what has relevance.
      pull: the relevance of the outputs -> of the inputs.
    """

    inputs: tuple[Variable, ...]
    outputs: tuple[Variable, ...]
    pull: PullAll


def propagate(program: Program, x: Values, choice: Choice) -> tuple[Float[Array, " T"], Float[Array, "T ..."]]:
    """The output of the network, and the relevance of its input for every task.

    Args:
      program: with its elementwise chains folded.
      x: the input.
      choice: of rules.

    Raises:
      UnsupportedPrimitiveError: an equation has no rule.
    """
    output, units = _forward(program, x, choice)

    def backward(relevance: Values) -> Values:
        found: dict[Variable, Values] = {}
        if isinstance(program.output, Variable):
            found[program.output] = relevance
        for unit in reversed(units):
            incoming = [found.pop(v, jnp.zeros(v.shape, v.dtype)) for v in unit.outputs]
            for variable, part in zip(unit.inputs, unit.pull(incoming), strict=True):
                part = part.astype(variable.dtype)
                found[variable] = found[variable] + part if variable in found else part
        return found.get(program.input, jnp.zeros_like(x))

    return output, jax.vmap(backward)(jnp.diag(output))


def _forward(program: Program, x: Values, choice: Choice) -> tuple[Values, list[_Unit]]:
    """The output, and in order how its equations split relevance."""
    values = {program.input: x}
    boxes = {program.input: Box(low=jnp.zeros_like(x), high=jnp.ones_like(x))}
    after = tails(program)
    folded = {equation for tail in after.values() for equation in tail}
    units: list[_Unit] = []
    for equation in program.equations:
        operands = [values[o] if isinstance(o, Variable) else o for o in equation.operands]
        values.update(zip(equation.outputs, equation.evaluate(*operands), strict=True))
        live = tuple(operand for operand in equation.operands if isinstance(operand, Variable))
        if equation in after:
            (source,) = live
            box, tail = boxes.get(source), after[equation]
            name = choice.first if box is not None else _kind(equation, choice)
            pull = RULES[name](read_layer(equation, tail), values[source], box, choice.options)
            end = tail[-1].outputs if tail else equation.outputs
            units.append(_Unit(inputs=live, outputs=end, pull=_of_one(pull)))
        elif equation not in folded:
            units.append(_Unit(inputs=live, outputs=equation.outputs, pull=_pull(equation, operands)))
            if len(live) == 1 and live[0] in boxes and _moves_or_scales(equation):
                boxes[equation.outputs[0]] = _through(equation, boxes[live[0]])
    output = values[program.output] if isinstance(program.output, Variable) else program.output
    return output, units


def _kind(equation: Equation, choice: Choice) -> str:
    return choice.convolution if equation.primitive == "conv_general_dilated" else choice.dense


def _of_one(pull: Callable[[Values], Values]) -> PullAll:
    return lambda relevances: [pull(relevances[0])]


def _pull(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """How an equation that is no layer with weights splits relevance."""
    variables = [o for o in (*equation.operands, *equation.outputs) if isinstance(o, Variable)]
    is_real = all(jnp.issubdtype(variable.dtype, jnp.inexact) for variable in variables)
    if equation.primitive == CHAIN or (is_elementwise(equation) and sum(equation.live) == 1 and is_affine(equation)):
        return lambda relevances: relevances  # an activation, a constant factor or summand: it all goes through
    known = record(equation.primitive)
    if is_real and known.sums and is_affine(equation):
        return _in_proportion(equation, operands)
    if is_real and (known.maximum or is_affine(equation)):  # of a maximum, the winner takes it all
        return _transpose(equation, operands)
    if is_product(equation):
        reason = "has no rule for a product of two values that both depend on the input"
        raise UnsupportedPrimitiveError(equation, _METHOD, reason)
    raise UnsupportedPrimitiveError(equation, _METHOD)


def _transpose(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """Relevance goes where the values came from: of what is moved, and of maxima."""
    evaluate, live = _of_live(equation, operands)
    _, transpose = jax.vjp(evaluate, *live)
    return lambda relevances: transpose(list(relevances))


def _in_proportion(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """Each summand a of a sum z gets a / z; nothing is passed on where z is 0."""
    evaluate, live = _of_live(equation, operands)
    sums, transpose = jax.vjp(evaluate, *live)

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        shares = [divided(relevance, z) for relevance, z in zip(relevances, sums, strict=True)]
        return [a * share for a, share in zip(live, transpose(shares), strict=True)]

    return pull


def _of_live(equation: Equation, operands: Sequence[Array]) -> tuple[Callable[..., list[Array]], list[Array]]:
    """An equation as a function of its live operands alone, and these; its linear part where it is affine."""
    places = [i for i, is_live in enumerate(equation.live) if is_live]

    def evaluate(*live: Array) -> list[Array]:
        replaced = dict(zip(places, live, strict=True))
        return evaluate_with_fast_gradient(equation, [replaced.get(i, o) for i, o in enumerate(operands)])

    return evaluate, [operands[i] for i in places]


def _moves_or_scales(equation: Equation) -> bool:
    """Whether every output is one input value, times a constant, plus a constant."""
    known = record(equation.primitive)
    mixes = known.weighted or (known.sums and not known.elementwise)
    return is_affine(equation) and not mixes and len(equation.outputs) == 1


def _through(equation: Equation, box: Box) -> Box:
    """The bounds of the output of an equation that moves or scales each value."""

    def evaluate(bound: Values) -> Values:
        return equation.evaluate(
            *(bound if live else o for o, live in zip(equation.operands, equation.live, strict=True))
        )[0]

    ends = evaluate(box.low), evaluate(box.high)
    return Box(low=jnp.minimum(*ends), high=jnp.maximum(*ends))
