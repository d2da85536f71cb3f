"""One-dimensional convolution and pooling, each in two forms that give the same numbers.

`primitive` holds `conv_general_dilated` and `reduce_window_max`: what the transformations of this project read, and the
faster way for a single call. `matmul` writes the same arithmetic as patches x matrix, for the training loop: inside
`lax.scan`, XLA's CPU convolution is single-threaded and naive, about a hundred times slower than its matrix product.
"""

from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Form = Literal["primitive", "matmul"]

#: Share of extra multiplications that `conv_max_pool` accepts for wider matrix products (measured on 2 CPU cores).
_EXTRA_ARITHMETIC = 0.2
#: Rows of a window that are compared one by one (measured likewise).
_MOST_ROWS = 8


def conv1d(
    x: Float[Array, "L C"], kernel: Float[Array, "W C F"], *, stride: int = 1, form: Form = "primitive"
) -> Float[Array, "M F"]:
    """Cross-correlation without padding: `y[m, f] = sum_{w, c} x[m * stride + w, c] kernel[w, c, f]`.

    Args:
      x: one sequence, channels last.
      kernel: width, input channels, filters.
      stride: step between outputs.
      form: how it is written; the values are equal up to rounding.

    Returns:
      (M, F) with M = (L - W) // stride + 1.
    """
    if form == "matmul":
        return _patches(x, kernel.shape[0], stride) @ kernel.reshape(-1, kernel.shape[-1])
    return jax.lax.conv_general_dilated(
        x[None], kernel, (stride,), "VALID", dimension_numbers=("NWC", "WIO", "NWC")
    ).squeeze(0)


def max_pool(x: Float[Array, "L C"], size: int) -> Float[Array, "M C"]:
    """Maximum over adjacent windows with SAME padding: M = ceil(L / size), the odd padding row on the right."""
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (size, 1), (size, 1), "SAME")


def conv_max_pool(x: Float[Array, "L C"], kernel: Float[Array, "W C F"], size: int) -> Float[Array, "M F"]:
    """`max_pool(conv1d(x, kernel), size)` as one matrix product and an elementwise maximum.

    A patch of W + g - 1 bases serves g neighbouring outputs: the kernel is laid out g times, shifted by one base each,
    so the patches are g times fewer and the matrix g times wider, for (g - 1) / W more multiplications. g is the
    largest divisor of `size` that keeps these within a fifth. On ties the first maximum takes the gradient, as in
    `max_pool`.

    Args:
      x: one sequence, channels last.
      kernel: width, input channels, filters.
      size: pooling window and stride.

    Returns:
      (M, F) with M = ceil((L - W + 1) / size).
    """
    width, _, filters = kernel.shape
    group = max(g for g in range(1, size + 1) if size % g == 0 and g - 1 <= _EXTRA_ARITHMETIC * width)
    length = x.shape[0] - width + 1
    outputs = -(-length // size)
    left = (outputs * size - length) // 2
    padded = jnp.pad(x, ((left, outputs * size - length - left), (0, 0)))
    shifted = [jnp.pad(kernel, ((i, group - 1 - i), (0, 0), (0, 0))) for i in range(group)]
    matrix = jnp.concatenate(shifted, axis=-1).reshape(-1, group * filters)
    scores = (_patches(padded, width + group - 1, group) @ matrix).reshape(outputs * size, filters)
    place = jnp.arange(outputs * size)[:, None]
    scores = jnp.where((place >= left) & (place < left + length), scores, -jnp.inf)
    return _window_max(scores.reshape(outputs, size, filters))


def _window_max(rows: Float[Array, "M size F"]) -> Float[Array, "M F"]:
    """The maximum over the middle axis, pair by pair of neighbours: of equal rows the first takes the gradient.

    Small windows are taken apart into rows. Of large ones, whole arrays of neighbours are compared: taking R rows apart
    has R gradients, each as large as the array that they are added up to: a window over a whole sequence then takes
    several times the rest of an epoch (`python -m benchmarks.training`).
    """
    while rows.shape[1] > _MOST_ROWS:
        half = rows.shape[1] // 2
        pairs = rows[:, : 2 * half].reshape(rows.shape[0], half, 2, rows.shape[2])
        larger = _first_max(pairs[:, :, 0], pairs[:, :, 1])
        rows = jnp.concatenate([larger, rows[:, 2 * half :]], axis=1) if rows.shape[1] % 2 else larger
    left = list(rows.swapaxes(0, 1))
    while len(left) > 1:
        pairs = [_first_max(a, b) for a, b in zip(left[::2], left[1::2], strict=False)]
        left = pairs + ([left[-1]] if len(left) % 2 else [])
    return left[0]


def _first_max(a: Float[Array, "*shape"], b: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    return jnp.where(a >= b, a, b)


def _patches(x: Float[Array, "L C"], width: int, stride: int) -> Float[Array, "M WC"]:
    outputs = (x.shape[0] - width) // stride + 1
    columns = [jax.lax.slice_in_dim(x, i, i + (outputs - 1) * stride + 1, stride) for i in range(width)]
    return jnp.concatenate(columns, axis=-1)
