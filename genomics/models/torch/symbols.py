"""Arithmetic with sizes, layers that do nothing at inference, and checks that say nothing of the result."""

import math
import operator
from collections.abc import Callable
from typing import Any

from genomics.errors import InputError


def _size(self, dim: int | None = None):
    return tuple(self.shape) if dim is None else self.shape[dim]


def _dropout(input, p: int | float, train: bool):
    if train and p:
        raise InputError(f"drops {p} of its input at random; model.eval() before export")
    return input


def _item(self):
    """A number out of a tensor, which must not depend on the sequence."""
    try:
        return self.item()
    except AttributeError:
        raise InputError("takes a number out of a tensor that depends on the sequence") from None


#: Operations that only check.
CHECKS = (
    "_assert_async",
    "_assert_scalar",
    "_assert_tensor_metadata",
    "sym_constrain_range",
    "sym_constrain_range_for_size",
)

OPERATIONS: dict[str, Callable[..., Any]] = {
    "sym_size": _size,
    "sym_numel": lambda self: self.size,
    "dropout": _dropout,
    "feature_dropout": _dropout,
    "alpha_dropout": _dropout,
    "feature_alpha_dropout": _dropout,
    "native_dropout": lambda input, p, train: (_dropout(input, p, bool(train)), None),
    "item": _item,
    "_local_scalar_dense": _item,
}

#: Functions of Python on sizes.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        f"_operator.{name}": getattr(operator, name)
        for name in (
            "add",
            "sub",
            "mul",
            "floordiv",
            "truediv",
            "mod",
            "neg",
            "eq",
            "ne",
            "lt",
            "le",
            "gt",
            "ge",
            "pow",
        )
    },
    "_operator.and_": operator.and_,
    "_operator.or_": operator.or_,
    "_operator.getitem": operator.getitem,
    "math.ceil": math.ceil,
    "math.floor": math.floor,
    "math.trunc": math.trunc,
    "math.sqrt": math.sqrt,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.round": round,
    "torch.sym_int": int,
    "torch.sym_float": float,
    "torch.sym_max": max,
    "torch.sym_min": min,
    "torch.sym_not": operator.not_,
    "torch.sym_ite": lambda a, b, c: b if a else c,
    "torch.sym_sqrt": math.sqrt,
}
