"""Targets: functions from an output of a network to the T numbers that are explained."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from genomics.errors import InputError
from genomics.lenses.head import Head

#: What a target holds constant of the sequence explained: a pytree of arrays.
Held = Any
Y = Shaped[Array, "..."]

_BPNET = "Avsec et al. 2021, doi:10.1038/s41588-021-00782-6"
_CHROMBPNET = "Pampari et al. 2024, doi:10.1101/2024.12.25.630221"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which T numbers of a head are explained.

    Attributes:
      name: as --target has it, with its arguments.
      value: (the head's output y, what is held) -> (T,).
      hold: y of the sequence explained -> what `value` holds constant for its references, path points and mutants; None
        where nothing is. Then `value` is affine in y.
      tasks: T names.
      unit: of the numbers: `logit`, `natural log` or `output`.
      definition: a formula in one line.
      citation: authors, year, doi; empty where there is nothing to cite.
    """

    name: str
    value: Callable[[Y, Held], Float[Array, " T"]]
    hold: Callable[[Y], Held] | None = None
    tasks: tuple[str, ...]
    unit: str
    definition: str
    citation: str = ""


def output(head: Head) -> Target:
    """Every number of the head, flattened in C order."""
    return Target(name="output", value=lambda y, _: _flat(y), tasks=_names(head), unit=head.unit, definition="y")


def log_counts(head: Head) -> Target:
    """The numbers of a head that gives natural logs of counts: one for all strands, or one each.

    Raises:
      InputError: the head runs along the sequence.
    """
    if head.positions is not None and head.shape[head.positions] > 1:
        raise InputError(f"--target=log_counts: {head} runs along the sequence; --head must name the log counts")
    names = ("log_counts",) if head.size == 1 else tuple(f"log_counts_{number}" for number in range(head.size))
    return Target(
        name="log_counts",
        value=lambda y, _: _flat(y),
        tasks=names,
        unit="natural log",
        definition="natural log of the counts",
        citation=_BPNET,
    )


def profile(head: Head) -> Target:
    """w . (y - mean y) over strands and positions, w = softmax(y - mean y) of the sequence explained, held constant.

    With the weights held it is a linear function of the profile's logits: a reference r has the residual
    w . (y(x) - y(r)) to explain. It is computed as (w - 1/n) . (y - m), which is the same number for any constant m:
    so the change by a mutation is a sum over the positions that it changes.

    Raises:
      InputError: the head does not run along the sequence.
    """
    _check_profile("profile", head)
    count = head.size

    def hold(y: Y) -> Held:
        middle = y.mean()
        weights = jax.nn.softmax(y - middle, axis=tuple(range(y.ndim)))
        return weights - 1 / count, middle

    def value(y: Y, held: Held) -> Float[Array, " T"]:
        weights, middle = held
        return jnp.reshape(jnp.sum(weights * (y - middle)), (1,))

    return Target(
        name="profile",
        value=value,
        hold=hold,
        tasks=("profile",),
        unit="output",
        definition="w . (y - mean y), w = softmax(y - mean y) over strands and positions of the sequence explained",
        citation=_CHROMBPNET,
    )


def profile_per_strand(head: Head) -> Target:
    """mean over strands of w . y, w = softmax over positions of the sequence explained, held constant; not centred.

    Raises:
      InputError: the head does not run along the sequence.
    """
    _check_profile("profile_per_strand", head)
    axis, strands = head.positions, head.channels
    assert axis is not None

    def value(y: Y, held: Held) -> Float[Array, " T"]:
        weights, middle = held
        return jnp.reshape(jnp.sum(weights * (y - middle)) + jnp.mean(middle), (1,))

    def hold(y: Y) -> Held:
        weights = jax.nn.softmax(y, axis=axis) / strands
        return weights, (strands * weights * y).sum(axis, keepdims=True)

    return Target(
        name="profile_per_strand",
        value=value,
        hold=hold,
        tasks=("profile",),
        unit="output",
        definition="mean over strands of w . y, w = softmax(y) over positions of the sequence explained",
        citation=_BPNET,
    )


def profile_free(head: Head) -> Target:
    """w . (y - mean y), w = softmax(y - mean y) over strands and positions of each sequence itself: nothing is held.

    So does the wrapper of bpnet-lite, whose weights carry a gradient. It is no linear function of the logits.

    Raises:
      InputError: the head does not run along the sequence.
    """
    _check_profile("profile_free", head)

    def value(y: Y, _: Held) -> Float[Array, " T"]:
        centred = _flat(y) - _flat(y).mean()
        return jnp.reshape(jnp.sum(jax.nn.softmax(centred) * centred), (1,))

    return Target(
        name="profile_free",
        value=value,
        tasks=("profile",),
        unit="output",
        definition="w . (y - mean y), w = softmax(y - mean y) over strands and positions, of each sequence itself",
        citation="Schreiber 2023, bpnet-lite, ProfileWrapper",
    )


#: --target -> the target of a head. A target more is one line here.
TARGETS: dict[str, Callable[[Head], Target]] = {
    "output": output,
    "log_counts": log_counts,
    "profile": profile,
    "profile_per_strand": profile_per_strand,
    "profile_free": profile_free,
}
#: Those that explain a profile.
OF_PROFILES = tuple(name for name in TARGETS if name.startswith("profile"))

OVER = {"sum": jnp.sum, "mean": jnp.mean, "max": jnp.max}


def bins(head: Head, first: int, last: int, over: str = "sum", log1p: bool = False) -> Target:
    """Each channel's sum, mean or maximum over some bins; with `log1p` the natural log of 1 + it.

    Args:
      head: that runs along the sequence.
      first: the first bin, from 0.
      last: the last one, included.
      over: `sum`, `mean` or `max`.
      log1p: whether log(1 + it) is explained.

    Raises:
      InputError: the head does not run along the sequence, or has no such bins.
    """
    text = f"--bins={first}-{last}"
    axis = head.positions
    if axis is None or head.shape[axis] == 1:
        raise InputError(f"{text}: {head} does not run along the sequence")
    if not 0 <= first <= last < head.shape[axis]:
        raise InputError(f"{text}: must be FIRST-LAST within 0-{head.shape[axis] - 1}, the bins of {head}")

    def value(y: Y, _: Held) -> Float[Array, " T"]:
        some = jax.lax.slice_in_dim(y, first, last + 1, axis=axis)
        total = _flat(OVER[over](some, axis=axis))
        return jnp.log1p(total) if log1p else total

    formula = f"{over} of bins {first} to {last}"
    return Target(
        name=f"bins {first}-{last}, {over}{', log1p' if log1p else ''}",
        value=value,
        tasks=tuple(f"track_{number}" for number in range(head.channels)),
        unit="natural log" if log1p else head.unit if over != "sum" or head.unit == "output" else "output",
        definition=f"log(1 + {formula})" if log1p else formula,
    )


def _check_profile(name: str, head: Head) -> None:
    if head.positions is None or head.shape[head.positions] == 1:
        raise InputError(f"--target={name}: {head} does not run along the sequence; --head must name the profile")


def _names(head: Head) -> tuple[str, ...]:
    return head.names or tuple(f"task_{number}" for number in range(head.size))


def _flat(y: Y) -> Y:
    return y if y.ndim == 1 else jnp.reshape(y, (-1,))
