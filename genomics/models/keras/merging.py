"""Layers with several inputs."""

from collections.abc import Callable
from functools import reduce

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.errors import InputError
from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, fold, long_axis, split, unfold


def elementwise(operation: Callable[[Array, Array], Array]) -> Callable[[KerasLayer, tuple[Shape, ...]], Step]:
    """Builds Add, Subtract, Multiply, Maximum, Minimum and Average (Add, divided); inputs broadcast as in numpy."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
        if len(shapes) < 2 or (layer.class_name == "Subtract" and len(shapes) != 2):
            raise layer.error(f"has {len(shapes)} inputs; it must have {'2' if len(shapes) > 2 else 'at least 2'}")
        try:
            out = np.broadcast_shapes(*shapes)
        except ValueError:
            raise layer.error(f"its inputs have shapes {', '.join(map(str, shapes))}, which do not broadcast") from None
        alike = all(shape == out for shape in shapes)

        def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
            if not alike:
                arrays = tuple(unfold(x, shape) for x, shape in zip(arrays, shapes, strict=True))
            y = reduce(operation, arrays)
            y = y / len(arrays) if layer.class_name == "Average" else y
            return y if alike else fold(y, out)

        return Step(function=function, shape=out)

    return build


def concatenate(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """Concatenate along any axis but the batch."""
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes):
        raise _unequal(layer, shapes)
    axis = fields.single_axis(layer, rank)
    if len({shape[:axis] + shape[axis + 1 :] for shape in shapes}) != 1:
        raise _unequal(layer, shapes)
    out = (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])

    # One row of bases and sequences along the same axis: the arrays held are joined as they are.
    plain = rank == 3 and {(long_axis(s), split(s)[1]) for s in (*shapes, out)} == {(long_axis(out), 1)}

    def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
        if plain:
            return jnp.concatenate(arrays, axis=0 if axis == long_axis(out) else 1)
        parts = [unfold(x, shape) for x, shape in zip(arrays, shapes, strict=True)]
        return fold(jnp.concatenate(parts, axis=axis), out)

    return Step(function=function, shape=out)


def _unequal(layer: KerasLayer, shapes: tuple[Shape, ...]) -> InputError:
    return layer.error(f"its inputs have shapes {', '.join(map(str, shapes))}; they must agree but for the joined axis")
