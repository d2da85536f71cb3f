"""Well-known layers of other packages, by their published formulas; nothing of their code is in the file."""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from genomics.io.keras import KerasLayer, fields
from genomics.models.keras.step import Parameters, Shape, Step, require_rank, weight


def gelu(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """GELU of Basenji and Enformer: `x sigmoid(1.702 x)` (Hendrycks & Gimpel 2016, doi:10.48550/arXiv.1606.08415)."""
    (shape,) = shapes
    return Step(function=lambda _, arrays: arrays[0] * jax.nn.sigmoid(1.702 * arrays[0]), shape=shape)


def softmax_pool(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """SoftmaxPool1D of Basenji, Enformer's attention pooling: windows' means weighted by `softmax(x kernel)`.

    Windows of `pool_size` positions do not overlap; the softmax runs over the positions of a window, for each channel
    with `per_channel`, else with one weight for all (Avsec et al. 2021, doi:10.1038/s41592-021-01252-x).
    """
    (shape,) = shapes
    require_rank(layer, shape, 2)
    size = fields.whole(layer, "pool_size", 2)
    length, channels = shape
    if length % size:
        raise layer.error(f"pool_size={size}: must divide the {length} positions of its input")
    kernel = weight(layer, "kernel", (channels, channels if fields.flag(layer, "per_channel", False) else 1))

    def function(p: Parameters, arrays: tuple[Array, ...]) -> Array:
        windows = jnp.reshape(arrays[0], (length // size, size, channels))
        logits = jnp.reshape(jnp.dot(arrays[0], p["kernel"]), (length // size, size, -1))
        return jnp.sum(windows * jax.nn.softmax(logits, axis=1), axis=1)

    return Step(function=function, shape=(length // size, channels), parameters={"kernel": kernel})


def reverse_complement_flag(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """StochasticReverseComplement of Basenji, at inference: the sequence as it is, and "not reversed"."""
    (shape,) = shapes
    return Step(function=lambda _, arrays: (arrays[0], jnp.zeros((), bool)), shape=shape, further=((),))


def switch_reverse(layer: KerasLayer, shapes: tuple[Shape, ...]) -> Step:
    """SwitchReverse of Basenji, at inference: its first input, which was not reversed."""
    if len(shapes) != 2:
        raise layer.error(f"has {len(shapes)} inputs; it must have 2")
    return Step(function=lambda _, arrays: arrays[0], shape=shapes[0])
