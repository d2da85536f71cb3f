"""The lenses composed, in the one order: head, both strands on the head, target."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.lenses.head import ApplyHead, Head, located
from genomics.lenses.strands import STRANDS, both_strands, with_pairs
from genomics.lenses.target import TARGETS, Held, Target, Y, bins

Predict = Callable[[Float[Array, "L 4"]], Float[Array, " T"]]
#: (parameters, (L, 4) one-hot) -> (T,).
Apply = Callable[[Any, Float[Array, "L 4"]], Float[Array, " T"]]


@dataclass(frozen=True, kw_only=True)
class Bind:
    """(parameters, the sequence explained) -> predict, in which what that sequence computes of itself is held constant.

    Attributes:
      output: (parameters, (L, 4) one-hot) -> the head's output y.
      hold: y of the sequence explained -> what is held.
      value: (y, what is held) -> (T,): affine in y, so that its change is a sum over what changes of y.
    """

    output: ApplyHead
    hold: Callable[[Y], Held]
    value: Callable[[Y, Held], Float[Array, " T"]]

    def __call__(self, parameters: Any, explained: Float[Array, "L 4"]) -> Predict:
        """The network as a function that explains a sequence."""
        held = self.hold(self.output(parameters, explained))
        return lambda x: self.value(self.output(parameters, x), held)


@dataclass(frozen=True, kw_only=True)
class Lens:
    """What a user says of the number that is explained.

    Attributes:
      target: a name in `TARGETS`.
      bins: (first, last) bins whose sum, mean or maximum is explained, from 0, both included; None = not of bins.
      over: `sum`, `mean` or `max` of the bins.
      log1p: whether log(1 + it) is explained.
      strands: `forward`, or `both` for the mean of the head over a sequence and its reverse complement.
      pairs: channels that change places on the other strand, as `0-1,2-3`; `none`; None = not said.
    """

    target: str = "output"
    bins: tuple[int, int] | None = None
    over: str = "sum"
    log1p: bool = False
    strands: str = "forward"
    pairs: str | None = None

    @property
    def plain(self) -> bool:
        """Whether it is the network's output as it is."""
        return self.target == "output" and self.bins is None and self.strands == "forward"


@dataclass(frozen=True, kw_only=True)
class View:
    """A network seen through its lenses.

    Attributes:
      apply: (parameters, (L, 4) one-hot) -> (T,); what is held is that of the sequence itself.
      bind: the same, bound to the sequence explained; None where nothing is held: then `apply` says it all.
      tasks: T names.
      unit: of the numbers.
      told: equal texts are equal lenses; empty for the output as it is.
      definition: of the numbers, in one line.
      citation: of the target.
    """

    apply: Apply
    bind: Bind | None
    tasks: tuple[str, ...]
    unit: str
    told: str
    definition: str
    citation: str

    def bound(self, parameters: Any, x: Float[Array, "L 4"]) -> Predict:
        """`predict` for everything that explains x."""
        return partial(self.apply, parameters) if self.bind is None else self.bind(parameters, x)


def view(head: Head, lens: Lens, parameters: Any, length: int) -> View:
    """An output of a network, seen through a lens; of the plain lens nothing is traced, and nothing added.

    Args:
      head: the output.
      lens: which number of it.
      parameters: of one network; only their shapes are used.
      length: L.

    Raises:
      InputError: the lens does not suit the head.
    """
    if lens.plain:
        return seen(head, TARGETS["output"](head), told="")
    if lens.strands not in STRANDS:
        raise InputError(f"strands={lens.strands!r}: must be one of {', '.join(STRANDS)}")
    place = located(head, parameters, length)
    target = _target(place, lens)
    told = [f"target {target.name} of {head}"]
    if lens.strands == "both":
        place = both_strands(with_pairs(place, lens.pairs, length, asks=lens.target == "log_counts"))
        told.append(f"both strands, pairs {place.swapped}")
    return seen(place, target, told="; ".join(told))


def seen(head: Head, target: Target, told: str) -> View:
    """The target of a head."""
    hold = target.hold

    def apply(parameters: Any, x: Float[Array, "L 4"]) -> Float[Array, " T"]:
        y = head.apply(parameters, x)
        return target.value(y, hold(y) if hold else None)

    return View(
        apply=apply,
        bind=Bind(output=head.apply, hold=hold, value=target.value) if hold else None,
        tasks=target.tasks,
        unit=target.unit,
        told=told,
        definition=target.definition,
        citation=target.citation,
    )


def _target(head: Head, lens: Lens) -> Target:
    if lens.bins is not None:
        if lens.target != "output":
            raise InputError(f"--bins: is for --target=output, not {lens.target}")
        return bins(head, *lens.bins, over=lens.over, log1p=lens.log1p)
    if lens.target not in TARGETS:
        raise InputError(f"--target={lens.target}: must be one of {', '.join(TARGETS)}")
    return TARGETS[lens.target](head)
