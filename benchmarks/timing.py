"""Ratios from one process: the machine's speed drifts, so what is compared runs in turn."""

import time
from collections.abc import Callable, Mapping

import jax
import numpy as np


def alternate(functions: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, np.ndarray]:
    """Seconds of each function, measured in turn `repeats` times after one call of each that is not counted.

    Args:
      functions: by name; what they return is waited for.
      repeats: timed calls of each.

    Returns:
      (repeats,) seconds by name.
    """
    for function in functions.values():
        jax.block_until_ready(function())
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            jax.block_until_ready(function())
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(values) for name, values in seconds.items()}
