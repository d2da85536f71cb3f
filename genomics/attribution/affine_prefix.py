"""A network cut in two: the part that is affine in its input, and the rest."""

from collections.abc import Callable, Iterable

import jax
from jaxtyping import Array

from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation, Program, Variable

Values = tuple[Array, ...]
Step = Callable[[Equation, list[Array]], list[Array]]


def split_affine_prefix(
    program: Program, step: Step = lambda equation, operands: equation.evaluate(*operands)
) -> tuple[Callable[[Array], Values], Callable[[Values], Array]]:
    """Cuts a program into `prefix`, affine in the input, and `suffix`, with `suffix(prefix(x))` equal to the program.

    The prefix holds every equation that is reached from the input through affine equations alone (reshapes,
    convolutions, matrix products, biases, normalisations at inference, ...), so that
    `prefix(r + a (x - r)) = prefix(r) + a (prefix(x) - prefix(r))`.

    Args:
      program: from `trace`.
      step: evaluates an equation of the suffix.

    Returns:
      `prefix`: the input -> the values that the suffix reads; `suffix`: these values -> the program's output.
    """
    affine: set[Variable] = {program.input}
    first: list[Equation] = []
    rest: list[Equation] = []
    for equation in program.equations:
        if is_affine(equation) and all(o in affine for o in equation.operands if isinstance(o, Variable)):
            first.append(equation)
            affine.update(equation.outputs)
        else:
            rest.append(equation)
    read = [operand for equation in rest for operand in equation.operands] + [program.output]
    boundary = tuple(dict.fromkeys(v for v in read if isinstance(v, Variable) and v in affine))
    boundary = boundary or (program.input,)  # a program that ignores its input

    def prefix(x: Array) -> Values:
        environment = {program.input: x}
        _run(first, environment, lambda equation, operands: equation.evaluate(*operands))
        return tuple(environment[variable] for variable in boundary)

    def suffix(values: Values) -> Array:
        environment = dict(zip(boundary, values, strict=True))
        _run(rest, environment, step)
        return environment[program.output] if isinstance(program.output, Variable) else program.output

    return prefix, suffix


def interpolate(start: Values, end: Values, fraction: Array) -> Values:
    """The values at `fraction` of the straight line from `start` (0) to `end` (1)."""
    return jax.tree.map(lambda a, b: a + fraction * (b - a), start, end)


def _run(equations: Iterable[Equation], environment: dict[Variable, Array], step: Step) -> None:
    for equation in equations:
        operands = [environment[o] if isinstance(o, Variable) else o for o in equation.operands]
        environment.update(zip(equation.outputs, step(equation, operands), strict=True))
