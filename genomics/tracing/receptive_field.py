"""Where in the sequence the values of a network look: stride, offset and width of every layer."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from genomics.tracing.columns.record import Along, NotColumnsError
from genomics.tracing.columns.table import outputs_along
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.program import Program, Variable


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


def receptive_fields(program: Program, axis: int = 0, *, local: bool = False) -> dict[Variable, ReceptiveField]:
    """The receptive field of every value that still runs along the sequence.

    Each primitive's record says which columns it reads (`genomics.tracing.columns`); of several operands the fields are
    united, provided that their strides agree. Values that mix all positions (after flattening, a dense layer or a sum
    along the sequence) are left out, and what is computed from them.

    Args:
      program: from `trace`, its elementwise chains folded or not.
      axis: the axis of the input that runs along the sequence.
      local: whether a value counts that runs along the sequence but is combined, column by column, with one that has
        seen all of it: a gate, a normalisation, attention with a branch around. Its field is then where it looks
        without that: where it lies, not all that it depends on.
    """
    found = {program.input: ReceptiveField(axis=axis, stride=1, first=0, last=0)}
    for equation in program.equations:
        live = [operand for operand in equation.operands if isinstance(operand, Variable)]
        fields = [found[operand] for operand in live if operand in found]
        if not fields or (len(fields) < len(live) and not local):
            continue
        if len({field.stride for field in fields}) > 1:
            continue
        if equation.primitive == CHAIN:
            found[equation.outputs[0]] = fields[0]
            continue
        axes = tuple(found[o].axis if isinstance(o, Variable) and o in found else None for o in equation.operands)
        try:
            outputs = outputs_along(equation, axes)
        except NotColumnsError:
            continue
        found.update((v, _through(along, fields)) for v, along in zip(equation.outputs, outputs, strict=True))
    return found


def _through(along: Along, fields: list[ReceptiveField]) -> ReceptiveField:
    """The field of an output whose operands have these."""
    stride, first, last = fields[0].stride, min(f.first for f in fields), max(f.last for f in fields)
    if along.flips:
        shift = stride * (along.size - 1)
        return ReceptiveField(axis=along.axis, stride=-stride, first=first + shift, last=last + shift)
    window = along.window
    unit = stride / window.base if window.base > 1 else stride
    reach = [unit * -window.low, unit * (window.extent - 1 - window.low)]
    return ReceptiveField(
        axis=along.axis, stride=window.stride * unit, first=first + min(reach), last=last + max(reach)
    )
