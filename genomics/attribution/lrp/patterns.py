"""Softmaxes and norms: what libraries write in several equations and relevance meets as one."""

from dataclasses import dataclass

from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.program import Equation, Program, Variable

_SHAPING = frozenset({"broadcast_in_dim", "reshape", "squeeze", "expand_dims", "copy", "copy_p", "stop_gradient"})
_SUMS = frozenset({"reduce_sum", "reduce_window_sum"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Composite:
    """Several equations that are one step.

    Attributes:
      last: the equation that gives the result.
      source: what goes in.
      axes: of a softmax those that it sums over; None of a norm.
      inner: the equations before the last that nothing else reads.
    """

    last: Equation
    source: Variable
    axes: tuple[int, ...] | None
    inner: frozenset[Equation]


def patterns(program: Program) -> dict[Equation, Composite]:
    """By their last equation.

    A softmax is `exp(x - c) / sum(exp(x - c))` with any c made of x that is the same along the sum. A norm is a value,
    centred or not, times or over a statistic: what is made, by sums and elementwise steps alone, of that value alone.

    Args:
      program: with its elementwise chains folded.
    """
    made = {output: equation for equation in program.equations for output in equation.outputs}
    readers: dict[Variable, list[Equation | None]] = {}
    for equation in program.equations:
        for operand in equation.operands:
            if isinstance(operand, Variable):
                readers.setdefault(operand, []).append(equation)
    for output in program.outputs:
        if isinstance(output, Variable):
            readers.setdefault(output, []).append(None)
    found = {}
    for equation in program.equations:
        if equation.primitive not in ("div", "mul") or not all(equation.live):
            continue
        match = _softmax(equation, made) or _norm(equation, made)
        if match is not None:
            source, axes = match
            inner = _only_for(equation, source, made, readers)
            found[equation] = Composite(last=equation, source=source, axes=axes, inner=inner)
    return found


def _softmax(equation: Equation, made: dict[Variable, Equation]) -> tuple[Variable, tuple[int, ...]] | None:
    above, below = equation.operands
    if equation.primitive != "div" or not isinstance(above, Variable) or above not in made:
        return None
    summed = _through_shapes(below, made)
    if summed is None or summed.primitive != "reduce_sum" or summed.operands[0] is not above:
        return None
    power = made[above]
    if _inner(power) != ["exp"]:
        return None
    axes = tuple(summed.params["axes"])
    source = power.operands[0]
    assert isinstance(source, Variable)
    shift = made.get(source)
    if shift is not None and shift.primitive == "sub" and all(shift.live):
        value, constant = shift.operands
        largest = _through_shapes(constant, made)
        if largest is not None and _inner(largest) == ["max"]:  # with -infinity, for sums over nothing
            largest = _through_shapes(next(o for o in largest.operands if isinstance(o, Variable)), made)
        if largest is not None and largest.primitive == "reduce_max" and largest.operands[0] is value:
            assert isinstance(value, Variable)
            return value, axes
    return source, axes


def _inner(equation: Equation) -> list[str]:
    """The primitives of a function of one value."""
    return [step.primitive for step in equation.params["program"].equations] if equation.primitive == CHAIN else []


def _norm(equation: Equation, made: dict[Variable, Equation]) -> tuple[Variable, None] | None:
    sides = [equation.operands] if equation.primitive == "div" else [equation.operands, equation.operands[::-1]]
    for value, statistic in sides:
        assert isinstance(value, Variable)
        assert isinstance(statistic, Variable)
        sources = [value]
        centred = made.get(value)
        if centred is not None and centred.primitive == "sub" and all(centred.live):
            first, mean = centred.operands
            assert isinstance(first, Variable)
            assert isinstance(mean, Variable)
            if _is_statistic_of(mean, {first}, made):
                sources.append(first)
        if _is_statistic_of(statistic, set(sources), made):
            return sources[-1], None
    return None


def _is_statistic_of(statistic: Variable, sources: set, made: dict[Variable, Equation]) -> bool:
    """Whether it is made of `sources` alone, by sums and elementwise steps, and a sum is on every way."""

    def reached(variable: Variable, summed: bool) -> bool:
        if variable in sources:
            return summed
        equation = made.get(variable)
        if equation is None:
            return False
        known = record(equation.primitive)
        if not (equation.primitive in (*_SHAPING, *_SUMS, CHAIN) or known.elementwise):
            return False
        summed = summed or equation.primitive in _SUMS
        return all(reached(operand, summed) for operand in equation.operands if isinstance(operand, Variable))

    return reached(statistic, False)


def _through_shapes(variable: object, made: dict[Variable, Equation]) -> Equation | None:
    """What made a value, before it was only reshaped and repeated."""
    equation = made.get(variable) if isinstance(variable, Variable) else None
    while equation is not None and equation.primitive in _SHAPING:
        equation = made.get(equation.operands[0]) if isinstance(equation.operands[0], Variable) else None
    return equation


def _only_for(
    last: Equation,
    source: Variable,
    made: dict[Variable, Equation],
    readers: dict[Variable, list[Equation | None]],
) -> frozenset[Equation]:
    """The equations between `source` and `last` whose results nothing else reads."""
    between: list[Equation] = []

    def visit(variable: object) -> None:
        if not isinstance(variable, Variable) or variable is source or variable not in made:
            return
        equation = made[variable]
        if equation not in between:
            between.append(equation)
            for operand in equation.operands:
                visit(operand)

    for operand in last.operands:
        visit(operand)
    kept = {last, *between}
    while True:
        read_elsewhere = {
            equation
            for equation in kept - {last}
            if any(reader not in kept for output in equation.outputs for reader in readers.get(output, []))
        }
        if not read_elsewhere:
            return frozenset(kept - {last})
        kept -= read_elsewhere
