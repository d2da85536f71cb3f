"""What the passes carry in the place of arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Inexact, Shaped


class Parts(NamedTuple):
    """A difference from the reference in two parts that sum to it, or their two multipliers.

    Parts account for positive and negative *influences*; they are not the difference's own sign split.
    """

    positive: Inexact[Array, "..."]
    negative: Inexact[Array, "..."]


#: A difference from the reference (or a multiplier): whole, or in parts where RevealCancel asks for them.
Delta = Array | Parts


@dataclass(frozen=True, eq=False, kw_only=True)
class Frozen:
    """One value of the network at the sequence and at the reference.

    Attributes:
      x: its value at the sequence.
      r: its value at the reference.
      parts: the parts of `x - r`, where a rule downstream needs them.
    """

    x: Shaped[Array, "..."]
    r: Shaped[Array, "..."]
    parts: Parts | None = None

    @property
    def difference(self) -> Inexact[Array, "..."]:
        """x - r; of truth values and integers the difference as numbers. Equal infinities (of a mask) do not differ."""
        x, r = real(self.x), real(self.r)
        return jnp.where(x == r, 0, x - r)


@dataclass(frozen=True, eq=False, kw_only=True)
class Linear:
    """An equation replaced by a linear map of differences.

    Attributes:
      push: differences of the live operands (whole or parts) -> differences of the outputs.
      pull: multipliers of the outputs -> multipliers of the live operands; None = the transpose of `push`. Rules that
        are not linear in the multiplier (guided backpropagation) exist only as a `pull`.
      parts: the parts of the outputs' own differences where they are known without a `push`.
    """

    push: Callable[[Sequence[Delta]], list[Delta]]
    pull: Callable[[Sequence[Delta]], list[Delta]] | None = None
    parts: Sequence[Parts] | None = None


def real(array: Shaped[Array, "..."]) -> Inexact[Array, "..."]:
    """Truth values and integers as numbers, others as they are."""
    return array if jnp.issubdtype(array.dtype, jnp.inexact) else array.astype(jnp.result_type(float))


def total(delta: Delta) -> Inexact[Array, "..."]:
    """The whole difference."""
    return delta.positive + delta.negative if isinstance(delta, Parts) else delta


def whole(multiplier: Delta, difference: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """One multiplier for a value whose parts are made by the sign of its difference, as `by_sign` makes them."""
    if not isinstance(multiplier, Parts):
        return multiplier
    share = 0.5 * (1 + jnp.sign(difference))
    return share * multiplier.positive + (1 - share) * multiplier.negative


def by_sign(difference: Inexact[Array, "..."], delta: Delta) -> Parts:
    """Splits `delta` where `difference` is positive and negative; where it is zero both parts get half."""
    whole = total(delta)
    share = (0.5 * (1 + jnp.sign(difference))).astype(whole.dtype)
    return Parts(whole * share, whole * (1 - share))


def is_near_zero(difference: Inexact[Array, "..."], *scales: Inexact[Array, "..."]) -> Bool[Array, "..."]:
    """Whether a difference of numbers of the size of `scales` is nothing but rounding.

    The original compares with 1e-7, about one unit of rounding of 1 in float32. A difference of two numbers near ten
    carries errors ten times as large, and a quotient of two such differences is noise: so the bound is one unit of
    rounding of 1, or eight of the largest number involved where that is more.
    """
    eps = jnp.finfo(difference.dtype).eps
    bound = jnp.maximum(eps, 8 * eps * jnp.abs(scales[0]))
    for scale in scales[1:]:
        bound = jnp.maximum(bound, 8 * eps * jnp.abs(scale))
    return jnp.abs(difference) <= bound
