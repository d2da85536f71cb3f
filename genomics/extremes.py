"""The largest and the smallest of values on a device, of which NaN is the one where there is any.

`jnp.max` and `jnp.min` lose NaN on CPUs: XLA joins two dozen or more reductions side by side by an instruction that
gives the other operand (JAX 0.10.2 and 0.12.0); sums, sorts, argmax and NumPy keep it. Wherever NaN matters, in a
check, a summary or a bound, these are used instead; `tests/test_extremes.py` names the places where it does not.
"""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

Axis = int | Sequence[int] | None


def largest(values: Array, axis: Axis = None) -> Array:
    """Maximum over some axes, by default over all; NaN where one of the values is."""
    return _keeping_nan(values, jnp.max, axis)


def smallest(values: Array, axis: Axis = None) -> Array:
    """Minimum over some axes, by default over all; NaN where one of the values is."""
    return _keeping_nan(values, jnp.min, axis)


def _keeping_nan(values: Array, reduce: Any, axis: Axis) -> Array:
    axes = tuple(axis) if isinstance(axis, Sequence) else axis
    return jnp.where(jnp.isnan(values).any(axes), jnp.nan, reduce(values, axis=axes))
