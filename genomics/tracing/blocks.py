"""A program's layers: groups of equations that a reader of the network would call one layer."""

from collections.abc import Sequence
from dataclasses import dataclass

from genomics.errors import InputError
from genomics.tracing.elementwise import CHAIN, is_elementwise
from genomics.tracing.linear import is_affine, is_weighted
from genomics.tracing.program import Equation, Program, Variable

#: Primitive -> what to call it.
_NAMES = {
    "conv_general_dilated": "convolution",
    "dot_general": "dense",
    "reduce_window_max": "max_pool",
    "reduce_window_sum": "average_pool",
    "reduce_max": "global_max",
    "reduce_sum": "sum",
    "concatenate": "concatenate",
}

#: Only move numbers about; without a name of their own where they merely add or drop axes of size one.
_SHAPING = frozenset({"broadcast_in_dim", "copy", "expand_dims", "reshape", "squeeze", "transpose"})


@dataclass(frozen=True, eq=False, kw_only=True)
class Block:
    """One layer.

    Attributes:
      index: its place, from 0.
      name: unique: the operation and its ordinal, `convolution_1`.
      operation: e.g. `convolution`, `relu`, `max_pool`.
      scope: the module that it belongs to, as the library names it; empty without one.
      shape: of its output.
      weights: the shape of its kernel; None without one.
      where: the user's line.
      equation: what it is known by: the product with weights, or the activation, or the pool.
      variable: its output.
    """

    index: int
    name: str
    operation: str
    scope: str
    shape: tuple[int, ...]
    weights: tuple[int, ...] | None
    where: str
    equation: Equation
    variable: Variable


def blocks(program: Program) -> tuple[Block, ...]:
    """The layers of a program, in order.

    A product with weights takes the affine elementwise steps that follow it along (bias, normalisation), a pool its
    division, and every layer the steps that only add or drop axes of size one.

    Args:
      program: from `genomics.tracing.elementwise.fold_elementwise`.
    """
    uses: dict[Variable, int] = {}
    for equation in program.equations:
        for operand in equation.operands:
            if isinstance(operand, Variable):
                uses[operand] = uses.get(operand, 0) + 1
    heads: list[Equation] = []
    last: list[Variable] = []
    owner: dict[Variable, int] = {}
    for equation in program.equations:
        live = [operand for operand in equation.operands if isinstance(operand, Variable)]
        group = owner.get(live[0]) if len(live) == 1 else None
        if _is_continuation(equation) and len(live) == 1 and (group is None or uses[live[0]] == 1):
            if group is None:
                continue  # reshaping of the input itself
            last[group] = equation.outputs[0]
        else:
            group = len(heads)
            heads.append(equation)
            last.append(equation.outputs[0])
        owner.update(dict.fromkeys(equation.outputs, group))
    seen: dict[str, int] = {}
    found = []
    for index, (head, variable) in enumerate(zip(heads, last, strict=True)):
        operation = _operation(head)
        seen[operation] = seen.get(operation, 0) + 1
        found.append(
            Block(
                index=index,
                name=f"{operation}_{seen[operation]}",
                operation=operation,
                scope=head.scope,
                shape=variable.shape,
                weights=_weights(head),
                where=head.where,
                equation=head,
                variable=variable,
            )
        )
    return tuple(found)


def find_block(found: Sequence[Block], layer: int | str) -> Block:
    """The layer with this index (negative counts from the end) or name.

    Raises:
      InputError: there is none.
    """
    if isinstance(layer, int):
        if not -len(found) <= layer < len(found):
            raise InputError(f"layer {layer}: the network has layers 0 to {len(found) - 1}")
        return found[layer]
    for block in found:
        if block.name == layer:
            return block
    raise InputError(f"layer {layer!r}: the network has {', '.join(block.name for block in found)}")


def _is_continuation(equation: Equation) -> bool:
    """Whether the equation belongs to the layer before it."""
    (output,) = equation.outputs[:1]
    operand = next(operand for operand in equation.operands if isinstance(operand, Variable))
    if equation.primitive in _SHAPING:
        return [n for n in operand.shape if n > 1] == [n for n in output.shape if n > 1] and (
            equation.primitive != "transpose"
        )
    return is_elementwise(equation) and is_affine(equation)


def _operation(equation: Equation) -> str:
    if equation.primitive == CHAIN:
        return equation.params["name"]
    if equation.primitive in ("dot_general", "conv_general_dilated") and not is_weighted(equation):
        return "product"
    return _NAMES.get(equation.primitive, equation.primitive)


def _weights(equation: Equation) -> tuple[int, ...] | None:
    if not is_weighted(equation):
        return None
    return next(tuple(operand.shape) for operand in equation.operands if not isinstance(operand, Variable))
