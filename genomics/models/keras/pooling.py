"""Pooling. SAME padding takes no part: it is minus infinity for a maximum, and not counted in an average.

But for Keras's torch backend, which averages over copies of the first and last position where the padding before and
after differ (3.15.1, `keras/src/backend/torch/nn.py`; a maximum is the same either way).
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, long_axis, refold, require_rank, split, window

Builder = Callable[[KerasLayer, tuple[Shape, ...]], Step]


def local_pooling(reduce: Callable[[Array, int, int, tuple[int, int]], Array], rank: int) -> Builder:
    """Builds MaxPooling and AveragePooling in one or two dimensions.

    Args:
      reduce: `max_windows` or `mean_windows`.
      rank: 1 or 2.
    """

    def build(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
        (shape,) = shapes
        require_rank(layer, shape, rank + 1)
        fields.choice(layer, "data_format", ("channels_last",), "channels_last")
        size = fields.sizes(layer, "pool_size", rank)
        given = layer.config.get("strides")
        stride = size if given is None else fields.sizes(layer, "strides", rank)
        padding = fields.choice(layer, "padding", ("valid", "same"), "valid")
        axis = long_axis(shape) if rank == 2 else 0
        outputs, before, after = window(layer, shape[axis], size[axis], stride[axis], 1, padding)
        out, uneven = (outputs, *shape[1:]), before != after
        if rank == 2:
            across, left, right = window(layer, shape[1 - axis], size[1 - axis], stride[1 - axis], 1, padding)
            uneven |= left != right
            if shape[1 - axis] > 1 and (size[1 - axis], stride[1 - axis]) != (1, 1):
                raise layer.error(
                    f"pool_size={list(size)}, strides={list(stride)} on an input {shape}: must be 1 along the axis "
                    "that is not the sequence"
                )
            out = (outputs, across, shape[2]) if axis == 0 else (across, outputs, shape[2])

        by_backend = reduce is mean_windows and uneven and before + after > 0
        copies = by_backend and layer.backend == "torch"

        def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
            (x,) = arrays
            if copies:
                x = jnp.pad(x, ((before, after), (0, 0)), mode="edge")
            y = reduce(x, size[axis], stride[axis], (0, 0) if copies else (before, after))
            return refold(y, out, axis) if rank == 2 else y

        return Step(function=function, shape=out, by_backend=by_backend)

    return build


def max_windows(x: Array, size: int, stride: int, padding: tuple[int, int]) -> Array:
    """Maximum of each window along the first axis of (L, C)."""
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (size, 1), (stride, 1), (padding, (0, 0)))


def mean_windows(x: Array, size: int, stride: int, padding: tuple[int, int]) -> Array:
    """Mean of each window along the first axis of (L, C), over the positions that are not padding."""
    total = jax.lax.reduce_window(x, 0.0, jax.lax.add, (size, 1), (stride, 1), (padding, (0, 0)))
    first = np.arange(total.shape[0]) * stride - padding[0]
    counts = np.minimum(first + size, x.shape[0]) - np.maximum(first, 0)
    return total / (float(size) if (counts == size).all() else counts[:, None].astype(x.dtype))


def global_pooling(reduce: Callable[..., Array], rank: int) -> Builder:
    """Builds GlobalMaxPooling (`reduce` = `jnp.max`) and GlobalAveragePooling (`jnp.mean`), of rank 1 or 2."""

    def build(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
        (shape,) = shapes
        require_rank(layer, shape, rank + 1)
        fields.choice(layer, "data_format", ("channels_last",), "channels_last")
        keep = fields.flag(layer, "keepdims", False)
        out = (*([1] * rank if keep else []), shape[-1])

        def function(_: Parameters, arrays: tuple[Array, ...]) -> Array:
            (x,) = arrays
            folded = rank == 2 and split(shape)[1] > 1
            y = reduce(jnp.reshape(x, split(shape)), axis=(0, 1)) if folded else reduce(x, axis=0)
            return jnp.reshape(y, (1, -1)) if keep else y

        return Step(function=function, shape=out)

    return build
