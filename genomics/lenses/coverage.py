"""A network of two heads, a profile and its log counts, as BPNet and ChromBPNet are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.lenses.head import Head, located
from genomics.lenses.pairs import expected_coverage, mean_log_counts
from genomics.lenses.strands import other_strand, turned, with_pairs


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The two heads, on one strand or both.

    Attributes:
      profile: logits along the sequence, one for each base of its O positions.
      counts: natural logs of counts: one for all channels of the profile, or one each.
      both: whether both strands are averaged, each number in its own way (see the methods).
    """

    profile: Head
    counts: Head
    both: bool

    @property
    def positions(self) -> int:
        """O, the positions of the profile."""
        assert self.profile.positions is not None
        return self.profile.shape[self.profile.positions]

    @property
    def start(self) -> int:
        """The base of the sequence, from 0, that position 0 of the profile is of."""
        return int(self.profile.first)

    def probabilities(self, parameters: Any, x: Float[Array, "L 4"]) -> Float[Array, "O C"]:
        """The profile: softmax over positions of each channel; of both strands the mean of the two profiles."""
        read = lambda y: jax.nn.softmax(_columns(self.profile, y), axis=0)  # noqa: E731
        one = read(self.profile.apply(parameters, x))
        if not self.both:
            return one
        return (one + read(turned(self.profile, self.profile.apply(parameters, other_strand(x))))) / 2

    def log_counts(self, parameters: Any, x: Float[Array, "L 4"]) -> Float[Array, " 1"]:
        """The natural log of the counts of all channels; of both strands of the mean of the two counts."""
        total = lambda y: jax.nn.logsumexp(jnp.ravel(y))[None]  # noqa: E731
        one = total(self.counts.apply(parameters, x))
        return mean_log_counts(one, total(self.counts.apply(parameters, other_strand(x)))) if self.both else one

    def expected(self, parameters: Any, x: Float[Array, "L 4"]) -> Float[Array, "O C"]:
        """Expected counts at each position of each channel: softmax x counts; of both strands their mean."""

        def on(x: Float[Array, "L 4"], turn: bool) -> Float[Array, "O C"]:
            y, counts = self.profile.apply(parameters, x), self.counts.apply(parameters, x)
            if turn:
                y, counts = turned(self.profile, y), turned(self.counts, counts)
            return expected_coverage(_columns(self.profile, y), jnp.ravel(counts))

        one = on(x, turn=False)
        return (one + on(other_strand(x), turn=True)) / 2 if self.both else one


def coverage_of(
    heads: Sequence[Head], parameters: Any, length: int, *, strands: str = "forward", pairs: str | None = None
) -> Coverage:
    """Tells the profile and the log counts among a network's outputs.

    The profile is the one output that runs along the sequence with a number for each base; the log counts the one that
    does not run along it and has one number, or one for each channel of the profile.

    Args:
      heads: all outputs.
      parameters: of one network; only their shapes are used.
      length: L.
      strands: `forward` or `both`.
      pairs: channels of the profile that change places on the other strand, as `0-1`; `none`; None = not said.

    Raises:
      InputError: there are none such, or several, or it is not known what the channels are on the other strand.
    """
    found = [located(head, parameters, length) for head in heads]
    along = [head for head in found if head.positions is not None and head.shape[head.positions] > 1]
    single = [head for head in found if head not in along]
    listed = "; ".join(str(head) for head in heads) or "a single output (T,)"
    if len(along) != 1 or not (fitting := [head for head in single if head.size in (1, along[0].channels)]):
        raise InputError(f"a profile and its log counts are not among the outputs of this network: {listed}")
    if len(fitting) > 1:
        raise InputError(f"which of {'; '.join(map(str, fitting))} are the log counts of {along[0]} is not known")
    (profile,), (counts,) = along, fitting
    if profile.stride != 1:
        raise InputError(f"{profile} has a number for each {profile.stride:g} bases; a profile has one for each base")
    if strands == "both":
        profile = with_pairs(profile, pairs, length)
        counts = replace(counts, swapped=profile.swapped if counts.size == profile.channels > 1 else None)
    return Coverage(profile=profile, counts=counts, both=strands == "both")


def _columns(head: Head, y: Float[Array, "..."]) -> Float[Array, "O C"]:
    """The profile as positions x channels."""
    assert head.positions is not None
    return jnp.moveaxis(y, head.positions, 0).reshape(head.shape[head.positions], head.channels)
