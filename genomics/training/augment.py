"""Training examples as they are seen in one epoch: on a strand and at a place that chance chooses."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, UInt8

from genomics.sequence.bases import N

#: What the key of an example is folded with, so that its parts do not depend on each other.
_STRAND, _PLACE, DROPOUT = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What chance changes of an example; its label stays.

    Attributes:
      random_strand: half of the time its reverse complement takes its place.
      shift: its window is moved by up to so many bases either way, all moves alike likely.
      flank: bases stored on each side of the window, at least `shift`.
    """

    random_strand: bool = False
    shift: int = 0
    flank: int = 0

    def __bool__(self) -> bool:
        return self.random_strand or self.shift > 0


#: Examples as they are stored.
NONE = Augmentation()


def augmented(bases: UInt8[Array, " V"], key: Array, how: Augmentation) -> UInt8[Array, " L"]:
    """One example.

    Args:
      bases: codes, with `flank` further bases on each side: V = L + 2 flank.
      key: of this example in this epoch.
      how: see `Augmentation`.
    """
    if how.flank:
        length = bases.shape[0] - 2 * how.flank
        move = jax.random.randint(jax.random.fold_in(key, _PLACE), (), -how.shift, how.shift + 1)
        bases = jax.lax.dynamic_slice_in_dim(bases, how.flank + move, length)
    if how.random_strand:
        other = jnp.where(bases == N, bases, 3 - bases)[::-1]
        bases = jnp.where(jax.random.bernoulli(jax.random.fold_in(key, _STRAND)), other, bases)
    return bases
