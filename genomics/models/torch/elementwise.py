"""Arithmetic, comparisons and functions of each element."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from genomics.errors import InputError

Number = int | float | bool


def _add(self, other, *, alpha: Number = 1):
    return self + (other if alpha == 1 else alpha * other)


def _subtract(self, other, *, alpha: Number = 1):
    return self - (other if alpha == 1 else alpha * other)


def _rsub(self, other, *, alpha: Number = 1):
    return _subtract(other, self, alpha=alpha)


def _divide(self, other, *, rounding_mode: str | None = None):
    if rounding_mode is None:
        return jnp.true_divide(self, other)
    if rounding_mode == "floor":
        return jnp.floor_divide(self, other)
    if _whole(self) and _whole(other):
        a, b = jnp.broadcast_arrays(jnp.asarray(self), jnp.asarray(other))
        return lax.div(a, b.astype(a.dtype))
    return jnp.trunc(jnp.true_divide(self, other))


def _whole(value: Any) -> bool:
    return jnp.issubdtype(jnp.asarray(value).dtype, jnp.integer)


def _power(self, exponent):
    """With the rules of a fixed exponent, which transformations know, where it is fixed."""
    if isinstance(exponent, int | float) and not isinstance(exponent, bool):
        if exponent == 0.5:
            return jnp.sqrt(self)
        if exponent == -0.5:
            return lax.rsqrt(self)
        if (
            float(exponent).is_integer()
            and abs(exponent) <= 64
            and jnp.issubdtype(jnp.asarray(self).dtype, jnp.floating)
        ):
            return lax.integer_pow(self, int(exponent))
    return jnp.power(self, exponent)


def _clamp(self, min=None, max=None):
    y = self if min is None else jnp.maximum(self, min)
    return y if max is None else jnp.minimum(y, max)


def _where(condition, self, other):
    return jnp.where(condition, self, other)


def _masked_fill(self, mask, value):
    return jnp.where(mask, jnp.asarray(value, self.dtype), self)


def _addcmul(self, tensor1, tensor2, *, value: Number = 1):
    return self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2)


def _addcdiv(self, tensor1, tensor2, *, value: Number = 1):
    return self + value * tensor1 / tensor2


def _lerp(self, end, weight):
    return self + weight * (end - self)


def _nan_to_num(self, nan=None, posinf=None, neginf=None):
    return jnp.nan_to_num(self, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


def _round(self, *, decimals: int = 0):
    return jnp.round(self, decimals)


def _xlogy(self, other):
    return jnp.where(jnp.equal(self, 0) & ~jnp.isnan(other), 0, self * jnp.log(jnp.where(jnp.equal(self, 0), 1, other)))


def _heaviside(self, values):
    return jnp.where(jnp.equal(self, 0), values, jnp.greater(self, 0).astype(jnp.asarray(values).dtype))


def _logit(self, eps=None):
    x = self if eps is None else jnp.clip(self, eps, 1 - eps)
    return jnp.log(x / (1 - x))


def _to(self, dtype=None):
    """A change of element type. Floating-point numbers stay as they are computed here: in the sequence's precision."""
    if dtype is None:
        return self
    kind = kind_of(dtype)
    array = jnp.asarray(self)
    if kind == jnp.floating:
        return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.float32)
    if jnp.issubdtype(array.dtype, jnp.floating) and kind == jnp.int32:
        return jnp.trunc(array).astype(kind)
    return array.astype(kind)


def like(self, other):
    """In the element type of another; floating-point numbers stay as they are computed here."""
    kind = jnp.asarray(other).dtype
    array = jnp.asarray(self)
    if jnp.issubdtype(kind, jnp.floating):
        return array if jnp.issubdtype(array.dtype, jnp.floating) else array.astype(jnp.float32)
    return array.astype(kind)


def kind_of(dtype) -> Any:
    """The element type that stands for one of PyTorch: `jnp.floating` for every floating-point type."""
    code = dtype.code
    if code in (6, 7, 8, 13):
        return jnp.floating
    if code in (1, 2, 3, 4, 5, 28):
        return jnp.int32
    if code == 12:
        return jnp.bool_
    raise InputError(f"the element type {code} is not read")


def _unary(function: Callable[[Array], Array]) -> Callable[..., Array]:
    return lambda self: function(self)


def _binary(function: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    return lambda self, other: function(self, other)


_UNARY = {
    **{name: getattr(jnp, name) for name in ("abs", "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt")},
    **{name: getattr(jnp, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "floor", "ceil")},
    **{name: getattr(jnp, name) for name in ("trunc", "isnan", "isinf", "isfinite", "logical_not", "positive")},
    **{name: getattr(jnp, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh", "acosh", "atanh")},
    "neg": jnp.negative,
    "negative": jnp.negative,
    "rsqrt": lax.rsqrt,
    "reciprocal": jnp.reciprocal,
    "square": jnp.square,
    "erf": lax.erf,
    "erfc": lax.erfc,
    "erfinv": lax.erf_inv,
    "special_erf": lax.erf,
    "lgamma": lax.lgamma,
    "digamma": lax.digamma,
    "deg2rad": jnp.deg2rad,
    "frac": lambda x: x - jnp.trunc(x),
    "sgn": jnp.sign,
    "absolute": jnp.abs,
    "bitwise_not": jnp.bitwise_not,
    "sinc": jnp.sinc,
    "special_sinc": jnp.sinc,
    "sigmoid": jax.nn.sigmoid,
    "special_expit": jax.nn.sigmoid,
}

_BINARY = {
    "mul": jnp.multiply,
    "multiply": jnp.multiply,
    "remainder": jnp.remainder,
    "fmod": jnp.fmod,
    "floor_divide": jnp.floor_divide,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "fmax": jnp.fmax,
    "fmin": jnp.fmin,
    "max.other": jnp.maximum,
    "min.other": jnp.minimum,
    "atan2": jnp.arctan2,
    "hypot": jnp.hypot,
    "copysign": jnp.copysign,
    "logaddexp": jnp.logaddexp,
    "logaddexp2": jnp.logaddexp2,
    "eq": jnp.equal,
    "ne": jnp.not_equal,
    "lt": jnp.less,
    "le": jnp.less_equal,
    "gt": jnp.greater,
    "ge": jnp.greater_equal,
    "less": jnp.less,
    "greater": jnp.greater,
    "not_equal": jnp.not_equal,
    "logical_and": jnp.logical_and,
    "logical_or": jnp.logical_or,
    "logical_xor": jnp.logical_xor,
    "bitwise_and": jnp.bitwise_and,
    "bitwise_or": jnp.bitwise_or,
    "bitwise_xor": jnp.bitwise_xor,
    "__and__": jnp.bitwise_and,
    "__or__": jnp.bitwise_or,
    "__xor__": jnp.bitwise_xor,
}

OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name: _unary(function) for name, function in _UNARY.items()},
    **{name: _binary(function) for name, function in _BINARY.items()},
    "add": _add,
    "sub": _subtract,
    "subtract": _subtract,
    "rsub": _rsub,
    "div": _divide,
    "divide": _divide,
    "true_divide": _divide,
    "pow": _power,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": lambda self, min: jnp.maximum(self, min),
    "clamp_max": lambda self, max: jnp.minimum(self, max),
    "where": _where,
    "masked_fill": _masked_fill,
    "addcmul": _addcmul,
    "addcdiv": _addcdiv,
    "lerp": _lerp,
    "nan_to_num": _nan_to_num,
    "round": _round,
    "heaviside": _heaviside,
    "xlogy": _xlogy,
    "special_xlogy": _xlogy,
    "logit": _logit,
    "special_logit": _logit,
    "_to_copy": _to,
    "to": _to,
    "to.other": like,
    "type_as": like,
}
