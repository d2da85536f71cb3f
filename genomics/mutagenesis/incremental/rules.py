"""Which rule acts on a change: a primitive's record, or a faster form of it.

A rule takes the equation, its operands (changes or constant arrays, at least one of them `Local` or `Gated`) and the
output's reference value; it returns the output's change. It raises `NotLocalError` where the change does not stay
short: then the output is computed in full.
"""

from collections.abc import Callable
from typing import Any

from genomics.mutagenesis.incremental.change import Local, Whole
from genomics.mutagenesis.incremental.contraction import contract
from genomics.mutagenesis.incremental.convolution import convolve
from genomics.mutagenesis.incremental.described import described
from genomics.mutagenesis.incremental.elementwise import elementwise
from genomics.mutagenesis.incremental.factored import Change, Gated
from genomics.mutagenesis.incremental.gated import apply as gated
from genomics.mutagenesis.incremental.pooling import pool
from genomics.mutagenesis.incremental.recurrence import recur
from genomics.mutagenesis.incremental.reduction import extreme, total
from genomics.mutagenesis.incremental.shape import concatenate, reshape
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.table import record
from genomics.tracing.program import Equation

Rule = Callable[[Equation, list[Any], Unmutated], Local | Whole]

#: Faster, or more, than a record's own block gives; the numbers are the same.
FASTER: dict[str, Rule] = {
    "conv_general_dilated": convolve,
    "dot_general": contract,
    "reduce_window_max": pool,
    "reduce_window_min": pool,
    "reduce_window_sum": pool,
    "reduce_sum": total,
    "reduce_max": extreme,
    "reduce_min": extreme,
    "reshape": reshape,
    "concatenate": concatenate,
}


def apply(equation: Equation, operands: list[Any], references: list[Unmutated]) -> list[Change]:
    """The changes of an equation's outputs.

    Raises:
      NotLocalError: nothing is known of the primitive, or the change does not stay short.
    """
    if any(isinstance(operand, Gated | Whole) for operand in operands):
        return [*gated(equation, operands, references)]
    if equation.primitive == "scan":
        return [*recur(equation, operands, references)]
    if record(equation.primitive).elementwise:
        return [elementwise(equation, operands, references[0])]
    rule = FASTER.get(equation.primitive)
    return [rule(equation, operands, references[0])] if rule else [*described(equation, operands, references)]
