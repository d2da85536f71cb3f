"""What operations share: arguments of a call checked, and a function of arrays in Keras's shapes as a step."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, Operand
from genomics.io.keras.record import shown
from genomics.models.keras.step import Parameters, Shape, Step, fold, unfold

Arguments = Mapping[str, Any]
#: (operation, Keras's shapes of its tensors, its arguments, in which tensors are `Operand`) -> Step.
Builder = Callable[[KerasLayer, tuple[Shape, ...], Arguments], Step]

_MAXIMUM_REPEATS = 1 << 20


def step_of(layer: KerasLayer, shapes: tuple[Shape, ...], function: Callable[..., Any]) -> Step:
    """The step of a function of arrays in Keras's shapes."""
    try:
        found = jax.eval_shape(function, *(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes))
    except (TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise layer.error(f"does not fit its inputs {', '.join(map(str, shapes))}: {reason[:200]}") from None
    results = tuple(found) if isinstance(found, tuple | list) else (found,)
    out = [tuple(result.shape) for result in results]

    def run(_: Parameters, arrays: tuple[Array, ...]) -> Any:
        y = function(*(unfold(x, shape) for x, shape in zip(arrays, shapes, strict=True)))
        parts = tuple(y) if isinstance(y, tuple | list) else (y,)
        folded = [fold(part, shape) for part, shape in zip(parts, out, strict=True)]
        return tuple(folded) if len(folded) > 1 else folded[0]

    first, *further = out
    return Step(function=run, shape=first, further=tuple(further))


def axes_of(layer: KerasLayer, value: Any, rank: int) -> tuple[int, ...]:
    """Axes of a tensor with the batch first, as axes without it."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed or not all(type(axis) is int and -rank <= axis <= rank and axis != 0 for axis in listed):
        raise layer.error(
            f"axis={shown(value)}: must be of the axes 1 to {rank}; axis 0, or all, would mix the sequences of a batch"
        )
    return tuple(axis - 1 if axis > 0 else axis + rank for axis in listed)


def listed(layer: KerasLayer, value: Any) -> list[int]:
    """Places among the inputs of the tensors in a list."""
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(entry, Operand) for entry in listed):
        raise layer.error(f"is applied to {shown(value)}; all must be outputs of layers")
    return [entry.place for entry in listed]


def number(layer: KerasLayer, key: str, value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e30 < value < 1e30:
        raise layer.error(f"{key}={shown(value)}: must be a finite number")
    return float(value)


def whole(layer: KerasLayer, key: str, value: Any, minimum: int) -> int:
    """A whole number from `minimum`."""
    if type(value) is not int or not minimum <= value <= _MAXIMUM_REPEATS:
        raise layer.error(f"{key}={shown(value)}: must be a whole number from {minimum} to {_MAXIMUM_REPEATS}")
    return value
