"""Both strands: the one place where a network is averaged over a sequence and its reverse complement."""

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Shaped

from genomics.errors import InputError
from genomics.lenses.head import Head, parse_pairs

#: What --strands may be.
STRANDS = ("forward", "both")


def other_strand(x: Float[Array, "L 4"]) -> Float[Array, "L 4"]:
    """The reverse complement of a one-hot sequence; N, a row of zeros, stays N."""
    return x[::-1, ::-1]


def with_pairs(head: Head, pairs: str | None, length: int, *, asks: bool = False) -> Head:
    """The head with the channels that change places on the other strand, fit for `both_strands`.

    Args:
      head: from `located`.
      pairs: as `parse_pairs` takes them; None = not said.
      length: L.
      asks: whether two channels may be the strands although the head does not run along the sequence.

    Raises:
      InputError: two channels may be the strands, and nobody says so; pairs that the head does not have; or positions
        that do not lie symmetrically on the sequence, so that those of the other strand are other places.
    """
    along = head.positions is not None and head.shape[head.positions] > 1
    if along and head.positions is not None:
        last = head.first + head.stride * (head.shape[head.positions] - 1)
        if abs(head.first + last - (length - 1)) >= head.stride:
            raise InputError(
                f"--strands=both: the positions of {head} lie from {head.first:g} to {last:g} in the {length} bases, "
                "not symmetrically: on the other strand they are other places"
            )
    if head.channels == 1 and not along:
        return head  # pairs, if any, are those of another head
    if pairs is not None:
        return replace(head, swapped=parse_pairs(pairs, head.channels))
    if head.channels == 2 and (along or asks):
        raise InputError(
            f"--strands=both: {head} has two channels: --strand_pairs=0-1 says that they are the strands, "
            "--strand_pairs=none that they are not"
        )
    return head


def both_strands(head: Head) -> Head:
    """The mean of an output on both strands: (h(x) + turned(h(reverse complement of x))) / 2.

    What the network says of the other strand is turned round first (`turned`), so that equal places are averaged.
    """

    def apply(parameters: Any, x: Float[Array, "L 4"]) -> Shaped[Array, "..."]:
        return (head.apply(parameters, x) + turned(head, head.apply(parameters, other_strand(x)))) / 2

    return replace(head, apply=apply)


def turned(head: Head, values: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
    """An output of the other strand in the coordinates of this one: positions reversed, channels swapped."""
    if head.positions is not None and head.shape[head.positions] > 1:
        values = lax.rev(values, (head.positions,))
    return values if head.swapped is None else _swapped(head, values)


def _swapped(head: Head, values: Shaped[Array, "..."]) -> Shaped[Array, "..."]:
    """By a reversal or by slices, which every transformation reads; an axis of positions keeps its place."""
    assert head.swapped is not None
    axes = [axis for axis, size in enumerate(head.shape) if axis != head.positions and size > 1]
    if head.swapped == tuple(reversed(range(head.channels))):
        return lax.rev(values, axes)
    if len(axes) == 1:
        (axis,) = axes
        return lax.concatenate([lax.slice_in_dim(values, c, c + 1, axis=axis) for c in head.swapped], axis)
    front = values if head.positions is None else jnp.moveaxis(values, head.positions, -1)
    flat = front.reshape(head.channels, -1)
    flat = lax.concatenate([lax.slice_in_dim(flat, c, c + 1, axis=0) for c in head.swapped], 0).reshape(front.shape)
    return flat if head.positions is None else jnp.moveaxis(flat, -1, head.positions)
