"""A program with the channels of its values last, as matrix products over short windows want them.

PyTorch, and libraries after it, hold a layer as (batch, channels, positions). Each convolution is computed with its
channels last here, whatever the function says, and what follows goes along as long as it is known how: transpositions
cancel, constants are turned once, and only what reads a value as it was written down, or as the output, turns it back.
Numbers are those of the program as it was.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import jax
from jax import lax
from jaxtyping import Array

from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation, Program, Variable

#: Axis k of a value as it is stored is this axis of the value as the program has it.
Order = tuple[int, ...]
#: (equation, order of its first operand) -> the parameters that change, and the order of the outputs; None where the
#: operand must be as the program has it.
Rule = Callable[[Equation, Order], tuple[Mapping[str, Any], Order] | None]


@dataclass(frozen=True, kw_only=True)
class _Laid:
    """A value as it is stored."""

    value: "Variable | Array"
    order: Order

    def shaped(self, shape: Sequence[int]) -> bool:
        """Whether the program has it in this shape."""
        return len(shape) == len(self.order)


def channels_last(program: Program) -> Program:
    """The same function, its convolutions with channels last.

    Args:
      program: from `trace`, of one or several inputs.

    Returns:
      A program of equal inputs and outputs; the same object where all convolutions have their channels last and no
      transposition can be spared.
    """
    writer = _Writer()
    laid: dict[Variable, _Laid] = {each: _as_written(each) for each in program.inputs}
    for equation in program.equations:
        operands = [laid[o] if isinstance(o, Variable) else _as_written(o) for o in equation.operands]
        laid.update(zip(equation.outputs, _laid(equation, operands, writer), strict=True))
    outputs = tuple(
        writer.moved(laid[each], _identity(each), program.equations[-1]) if isinstance(each, Variable) else each
        for each in program.outputs
    )
    if not writer.turned and _transpositions(writer.equations) >= _transpositions(program.equations):
        return program
    return Program(inputs=program.inputs, equations=tuple(writer.equations), outputs=outputs)


class _Writer:
    """The equations of the new program, in order.

    Attributes:
      equations: so far.
      turned: whether a convolution is computed in another layout than the program has.
    """

    def __init__(self):
        self.equations: list[Equation] = []
        self.turned = False
        self._moved: dict[tuple[Variable, Order], Variable] = {}

    def moved(self, laid: _Laid, order: Order, equation: Equation) -> "Variable | Array":
        """The value in another order, for an equation; turned once for all that read it so."""
        if laid.order == order:
            return laid.value
        permutation = tuple(laid.order.index(axis) for axis in order)
        if not isinstance(laid.value, Variable):
            with jax.ensure_compile_time_eval():
                return lax.transpose(laid.value, permutation)
        if (laid.value, order) not in self._moved:
            output = _like(laid.value, [laid.value.shape[axis] for axis in permutation])
            self._moved[laid.value, order] = output
            self.equations.append(
                replace(
                    equation,
                    primitive="transpose",
                    operands=(laid.value,),
                    outputs=(output,),
                    params={"permutation": permutation},
                    evaluate=lambda array: [lax.transpose(array, permutation)],
                )
            )
        return self._moved[laid.value, order]

    def written(
        self,
        equation: Equation,
        operands: Sequence["Variable | Array"],
        params: Mapping[str, Any],
        orders: Sequence[Order],
    ) -> list[_Laid]:
        """The equation on operands as they are stored, its outputs in these orders."""
        outputs = [
            _like(output, [output.shape[axis] for axis in order])
            for output, order in zip(equation.outputs, orders, strict=True)
        ]
        self.equations.append(
            replace(
                equation,
                operands=tuple(operands),
                outputs=tuple(outputs),
                params={**equation.params, **params},
                evaluate=partial(equation.evaluate, **params) if params else equation.evaluate,
            )
        )
        return [_Laid(value=output, order=order) for output, order in zip(outputs, orders, strict=True)]


def _laid(equation: Equation, operands: Sequence[_Laid], writer: _Writer) -> list[_Laid]:
    """The outputs of an equation, which `writer` gets."""
    if equation.primitive == "conv_general_dilated" and equation.live == (True, False):
        return _convolution(equation, operands, writer)
    if equation.primitive == "transpose":
        (operand,) = operands
        permutation = tuple(equation.params["permutation"])
        return [_Laid(value=operand.value, order=tuple(permutation.index(axis) for axis in operand.order))]
    if record(equation.primitive).elementwise or equation.primitive == "concatenate":
        return _together(equation, operands, writer)
    rule = _RULES.get(equation.primitive)
    order = operands[0].order
    found = rule(equation, order) if rule and equation.live[0] and order != tuple(sorted(order)) else None
    if found is None:
        values = [writer.moved(operand, _identity(operand.value), equation) for operand in operands]
        return writer.written(equation, values, {}, [_identity(output) for output in equation.outputs])
    params, order = found
    values = [operand.value for operand in operands]
    return writer.written(equation, values, params, [order] * len(equation.outputs))


def _convolution(equation: Equation, operands: Sequence[_Laid], writer: _Writer) -> list[_Laid]:
    """Examples, space, features of the value and of the output; space, inputs, outputs of the kernel.

    A kernel in another order makes XLA's convolution within a loop on a CPU a naive one, twenty times slower.
    """
    numbers = equation.params["dimension_numbers"]
    lhs, out = ((spec[0], *spec[2:], spec[1]) for spec in (numbers.lhs_spec, numbers.out_spec))
    value = writer.moved(operands[0], lhs, equation)
    rhs = (*numbers.rhs_spec[2:], numbers.rhs_spec[1], numbers.rhs_spec[0])
    kernel = writer.moved(operands[1], rhs, equation)
    moved = type(numbers)(
        tuple(lhs.index(axis) for axis in numbers.lhs_spec),
        tuple(rhs.index(axis) for axis in numbers.rhs_spec),
        tuple(out.index(axis) for axis in numbers.out_spec),
    )
    writer.turned |= moved != numbers
    return writer.written(equation, [value, kernel], {"dimension_numbers": moved}, [out])


def _together(equation: Equation, operands: Sequence[_Laid], writer: _Writer) -> list[_Laid]:
    """All operands in the order of the largest one that depends on the sequence; scalars as they are."""
    shape = equation.outputs[0].shape
    live = [o for o in operands if isinstance(o.value, Variable) and o.shaped(shape)]
    if not live:
        return writer.written(equation, [o.value for o in operands], {}, [_identity(o) for o in equation.outputs])
    order = max(live, key=lambda operand: math.prod(operand.value.shape)).order
    values = [writer.moved(o, order, equation) if o.shaped(shape) else o.value for o in operands]
    changed = {"dimension": order.index(equation.params["dimension"])} if equation.primitive == "concatenate" else {}
    return writer.written(equation, values, changed, [order] * len(equation.outputs))


def _broadcast(equation: Equation, order: Order) -> tuple[Mapping[str, Any], Order]:
    """`broadcast_in_dim`."""
    places, shape = equation.params["broadcast_dimensions"], equation.outputs[0].shape
    kept = [places[axis] for axis in order]
    new = _with_others(kept, len(shape))
    places = tuple(new.index(axis) for axis in kept)
    return {"shape": tuple(shape[axis] for axis in new), "broadcast_dimensions": places}, new


def _reshape(equation: Equation, order: Order) -> tuple[Mapping[str, Any], Order] | None:
    """`reshape` that adds or drops axes of size one."""
    before, after = equation.operands[0].shape, equation.outputs[0].shape
    own = [axis for axis, size in enumerate(before) if size > 1]
    others = [axis for axis, size in enumerate(after) if size > 1]
    if [before[axis] for axis in own] != [after[axis] for axis in others] or equation.params["dimensions"] is not None:
        return None
    becomes = dict(zip(own, others, strict=True))
    new = _with_others([becomes[axis] for axis in order if axis in becomes], len(after))
    return {"new_sizes": tuple(after[axis] for axis in new)}, new


def _with_others(kept: Sequence[int], ndim: int) -> Order:
    """Axes of an output that come from the operand, with its others: leading ones first, the rest last."""
    others = [axis for axis in range(ndim) if axis not in kept]
    first = min(kept, default=ndim)
    return (*(a for a in others if a < first), *kept, *(a for a in others if a > first))


def _without(name: str) -> Rule:
    """Axes that a parameter lists are gone from the output."""

    def rule(equation: Equation, order: Order) -> tuple[Mapping[str, Any], Order]:
        gone = sorted(int(axis) % len(order) for axis in equation.params[name])  # NumPy's, where vmap has moved them
        kept = (axis for axis in order if axis not in gone)
        return _listed(name)(equation, order)[0], tuple(axis - sum(g < axis for g in gone) for axis in kept)

    return rule


def _listed(name: str) -> Callable[[Equation, Order], tuple[Mapping[str, Any], Order]]:
    """A parameter that lists axes."""
    return lambda equation, order: (
        {name: tuple(sorted(order.index(int(axis) % len(order)) for axis in equation.params[name]))},
        order,
    )


def _one(name: str) -> Rule:
    """A parameter that is an axis."""
    return lambda equation, order: ({name: order.index(equation.params[name])}, order)


def _for_each(*names: str) -> Rule:
    """Parameters that hold something for each axis."""

    def rule(equation: Equation, order: Order) -> tuple[Mapping[str, Any], Order]:
        given = {name: equation.params[name] for name in names}
        return {n: tuple(v[axis] for axis in order) for n, v in given.items() if v is not None}, order

    return rule


_RULES: dict[str, Rule] = {
    "broadcast_in_dim": _broadcast,
    "reshape": _reshape,
    "squeeze": _without("dimensions"),
    "rev": _listed("dimensions"),
    "slice": _for_each("start_indices", "limit_indices", "strides"),
    "pad": _for_each("padding_config"),
    "split": _one("axis"),
    **{name: _one("axis") for name in ("cumlogsumexp", "cummax", "cummin", "cumprod", "cumsum")},
    **{name: _without("axes") for name in ("reduce_max", "reduce_min", "reduce_prod", "reduce_sum")},
    **{
        name: _for_each("window_dimensions", "window_strides", "padding", "base_dilation", "window_dilation")
        for name in ("reduce_window_max", "reduce_window_min", "reduce_window_sum")
    },
}


def _transpositions(equations: Sequence[Equation]) -> int:
    return sum(equation.primitive == "transpose" for equation in equations)


def _as_written(value: "Variable | Array") -> _Laid:
    return _Laid(value=value, order=_identity(value))


def _identity(value: "Variable | Array") -> Order:
    return tuple(range(len(value.shape)))


def _like(variable: Variable, shape: Sequence[int]) -> Variable:
    return Variable(shape=tuple(shape), dtype=variable.dtype)
