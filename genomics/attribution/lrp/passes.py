"""The two passes: forwards every equation says how it splits relevance, backwards relevance goes through."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.lrp.bounds import gates
from genomics.attribution.lrp.equations import PullAll, rule_name, softmax, split
from genomics.attribution.lrp.layer import read_layer, tails
from genomics.attribution.lrp.patterns import Composite, patterns
from genomics.attribution.lrp.rules import RULES, Box, Options
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.linear import is_affine
from genomics.tracing.loops import read_loop, real_dtype
from genomics.tracing.program import Equation, Program, Variable, read_body

Values = Float[Array, "..."]

#: What holds other equations -> the name of its rule.
_LOOPS = {"scan": "steps", "cond": "branch"}


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
      rule: what a reader calls it, see `rule_names`.
      inputs: what gets relevance.
      outputs: what has relevance.
      pull: the relevance of the outputs -> of the inputs.
    """

    rule: str
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
    box = Box(low=jnp.zeros_like(x), high=jnp.ones_like(x))
    (output,), pull = _propagation(program, [x], choice, [box])
    return output, jax.vmap(lambda relevance: pull([relevance])[0])(jnp.diag(output))


def kept(program: Program, x: Values, choice: Choice) -> dict[str, Float[Array, " T"]]:
    """The relevance that does not arrive at the input, for every task, by the rule of what keeps it.

    A loop or branch counts as a whole; logit = sum of all relevance of the input + of what is kept.

    Args:
      program: with its elementwise chains folded.
      x: the input.
      choice: of rules.

    Returns:
      rule -> (T,).

    Raises:
      UnsupportedPrimitiveError: an equation has no rule.
    """
    box = Box(low=jnp.zeros_like(x), high=jnp.ones_like(x))
    (output,), units = _forward(program, [x], choice, [box])

    def of_task(relevance: Float[Array, " T"]) -> dict[str, Float[Array, ""]]:
        stays: dict[str, Float[Array, ""]] = {}

        def note(unit: _Unit, incoming: Sequence[Values], parts: Sequence[Values]) -> None:
            lost = sum((each.sum() for each in incoming), jnp.zeros(())) - sum(each.sum() for each in parts)
            stays[unit.rule] = stays.get(unit.rule, jnp.zeros(())) + lost

        _backward(program, units, [relevance], note)
        return stays

    return jax.vmap(of_task)(jnp.diag(output))


def rule_names(program: Program, choice: Choice) -> dict[Equation, str]:
    """The rule of every equation, for a reader; nothing is computed.

    Args:
      program: with its elementwise chains folded.
      choice: of rules.
    """
    return _rules(program, choice, program.inputs).names


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rules:
    """What splits the relevance of each equation.

    Attributes:
      names: rule of every equation.
      after: layer with weights -> the equations that add its bias.
      found: last equation of a softmax or norm -> its pattern.
      bounded: operands that are gates.
    """

    names: dict[Equation, str]
    after: Mapping[Equation, tuple[Equation, ...]]
    found: dict[Equation, Composite]
    bounded: frozenset[Variable]


def _rules(program: Program, choice: Choice, sequence: Sequence[Variable]) -> _Rules:
    """`sequence`: the inputs that are the sequence itself, whose bounds are known."""
    after, found = tails(program), patterns(program)
    bounded = gates(program, [pattern.last for pattern in found.values() if pattern.axes is not None])
    of_sequence = set(sequence)
    names: dict[Equation, str] = {}
    for equation in program.equations:
        (source, *others) = [operand for operand in equation.operands if isinstance(operand, Variable)]
        if equation in after:
            names[equation] = choice.first if source in of_sequence else _kind(equation, choice)
            continue
        if equation in found:
            names[equation] = "norm" if found[equation].axes is None else "softmax"
            names.update(dict.fromkeys(found[equation].inner, names[equation]))
        else:
            names[equation] = _LOOPS.get(equation.primitive) or rule_name(equation, bounded)
        if not others and source in of_sequence and _moves_or_scales(equation):
            of_sequence.update(equation.outputs)
    return _Rules(names=names, after=after, found=found, bounded=bounded)


def _propagation(
    program: Program, values: Sequence[Array], choice: Choice, boxes: Sequence[Box] = ()
) -> tuple[list[Array], PullAll]:
    """The outputs of a program, and how their relevance goes back to its inputs."""
    outputs, units = _forward(program, values, choice, boxes)
    return outputs, lambda relevances: _backward(program, units, relevances)


def _backward(
    program: Program,
    units: Sequence[_Unit],
    relevances: Sequence[Values],
    note: Callable[[_Unit, Sequence[Values], Sequence[Values]], None] = lambda unit, incoming, parts: None,
) -> list[Values]:
    """The relevance of the inputs; `note` is shown what each unit gets and what it hands on."""
    found: dict[Variable, Values] = {}

    def add(variable: Variable, part: Values) -> None:
        part = part.astype(_dtype(variable))
        found[variable] = found[variable] + part if variable in found else part

    for output, relevance in zip(program.outputs, relevances, strict=True):
        if isinstance(output, Variable):
            add(output, relevance)
    for unit in reversed(units):
        incoming = [found.pop(v) if v in found else jnp.zeros(v.shape, _dtype(v)) for v in unit.outputs]
        parts = unit.pull(incoming)
        note(unit, incoming, parts)
        for variable, part in zip(unit.inputs, parts, strict=True):
            add(variable, part)
    return [found[v] if v in found else jnp.zeros(v.shape, _dtype(v)) for v in program.inputs]


def _forward(
    program: Program, inputs: Sequence[Array], choice: Choice, bounds: Sequence[Box]
) -> tuple[list[Array], list[_Unit]]:
    """The outputs, and in order how the equations split relevance."""
    values = dict(zip(program.inputs, inputs, strict=True))
    boxes = dict(zip(program.inputs, bounds, strict=False))
    rules = _rules(program, choice, program.inputs[: len(bounds)])
    within = {equation for pattern in rules.found.values() for equation in pattern.inner}
    within |= {equation for tail in rules.after.values() for equation in tail}
    units: list[_Unit] = []
    for equation in program.equations:
        operands = [values[o] if isinstance(o, Variable) else o for o in equation.operands]
        results = equation.evaluate(*operands)
        values.update(zip(equation.outputs, results, strict=True))
        live = tuple(operand for operand in equation.operands if isinstance(operand, Variable))
        if equation in within:
            continue
        rule, end = rules.names[equation], equation.outputs
        if equation in rules.after:
            (source,), tail = live, rules.after[equation]
            layer = read_layer(equation, tail)
            pull = _of_one(RULES[rule](layer, values[source], boxes.get(source), choice.options))
            end = tail[-1].outputs if tail else end
        elif equation in rules.found:
            source, axes = rules.found[equation].source, rules.found[equation].axes
            live = (source,)
            pull = (lambda relevances: relevances) if axes is None else softmax(values[source], results[0], axes)
        elif equation.primitive in _LOOPS:
            through = _through_loop if equation.primitive == "scan" else _through_branch
            pull = through(equation, operands, choice)
        else:
            pull = split(equation, operands, rules.bounded, choice.options.epsilon)
        units.append(_Unit(rule=rule, inputs=live, outputs=end, pull=pull))
        if len(live) == 1 and live[0] in boxes and equation not in rules.after and _moves_or_scales(equation):
            boxes[equation.outputs[0]] = _through(equation, boxes[live[0]])
    return [values[each] if isinstance(each, Variable) else each for each in program.outputs], units


def _through_loop(equation: Equation, operands: Sequence[Array], choice: Choice) -> PullAll:
    """`scan`: its steps one after the other, each by its own rules."""
    loop = read_loop(equation)
    fixed, states = loop.constants, loop.constants + loop.states
    steps = [*loop.states_before(operands), *operands[states:]]

    def pull_step(values: Sequence[Array], incoming: Sequence[Values]) -> Sequence[Values]:
        body = fold_elementwise(loop.body(values))
        inputs = [value for value, live in zip(values, loop.live, strict=True) if live]
        return _propagation(body, inputs, choice)[1](incoming)

    return lambda relevances: loop.backwards(operands[:fixed], steps, relevances, pull_step)


def _through_branch(equation: Equation, operands: Sequence[Array], rules: Choice) -> PullAll:
    """`cond` and `switch`: the branch that was taken; the choice gets nothing."""
    index, *rest = operands
    live = equation.live[1:]
    given = [None if is_live else operand for operand, is_live in zip(rest, live, strict=True)]
    inputs = [operand for operand, is_live in zip(rest, live, strict=True) if is_live]
    bodies = [fold_elementwise(read_body(body, given, equation)) for body in equation.params["branches"]]
    pulls = [_propagation(body, inputs, rules)[1] for body in bodies]

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        parts = [[jnp.where(index == i, part, 0) for part in own(relevances)] for i, own in enumerate(pulls)]
        choice = [jnp.zeros(())] if equation.live[0] else []
        return [*choice, *(jnp.stack(own).sum(0) for own in zip(*parts, strict=True))]

    return pull


def _dtype(variable: Variable) -> Any:
    """Relevance is a real number, whatever it is of."""
    return jnp.zeros((), real_dtype(variable.dtype)).real.dtype


def _kind(equation: Equation, choice: Choice) -> str:
    return choice.convolution if equation.primitive == "conv_general_dilated" else choice.dense


def _of_one(pull: Callable[[Values], Values]) -> PullAll:
    return lambda relevances: [pull(relevances[0])]


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
