"""Where in the sequence the values of a network look: stride, offset and width of every layer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float64

from genomics.tracing.elementwise import CHAIN, is_elementwise
from genomics.tracing.program import Equation, Program, Variable


@dataclass(frozen=True, kw_only=True)
class ReceptiveField:
    """How the positions of one axis of a value lie on the sequence.

    Index i of the axis sees the input positions `first + i * stride` to `last + i * stride`, both included (some may
    lie in the padding, outside the sequence).

    Attributes:
      axis: the axis of the value that runs along the sequence.
      stride: input positions from one index to the next.
      first: the first input position that index 0 sees.
      last: the last one.
    """

    axis: int
    stride: int | float
    first: int | float
    last: int | float

    def centres(self, length: int) -> Float64[np.ndarray, " M"]:
        """The middles of the fields of indices 0 to `length` - 1, in input positions."""
        return (self.first + self.last) / 2 + self.stride * np.arange(length)


def receptive_fields(program: Program, axis: int = 0) -> dict[Variable, ReceptiveField]:
    """The receptive field of every value that still runs along the sequence.

    Convolutions and windows of any stride, padding and dilation, padding, slicing and reversing are followed; of
    several operands the fields are united, provided that their strides agree. Values that mix all positions (after
    flattening, a dense layer or a sum along the sequence) are left out, and what is computed from them.

    Args:
      program: from `trace`, its elementwise chains folded or not.
      axis: the axis of the input that runs along the sequence.
    """
    found = {program.input: ReceptiveField(axis=axis, stride=1, first=0, last=0)}
    for equation in program.equations:
        live = [(i, operand) for i, operand in enumerate(equation.operands) if isinstance(operand, Variable)]
        if not all(operand in found for _, operand in live):
            continue
        fields = [_through(equation, i, found[operand]) for i, operand in live]
        united = _union(fields)
        if united is not None:
            found[equation.outputs[0]] = united
    return found


def _union(fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    known = [field for field in fields if field is not None]
    if len(known) < len(fields) or len({(field.axis, field.stride) for field in known}) != 1:
        return None
    return replace(known[0], first=min(f.first for f in known), last=max(f.last for f in known))


def _through(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    """The field of the output as far as operand i goes; None where the position axis is lost."""
    if equation.primitive == CHAIN or is_elementwise(equation):
        return field
    rule = _RULES.get(equation.primitive)
    return rule(equation, i, field) if rule else None


def _windowed(
    field: ReceptiveField, *, axis: int, size: int, stride: int, low: int, dilation: int, base_dilation: int
) -> ReceptiveField:
    """Output index i sees the operand's indices `(i * stride - low + k * dilation) / base_dilation`, 0 <= k < size."""
    unit = field.stride / base_dilation
    return ReceptiveField(
        axis=axis,
        stride=stride * unit,
        first=field.first + min(unit * -low, unit * (-low + (size - 1) * dilation)),
        last=field.last + max(unit * -low, unit * (-low + (size - 1) * dilation)),
    )


def _convolution(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    params = equation.params
    lhs_spec, rhs_spec, out_spec = params["dimension_numbers"]
    if i != 0 or field.axis not in lhs_spec[2:]:
        return None
    space = lhs_spec[2:].index(field.axis)
    return _windowed(
        field,
        axis=out_spec[2 + space],
        size=equation.operands[1].shape[rhs_spec[2 + space]],
        stride=params["window_strides"][space],
        low=int(params["padding"][space][0]),
        dilation=params["rhs_dilation"][space],
        base_dilation=params["lhs_dilation"][space],
    )


def _window(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField:
    params, axis = equation.params, field.axis
    return _windowed(
        field,
        axis=axis,
        size=params["window_dimensions"][axis],
        stride=params["window_strides"][axis],
        low=int(params["padding"][axis][0]),
        dilation=params["window_dilation"][axis],
        base_dilation=params["base_dilation"][axis],
    )


def _pad(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    if i != 0:
        return None
    low, _, interior = equation.params["padding_config"][field.axis]
    return _windowed(
        field, axis=field.axis, size=1, stride=1, low=int(low), dilation=1, base_dilation=int(interior) + 1
    )


def _slice(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField:
    start = equation.params["start_indices"][field.axis]
    stride = (equation.params["strides"] or [1] * (field.axis + 1))[field.axis]
    return _windowed(field, axis=field.axis, size=1, stride=stride, low=-int(start), dilation=1, base_dilation=1)


def _reverse(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField:
    if field.axis not in equation.params["dimensions"]:
        return field
    shift = field.stride * (equation.operands[0].shape[field.axis] - 1)
    return replace(field, stride=-field.stride, first=field.first + shift, last=field.last + shift)


def _transpose(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField:
    return replace(field, axis=tuple(equation.params["permutation"]).index(field.axis))


def _broadcast(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField:
    return replace(field, axis=equation.params["broadcast_dimensions"][field.axis])


def _reshape(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    """Kept where an axis of the same size stands after as many elements as before."""
    before, after = equation.operands[0].shape, equation.outputs[0].shape
    leading = int(np.prod(before[: field.axis]))
    for axis, size in enumerate(after):
        if size == before[field.axis] and int(np.prod(after[:axis])) == leading:
            return replace(field, axis=axis)
    return None


def _without(name: str) -> Callable[[Equation, int, ReceptiveField], ReceptiveField | None]:
    """A primitive that drops the axes that its parameter `name` lists."""

    def rule(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
        gone = equation.params[name]
        if field.axis in gone:
            return None
        return replace(field, axis=field.axis - sum(axis < field.axis for axis in gone))

    return rule


def _concatenate(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    return None if equation.params["dimension"] == field.axis else field


def _product(equation: Equation, i: int, field: ReceptiveField) -> ReceptiveField | None:
    """A matrix product keeps an axis that it does not sum over."""
    contracted, batch = equation.params["dimension_numbers"]
    if field.axis in contracted[i]:
        return None
    if field.axis in batch[i]:
        return replace(field, axis=tuple(batch[i]).index(field.axis))
    free = [a for a in range(len(equation.operands[i].shape)) if a not in (*contracted[i], *batch[i])]
    before = len(batch[0])
    if i == 1:
        before += len(equation.operands[0].shape) - len(contracted[0]) - len(batch[0])
    return replace(field, axis=before + free.index(field.axis))


_RULES: Mapping[str, Any] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": _concatenate,
    "conv_general_dilated": _convolution,
    "dot_general": _product,
    "expand_dims": _broadcast,
    "pad": _pad,
    "reduce_max": _without("axes"),
    "reduce_min": _without("axes"),
    "reduce_sum": _without("axes"),
    "reduce_window_max": _window,
    "reduce_window_min": _window,
    "reduce_window_sum": _window,
    "reshape": _reshape,
    "rev": _reverse,
    "slice": _slice,
    "squeeze": _without("dimensions"),
    "transpose": _transpose,
}
