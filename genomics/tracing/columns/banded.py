"""A kernel along the diagonal of a matrix: a convolution of a few columns as one product."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, Shaped

from genomics.tracing.columns.record import Window


def tap_of(window: Window, offset: int, width: int, inputs: int) -> Int[np.ndarray, "inputs width"]:
    """The tap that joins an input to an output column; `taps` where there is none.

    Args:
      window: of the convolution.
      offset: where the first output starts to read.
      width: output columns.
      inputs: input columns.
    """
    distance = np.arange(inputs)[:, None] - offset - np.arange(width) * window.stride
    tap = distance // window.dilation
    joined: Bool[np.ndarray, "inputs width"] = (distance % window.dilation == 0) & (tap >= 0) & (tap < window.taps)
    return np.where(joined, tap, window.taps)


def banded(
    kernel: Shaped[Array, "group tap height feature output"], window: Window, offset: int, width: int, inputs: int
) -> Shaped[Array, "group inputs height feature width output"]:
    """The matrix; zeros where no tap joins an input to an output."""
    padded = jnp.pad(kernel, [(0, 0), (0, 1), (0, 0), (0, 0), (0, 0)])
    return padded[:, tap_of(window, offset, width, inputs)].transpose(0, 1, 3, 4, 2, 5)
