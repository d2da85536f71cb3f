"""What a layer becomes, and the layout of the arrays between layers.

Keras's tensors of rank 3, (H, W, C), mostly come from the Conv2D forms of DNA networks: one of H and W is the sequence
and the other is short (the 4 bases, or 1). They are held as (sequence, other * C): the other axis is folded into the
channels, so that every convolution and pooling is the ordinary one-dimensional one, which the transformations of this
project read best. The sequence is the longer of H and W (H, when they are equal), so Keras's shape alone tells the
layout. Tensors of other ranks are held as they are.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.io.keras import KerasLayer

#: Shape of a tensor as Keras counts it, without the batch axis.
Shape = tuple[int, ...]
Parameters = Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One use of a layer.

    Attributes:
      function: (its parameters, its input arrays) -> its output array; a tuple where there are further outputs.
      shape: Keras's shape of the output.
      further: Keras's shapes of further outputs.
      parameters: arrays by name, ready for use (kernels collapsed to one dimension, batch norm as scale and shift).
      by_backend: whether Keras's backends compute it differently.
    """

    function: Callable[[Parameters, tuple[Array, ...]], Any]
    shape: Shape
    further: tuple[Shape, ...] = ()
    parameters: Mapping[str, np.ndarray] = field(default_factory=dict)
    by_backend: bool = False


def long_axis(shape: Shape) -> int:
    """Which of H and W of a rank-3 shape is the sequence."""
    return 0 if shape[0] >= shape[1] else 1


def split(shape: Shape) -> tuple[int, int, int]:
    """(sequence, other, channels) of a rank-3 shape."""
    axis = long_axis(shape)
    return shape[axis], shape[1 - axis], shape[2]


def folded(shape: Shape) -> Shape:
    """The shape of the array that is held for a tensor of Keras's shape."""
    if len(shape) != 3:
        return shape
    length, other, channels = split(shape)
    return length, other * channels


def in_keras_order(shape: Shape) -> bool:
    """Whether the array held has its numbers in the order of Keras's tensor."""
    # Without a second position to interleave, transposing is reshaping, which the transformations follow more cheaply.
    return len(shape) != 3 or long_axis(shape) == 0 or shape[0] == 1


def fold(x: Float[Array, "..."], shape: Shape) -> Float[Array, "..."]:
    """From Keras's shape to the layout held here."""
    return jnp.reshape(x if in_keras_order(shape) else jnp.swapaxes(x, 0, 1), folded(shape))


def unfold(x: Float[Array, "..."], shape: Shape) -> Float[Array, "..."]:
    """From the layout held here to Keras's shape; the inverse of `fold`."""
    if in_keras_order(shape):
        return jnp.reshape(x, shape)
    return jnp.swapaxes(jnp.reshape(x, split(shape)), 0, 1)


def refold(x: Float[Array, "A B"], shape: Shape, axis: int) -> Float[Array, "A2 B2"]:
    """From (sequence along `axis`, other * C) to the layout of `shape`, whose longer axis may be the other one."""
    if len(shape) != 3 or axis == long_axis(shape):
        return x
    length, other, channels = shape[axis], shape[1 - axis], shape[2]
    if length > 1 and other > 1:
        x = jnp.swapaxes(jnp.reshape(x, (length, other, channels)), 0, 1)
    return jnp.reshape(x, (other, length * channels))


def per_position(values: np.ndarray, shape: Shape) -> np.ndarray:
    """Numbers that broadcast against a tensor of Keras's shape, laid out to broadcast against the array held here."""
    if len(shape) != 3:
        return values
    axis = long_axis(shape)
    moved = np.moveaxis(values, axis, 0)
    moved = np.broadcast_to(moved, (moved.shape[0], shape[1 - axis], shape[2]))
    return np.ascontiguousarray(moved.reshape(moved.shape[0], -1))


def require_rank(layer: KerasLayer, shape: Shape, *ranks: int) -> None:
    """Refuses an input of another rank than those the layer takes."""
    if len(shape) not in ranks:
        wanted = " or ".join(str(rank) for rank in ranks)
        raise layer.error(f"its input has shape {shape}; it must have {wanted} axes (without the batch)")


def weight(layer: KerasLayer, role: str, shape: Shape) -> np.ndarray:
    """A weight of the layer, which must have the shape that configuration and input ask for."""
    found = layer.weights[role]
    if found.shape != shape:
        raise layer.error(f"{role} has shape {found.shape} in the file; its configuration and input ask for {shape}")
    return found


def window(layer: KerasLayer, n: int, size: int, stride: int, dilation: int, padding: str) -> tuple[int, int, int]:
    """(outputs, padding before, padding after) of a sliding window, as TensorFlow and Keras count them.

    SAME: ceil(n / stride) outputs, the odd padding position after; causal: all padding before.

    Raises:
      InputError: there is no output.
    """
    span = (size - 1) * dilation + 1
    if padding == "same":
        outputs = math.ceil(n / stride)
        total = max((outputs - 1) * stride + span - n, 0)
        return outputs, total // 2, total - total // 2
    before = span - 1 if padding == "causal" else 0
    outputs = (n + before - span) // stride + 1
    if outputs < 1:
        raise layer.error(f"a window of {span} positions does not fit an input of {n}; the sequence is too short")
    return outputs, before, 0
