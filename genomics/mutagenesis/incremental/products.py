"""Convolution of short windows as matrix products.

`lax.conv_general_dilated` on windows of a few columns takes up to 40 times as long on a CPU (measured), and multiplies
the zeros around the window. Three forms, the cheapest by arithmetic:

* banded: window x matrix with the kernel along its diagonal, in blocks of output columns; for short windows;
* taps: every column times the whole kernel, then shifted sums; for windows much longer than the kernel;
* depthwise: shifted sums of products.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.tracing.columns.banded import banded, tap_of
from genomics.tracing.columns.record import Window

#: Multiplications that take as long as moving one number through memory (measured on a CPU).
_MOVE = 20
#: Output columns to a block of the banded form: fewer skip more zeros, but make small products.
_BLOCK = 16
#: Outputs from which on every tap gets a product of its own: their results are read as they were written.
_WIDE = 64


def convolve(
    delta: Shaped[Array, "rows three batch w height group feature"],
    kernel: Shaped[Array, "tap height group feature output"],
    *,
    window: Window,
    offset: int,
    width: int,
    precision: Any,
    preferred_element_type: Any,
) -> Shaped[Array, "rows three batch v outputs"]:
    """Output column m = sum over taps t of delta[offset + m * stride + t * dilation] * kernel[t].

    Args:
      delta: differences, zero outside of their w columns.
      kernel: weights.
      window: taps, stride and dilation.
      offset: where the first output starts to read.
      width: number of output columns v.
      precision: of the products, as in `lax.dot_general`.
      preferred_element_type: as in `lax.dot_general`.

    Returns:
      (rows, 3, batch, v, group * output).
    """
    *_, w, height, groups, features = delta.shape
    outputs = kernel.shape[-1]
    settings = {"precision": precision, "preferred_element_type": preferred_element_type}
    if height * features == 1:
        parts = ((delta[..., 0, :, 0, None], kernel[t, 0, :, 0]) for t in range(window.taps))
        terms = [_columns(d, t, window, offset, width, axis=3) * k for t, (d, k) in enumerate(parts)]
        return sum(terms[1:], terms[0]).reshape(*delta.shape[:3], width, groups * outputs)
    inputs = height * features
    blocks = _blocks(window, offset, width, w)
    along_diagonal = sum((i1 - i0) * (m1 - m0) for i0, i1, m0, m1 in blocks) * inputs * outputs
    taps = w * window.taps * inputs * outputs + (w * window.taps + width) * outputs * _MOVE
    if groups == 1 and along_diagonal <= taps:
        matrix = banded(kernel.transpose(2, 0, 1, 3, 4), window, offset, width, w)[0]
        flat = delta.reshape(*delta.shape[:3], w * inputs)
        pieces = []
        for i0, i1, m0, m1 in blocks:
            part = matrix[i0:i1, :, :, m0:m1].reshape((i1 - i0) * inputs, (m1 - m0) * outputs)
            pieces.append(jnp.matmul(flat[..., i0 * inputs : i1 * inputs], part, **settings))
        product = jnp.concatenate(pieces, -1) if len(pieces) > 1 else pieces[0]
        return product.reshape(*delta.shape[:3], width, outputs)
    if groups == 1 and outputs >= _WIDE:
        flat, weights = delta.reshape(*delta.shape[:4], inputs), kernel.reshape(window.taps, inputs, outputs)
        products = [jnp.matmul(flat, weights[t], **settings) for t in range(window.taps)]
        return _shifted_sum(products, window, offset, width)
    if groups == 1:
        flat = delta.reshape(*delta.shape[:4], inputs)
        weights = kernel.transpose(1, 2, 3, 0, 4).reshape(inputs, window.taps * outputs)
        product = jnp.matmul(flat, weights, **settings).reshape(*delta.shape[:4], window.taps, outputs)
    else:
        product = jnp.einsum("abcwhgi,thgio->abcwtgo", delta, kernel, **settings)
        product = product.reshape(*delta.shape[:4], window.taps, groups * outputs)
    return _shifted_sum([product[..., t, :] for t in range(window.taps)], window, offset, width)


def _shifted_sum(
    products: Sequence[Shaped[Array, "rows three batch w outputs"]], window: Window, offset: int, width: int
) -> Shaped[Array, "rows three batch v outputs"]:
    terms = [_columns(product, t, window, offset, width, axis=3) for t, product in enumerate(products)]
    return sum(terms[1:], terms[0])


def _columns(
    array: Shaped[Array, "..."], tap: int, window: Window, offset: int, width: int, axis: int
) -> Shaped[Array, "..."]:
    """The column that each output reads with this tap; zeros outside of the array."""
    first = offset + tap * window.dilation
    last = first + (width - 1) * window.stride + 1
    pads = [(0, 0, 0)] * array.ndim
    pads[axis] = (-first, last - array.shape[axis], 0)
    padded = lax.pad(array, jnp.zeros((), array.dtype), pads)
    return lax.slice_in_dim(padded, 0, last - first, window.stride, axis)


def _blocks(window: Window, offset: int, width: int, w: int) -> list[tuple[int, int, int, int]]:
    """(first input, last, first output, last) of products that leave out most of the zeros."""
    joined = tap_of(window, offset, width, w) < window.taps
    count = -(-width // _BLOCK)
    bounds = [round(i * width / count) for i in range(count + 1)]
    blocks = []
    for m0, m1 in itertools.pairwise(bounds):
        inputs = np.flatnonzero(joined[:, m0:m1].any(1))
        i0, i1 = (int(inputs[0]), int(inputs[-1]) + 1) if len(inputs) else (0, 1)
        blocks.append((i0, i1, m0, m1))
    return blocks
