"""Which function computes which operation: one more is one function and one line in its family's table.

A function takes its arguments by the names of ATen's schema, and gives a tensor, or a tuple of what the operation gives
(None for what only a gradient needs; a tuple in it for a list of tensors).
"""

from collections.abc import Callable
from typing import Any

from genomics.models.torch import (
    activations,
    attention,
    convolution,
    creation,
    elementwise,
    indexing,
    normalization,
    pooling,
    products,
    recurrence,
    reduction,
    resampling,
    scattering,
    shape,
    symbols,
)

#: Name below `aten`, with its overload where that makes a difference -> function.
ATEN: dict[str, Callable[..., Any]] = {
    **elementwise.OPERATIONS,
    **activations.OPERATIONS,
    **convolution.OPERATIONS,
    **pooling.OPERATIONS,
    **resampling.OPERATIONS,
    **normalization.OPERATIONS,
    **products.OPERATIONS,
    **shape.OPERATIONS,
    **indexing.OPERATIONS,
    **scattering.OPERATIONS,
    **reduction.OPERATIONS,
    **creation.OPERATIONS,
    **attention.OPERATIONS,
    **recurrence.OPERATIONS,
    **symbols.OPERATIONS,
}

#: Parts of names that draw random numbers.
_RANDOM = ("rand", "bernoulli", "multinomial", "normal", "uniform", "exponential", "poisson", "geometric", "cauchy")
#: Operations that give as many numbers as they find.
_FINDING = ("nonzero", "masked_select", "unique", "_unique", "argwhere", "bincount")
_TRANSPOSED = ("conv_transpose", "slow_conv_transpose")


def function_of(target: str) -> Callable[..., Any] | None:
    """The function of an operation; None for one that is not read."""
    if target in symbols.FUNCTIONS:
        return symbols.FUNCTIONS[target]
    space, _, name = target.partition(".")
    if space != "aten":
        return None
    return ATEN.get(name) or ATEN.get(name.partition(".")[0])


def is_check(target: str) -> bool:
    """Whether an operation only checks something."""
    return target.removeprefix("aten.").partition(".")[0] in symbols.CHECKS


def reason(target: str) -> str:
    """Why an operation without a function is not read, where there is more to say; else empty."""
    name = target.removeprefix("aten.")
    if name.startswith(_TRANSPOSED):
        return "a transposed convolution"
    if any(part in name for part in _RANDOM):
        return "draws random numbers"
    if name.startswith("as_strided"):
        return "depends on how numbers lie in memory"
    if name.startswith(_FINDING):
        return "how many numbers it gives depends on the sequence"
    if "fft_" in name or "complex" in name or name.startswith("polar"):
        return "complex numbers"
    if target.startswith("higher_order."):
        return "control flow"
    return "" if target.startswith("aten.") else "code that is not in the file"
