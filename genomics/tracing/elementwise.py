"""Chains of elementwise operations, folded into one function of one value.

Libraries spell an activation in many ways: `silu` is a product of a value with its own `logistic`, `softplus` nine
primitives, `gelu` eight. A rule for "an activation" must not depend on the spelling, so every maximal chain that is a
non-linear elementwise function of ONE value (constants aside) becomes one equation here, whose primitive is called
`elementwise`. Affine elementwise steps before it (a bias, a normalisation at inference) stay what they are.
"""

from collections.abc import Sequence

import jax.numpy as jnp

from genomics.tracing.columns.table import record
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation, Program, Variable, walk

#: The name of the folded primitive. Its parameters: `name` to show, `program` from the root to the result.
CHAIN = "elementwise"


def is_elementwise(equation: Equation) -> bool:
    """Whether each element of the result depends on the same element of every live operand, and on nothing else."""
    shape = equation.outputs[0].shape
    return record(equation.primitive).elementwise and all(
        operand.shape == shape for operand, live in zip(equation.operands, equation.live, strict=True) if live
    )


def fold_elementwise(program: Program) -> Program:
    """Folds every maximal non-linear elementwise chain of one value into one `elementwise` equation.

    A value that something else uses too (a convolution, a sum of two branches) ends a chain, and stays in the program.
    Leading affine steps are not folded in, so the root of a chain is the pre-activation. Multiplication, maximum and
    so on of values with different roots remain as they are.

    Args:
      program: from `trace`.

    Returns:
      An equivalent program: walking it with arrays gives the same values.
    """
    producer = {output: equation for equation in program.equations for output in equation.outputs}
    roots = _dominators(program)
    needed = _used_outside_chains(program, roots)
    kept: list[Equation] = []
    for equation in reversed(program.equations):
        if not needed.intersection(equation.outputs):
            continue
        output = equation.outputs[0]
        root = _chain_root(output, roots[output], needed, producer)
        if root is not None:
            equation = _chain(root, output, producer)
        kept.append(equation)
        needed.update(operand for operand in equation.operands if isinstance(operand, Variable))
    return Program(inputs=program.inputs, equations=tuple(reversed(kept)), outputs=program.outputs)


def _dominators(program: Program) -> dict[Variable, tuple[Variable, ...]]:
    """For each value the values that all elementwise paths to it pass through, outermost first, itself last."""
    found: dict[Variable, tuple[Variable, ...]] = {source: (source,) for source in program.inputs}
    for equation in program.equations:
        for output in equation.outputs:
            common: tuple[Variable, ...] = ()
            if is_elementwise(equation) and not _is_complex(equation):
                paths = [found[operand] for operand in equation.operands if isinstance(operand, Variable)]
                common = tuple(v for v in paths[0] if all(v in path for path in paths[1:]))
            found[output] = (*common, output)
    return found


def _is_complex(equation: Equation) -> bool:
    """Rules for a function of one value are for real ones."""
    return any(jnp.issubdtype(operand.dtype, jnp.complexfloating) for operand in equation.operands)


def _used_outside_chains(program: Program, roots: dict[Variable, tuple[Variable, ...]]) -> set[Variable]:
    """The output, and every operand of an equation that is not a step of an elementwise chain."""
    used = {output for output in program.outputs if isinstance(output, Variable)}
    for equation in program.equations:
        if len(roots[equation.outputs[0]]) == 1:
            used.update(operand for operand in equation.operands if isinstance(operand, Variable))
    return used


def _chain_root(
    output: Variable, path: tuple[Variable, ...], needed: set[Variable], producer: dict[Variable, Equation]
) -> Variable | None:
    """Where the chain that ends in `output` begins; None where its last step is affine or has no single root."""
    if len(path) < 2 or _is_affine_between(path[-2], output, producer):
        return None
    start = len(path) - 2
    while start > 0 and path[start] not in needed:
        start -= 1
    while _is_affine_between(path[start], path[start + 1], producer):
        start += 1
    return path[start]


def _between(root: Variable, output: Variable, producer: dict[Variable, Equation]) -> list[Equation]:
    """The equations that lead from `root` to `output`, in order."""
    found: dict[Equation, None] = {}

    def visit(variable: Variable) -> None:
        if variable is root or producer[variable] in found:
            return
        for operand in producer[variable].operands:
            if isinstance(operand, Variable):
                visit(operand)
        found[producer[variable]] = None

    visit(output)
    return list(found)


def _is_affine_between(root: Variable, output: Variable, producer: dict[Variable, Equation]) -> bool:
    return all(is_affine(equation) for equation in _between(root, output, producer))


def _chain(root: Variable, output: Variable, producer: dict[Variable, Equation]) -> Equation:
    equations = _between(root, output, producer)
    inner = Program(inputs=(root,), equations=tuple(equations), outputs=(output,))
    before = producer[root].call if root in producer else ""
    last = equations[-1]
    return Equation(
        primitive=CHAIN,
        operands=(root,),
        outputs=(output,),
        params={"name": _name(equations, before), "program": inner},
        where=last.where,
        scope=last.scope,
        call=last.call,
        evaluate=lambda value: [walk(inner, value, lambda equation, operands: equation.evaluate(*operands))],
    )


def _name(equations: Sequence[Equation], before: str) -> str:
    """The function that all steps were inlined from, or the names of the non-linear steps."""
    calls = [equation.call.split("/") for equation in equations]
    common = []
    for parts in zip(*calls, strict=False):
        if len(set(parts)) > 1:
            break
        common.append(parts[0])
    if common and common[-1] and not f"{before}/".startswith("/".join(common) + "/"):
        return common[-1]
    return "+".join(dict.fromkeys(equation.primitive for equation in equations if not is_affine(equation)))
