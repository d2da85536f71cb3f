"""The table: primitive -> rule.

A rule takes the equation, its operands (`Local`, `Whole` or constant arrays, at least one of them `Local`) and the
output's reference value; it returns the output's change. It raises `NotLocalError` where the change does not stay
short: then the output is computed in full.
"""

from collections.abc import Callable
from typing import Any

from genomics.mutagenesis.incremental import shape
from genomics.mutagenesis.incremental.change import Local, Reference, Whole
from genomics.mutagenesis.incremental.contraction import contract
from genomics.mutagenesis.incremental.convolution import convolve
from genomics.mutagenesis.incremental.elementwise import ELEMENTWISE, elementwise
from genomics.mutagenesis.incremental.interval import NotLocalError
from genomics.mutagenesis.incremental.pooling import pool
from genomics.mutagenesis.incremental.reduction import extreme, total
from genomics.tracing.program import Equation

Rule = Callable[[Equation, list[Any], Reference], Local | Whole]

#: Reductions, scans and sorts that are local along all other axes than their own.
_ALONG_OTHERS = ("reduce_prod", "reduce_and", "reduce_or", "argmax", "argmin", "cumsum", "cumprod", "cummax", "cummin")

RULES: dict[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, elementwise),
    **dict.fromkeys((*_ALONG_OTHERS, "cumlogsumexp", "sort"), shape.along_others),
    "conv_general_dilated": convolve,
    "dot_general": contract,
    "reduce_window_max": pool,
    "reduce_window_min": pool,
    "reduce_window_sum": pool,
    "reduce_sum": total,
    "reduce_max": extreme,
    "reduce_min": extreme,
    "transpose": shape.transpose,
    "squeeze": shape.squeeze,
    "broadcast_in_dim": shape.broadcast,
    "reshape": shape.reshape,
    "rev": shape.reverse,
    "slice": shape.cut,
    "pad": shape.pad,
    "concatenate": shape.concatenate,
}


def apply(equation: Equation, operands: list[Any], references: list[Reference]) -> list[Local | Whole]:
    """The changes of an equation's outputs.

    Raises:
      NotLocalError: there is no rule, or the change does not stay short.
    """
    if equation.primitive == "split":
        return list(shape.split(equation, operands, references))
    rule = RULES.get(equation.primitive)
    if rule is None or len(references) != 1:
        raise NotLocalError("has no rule")
    return [rule(equation, operands, references[0])]
