"""A program's layers: groups of equations that a reader of the network would call one layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import genomics
from genomics.errors import InputError
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN, fold_elementwise, is_elementwise
from genomics.tracing.linear import is_affine, is_weighted
from genomics.tracing.program import Equation, Program, Variable

#: Lines in this folder are none of the user's.
_PACKAGE = str(Path(genomics.__file__).parent)

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

#: May do nothing but add or drop axes of size one.
_SHAPING = frozenset({"broadcast_in_dim", "copy", "expand_dims", "reshape", "squeeze"})


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
    members: list[list[Equation]] = []
    ends: list[Variable] = []
    #: Values that are the end of a layer so far, up to axes of size one.
    at_end: dict[Variable, int] = {}
    transparent = {program.input}
    for equation in program.equations:
        operand = _only_operand(equation)
        output = equation.outputs[0]
        index = at_end.get(operand) if operand is not None else None
        if operand is not None and _only_moves_axes(equation) and (operand in transparent or index is not None):
            if index is None:
                transparent.add(output)
                continue
            at_end[output] = index
            if len(output.shape) < len(operand.shape) and uses[operand] == 1:
                ends[index] = output
        elif operand is not None and index is not None and uses[operand] == 1 and _is_affine_step(equation):
            at_end = {v: i for v, i in at_end.items() if i != index} | {output: index}
            members[index].append(equation)
            ends[index] = output
        else:
            at_end[output] = len(members)
            members.append([equation])
            ends.append(output)
    seen: dict[str, int] = {}
    found = []
    for index, (steps, variable) in enumerate(zip(members, ends, strict=True)):
        head = steps[0]
        operation = _operation(steps)
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


def layer_of(program: Program, equation: Equation) -> str:
    """What a reader of the network would call the layer that an equation belongs to, and the line where it stands.

    Args:
      program: from `genomics.tracing.program.trace`.
      equation: one of its equations.
    """
    name = equation.scope
    if not name:
        number = {each: i for i, each in enumerate(program.equations)}
        for block in blocks(fold_elementwise(program)):
            chain = block.equation.primitive == CHAIN
            head = block.equation.params["program"].equations[0] if chain else block.equation
            if number[head] <= number[equation]:
                name = block.name
    own = equation.where.startswith(_PACKAGE)
    return f"layer {name!r}" if own else f"layer {name!r} at {equation.where}"


def _only_operand(equation: Equation) -> Variable | None:
    live = [operand for operand in equation.operands if isinstance(operand, Variable)]
    return live[0] if len(live) == 1 else None


def _only_moves_axes(equation: Equation) -> bool:
    """Whether nothing happens but that axes of size one come or go."""
    operand = _only_operand(equation)
    if equation.primitive not in _SHAPING or operand is None:
        return False
    return [n for n in operand.shape if n > 1] == [n for n in equation.outputs[0].shape if n > 1]


def _is_affine_step(equation: Equation) -> bool:
    return is_elementwise(equation) and is_affine(equation)


def _operation(steps: Sequence[Equation]) -> str:
    head = steps[0]
    if head.primitive == CHAIN:
        return head.params["name"]
    if record(head.primitive).weighted and not is_weighted(head):
        return "product"
    if head.primitive == "reduce_sum" and any(step.primitive == "div" for step in steps):
        return "mean"
    if head.primitive == "reshape" and sum(n > 1 for n in head.outputs[0].shape) <= 1:
        return "flatten"
    return _NAMES.get(head.primitive, head.primitive)


def _weights(equation: Equation) -> tuple[int, ...] | None:
    if not is_weighted(equation):
        return None
    return next(tuple(operand.shape) for operand in equation.operands if not isinstance(operand, Variable))
