"""Operations on tensors in functional models that compute: `x + 1`, `ops.mean(x, axis=1)` and their TensorFlow names.

Each is a function of arrays in Keras's shapes without the batch axis; axes in the file count the batch as axis 0.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, Operand
from genomics.io.keras.record import shown
from genomics.models.keras import operation_shapes
from genomics.models.keras.arguments import Arguments, Builder, axes_of, listed, number, step_of
from genomics.models.keras.step import Shape, Step


def unary(function: Callable[[Array], Array]) -> Builder:
    """An elementwise function: the array held is as good as Keras's."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
        return Step(function=lambda _, arrays: function(arrays[0]), shape=shapes[0])

    return build


def with_setting(function: Callable[[Array, float], Array], key: str, default: float) -> Builder:
    """An elementwise function with one setting."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
        setting = number(layer, key, arguments.get(key, default))
        return Step(function=lambda _, arrays: function(arrays[0], setting), shape=shapes[0])

    return build


def elementwise(function: Callable[..., Array], *names: str) -> Builder:
    """A function of several operands, tensors or constants, that broadcast as in numpy."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
        given = [arguments.get(name) for name in names]
        if any(value is None for value in given):
            raise layer.error(f"is called with {', '.join(arguments)}; it must be given {', '.join(names)}")
        rank = max((len(shape) for shape in shapes), default=0)
        parts = [part if isinstance(part, Operand) else _constant(layer, part, rank) for part in given]
        scalars = all(isinstance(part, Operand) or part.ndim == 0 for part in parts)

        def run(*arrays: Array) -> Array:
            # Where the arrays meet only numbers, these stay weakly typed constants.
            return function(*(arrays[p.place] if isinstance(p, Operand) else _plain(p, arrays[0].dtype) for p in parts))

        if scalars and len(set(shapes)) == 1:
            return Step(function=lambda _, arrays: run(*arrays), shape=shapes[0])
        return step_of(layer, shapes, run)

    return build


def reduction(function: Callable[..., Array]) -> Builder:
    """A reduction over `axis`, which may not be the batch's."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
        axes = axes_of(layer, arguments.get("axis"), len(shapes[0]))
        keep = arguments.get("keepdims") or False
        return step_of(layer, shapes, lambda x: function(x, axis=axes, keepdims=keep))

    return build


def along_axis(function: Callable[..., Array], default: Any = None) -> Builder:
    """A function along one axis."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
        (axis,) = axes_of(layer, arguments.get("axis", default), len(shapes[0]))
        return step_of(layer, shapes, lambda x: function(x, axis=axis))

    return build


def gelu(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Gelu, by the error function or approximated by tanh."""
    approximate = arguments.get("approximate", True) is not False
    return Step(function=lambda _, arrays: jax.nn.gelu(arrays[0], approximate=approximate), shape=shapes[0])


def clip(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Clip, between two numbers."""
    low, high = (number(layer, key, arguments.get(key)) for key in ("x_min", "x_max"))
    return Step(function=lambda _, arrays: jnp.clip(arrays[0], low, high), shape=shapes[0])


def einsum(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Einsum of tensors, the first letter of each the batch's."""
    text = arguments.get("subscripts")
    order = listed(layer, arguments.get("operands"))
    left, arrow, right = text.replace(" ", "").partition("->") if isinstance(text, str) else ("", "", "")
    terms = [*left.split(","), right]
    if not arrow or len(terms) != len(order) + 1 or len({term[:1] for term in terms}) != 1 or not terms[0]:
        raise layer.error(f"subscripts={shown(text)}: every term must start with the same letter, the batch's")
    if any(terms[0][0] in term[1:] for term in terms):
        raise layer.error(f"subscripts={shown(text)}: the batch's letter must stand once in each term")
    within = ",".join(term[1:] for term in terms[:-1]) + "->" + right[1:]
    return step_of(layer, shapes, lambda *xs: jnp.einsum(within, *(xs[i] for i in order)))


def matmul(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Matmul, of tensors."""
    order = listed(layer, [arguments.get("x"), arguments.get("y")])
    return step_of(layer, shapes, lambda *xs: jnp.matmul(*(xs[i] for i in order)))


def cast(layer: KerasLayer, shapes: tuple[Shape, ...], arguments: Arguments) -> Step:
    """Cast to floating-point numbers, which all tensors are but conditions."""
    if arguments.get("dtype") not in ("float32", "float64", "float"):
        raise layer.error(f"dtype={shown(arguments.get('dtype'))}: only casts to float32 are read")
    return step_of(layer, shapes, lambda x: x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.float32))


def _plain(constant: np.ndarray, dtype: Any) -> Any:
    return constant.item() if constant.ndim == 0 else jnp.asarray(constant, dtype)


def _constant(layer: KerasLayer, value: Any, rank: int) -> np.ndarray:
    try:
        array = np.asarray(value)
        array = array if array.dtype.kind in "fiub" else None
    except ValueError:
        array = None
    if array is None or not np.isfinite(array.astype(np.float64)).all():
        raise layer.error(f"has the constant {shown(value)}; it must be finite numbers")
    if array.ndim > rank:  # it has a batch axis of its own
        if array.ndim > rank + 1 or array.shape[0] != 1:
            raise layer.error(f"has a constant of shape {array.shape}, which differs along the batch")
        array = array[0]
    return array


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "Absolute": jnp.abs,
    "Cos": jnp.cos,
    "Erf": jax.lax.erf,
    "Exp": jnp.exp,
    "Expm1": jnp.expm1,
    "Floor": jnp.floor,
    "HardSigmoid": jax.nn.hard_sigmoid,
    "HardSilu": jax.nn.hard_silu,
    "Identity": lambda x: x,
    "Log": jnp.log,
    "Log1p": jnp.log1p,
    "LogSigmoid": jax.nn.log_sigmoid,
    "Mish": jax.nn.mish,
    "Negative": jnp.negative,
    "Reciprocal": lambda x: 1 / x,
    "Relu": jax.nn.relu,
    "Relu6": jax.nn.relu6,
    "Round": jnp.round,
    "Rsqrt": jax.lax.rsqrt,
    "Selu": jax.nn.selu,
    "Sigmoid": jax.nn.sigmoid,
    "Sign": jnp.sign,
    "Silu": jax.nn.silu,
    "Sin": jnp.sin,
    "Softplus": jax.nn.softplus,
    "Softsign": jax.nn.soft_sign,
    "Sqrt": jnp.sqrt,
    "Square": jnp.square,
    "StopGradient": lambda x: x,
    "Tanh": jnp.tanh,
}
#: Operation -> its builder.
BUILDERS: dict[str, Builder] = {
    **operation_shapes.BUILDERS,
    **{name: unary(function) for name, function in _FUNCTIONS.items()},
    "Gelu": gelu,
    "Elu": with_setting(jax.nn.elu, "alpha", 1.0),
    "Celu": with_setting(jax.nn.celu, "alpha", 1.0),
    "LeakyRelu": with_setting(jax.nn.leaky_relu, "negative_slope", 0.2),
    "Clip": clip,
    "Add": elementwise(jnp.add, "x", "y"),
    "Subtract": elementwise(jnp.subtract, "x", "y"),
    "Multiply": elementwise(jnp.multiply, "x", "y"),
    "Divide": elementwise(jnp.divide, "x", "y"),
    "TrueDivide": elementwise(jnp.divide, "x", "y"),
    "Power": elementwise(lambda x, y: x**y, "x", "y"),
    "Maximum": elementwise(jnp.maximum, "x", "y"),
    "Minimum": elementwise(jnp.minimum, "x", "y"),
    "Greater": elementwise(lambda x, y: x > y, "x", "y"),
    "GreaterEqual": elementwise(lambda x, y: x >= y, "x", "y"),
    "Less": elementwise(lambda x, y: x < y, "x", "y"),
    "LessEqual": elementwise(lambda x, y: x <= y, "x", "y"),
    "Where": elementwise(jnp.where, "condition", "x1", "x2"),
    "Matmul": matmul,
    "Mean": reduction(jnp.mean),
    "Sum": reduction(jnp.sum),
    "Max": reduction(jnp.max),
    "Min": reduction(jnp.min),
    "Prod": reduction(jnp.prod),
    "Std": reduction(jnp.std),
    "Var": reduction(jnp.var),
    "Logsumexp": reduction(logsumexp),
    "Any": reduction(jnp.any),
    "All": reduction(jnp.all),
    "Softmax": along_axis(jax.nn.softmax, -1),
    "LogSoftmax": along_axis(jax.nn.log_softmax, -1),
    "Cumsum": along_axis(jnp.cumsum),
    "Einsum": einsum,
    "Cast": cast,
}
