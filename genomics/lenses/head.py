"""An output of a network as an array, and what its axes are: the first lens."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from genomics.errors import InputError
from genomics.tracing.program import Variable, trace
from genomics.tracing.receptive_field import receptive_fields

#: (parameters, (L, 4) one-hot) -> one output of the network.
ApplyHead = Callable[[Any, Float[Array, "L 4"]], Shaped[Array, "..."]]


@dataclass(frozen=True, kw_only=True)
class Head:
    """An output of a network.

    Attributes:
      apply: (parameters, (L, 4) one-hot) -> an array of `shape`.
      shape: of the output for one sequence.
      name: of the output, for messages.
      unit: of its numbers: `logit`, `natural log` or `output`.
      names: of its numbers in C order; empty = `task_0`, ...
      positions: the axis that runs along the sequence; None where none does.
      first: the place in the sequence, in bases, that index 0 of that axis looks at the middle of.
      stride: bases from one index to the next.
      swapped: channel c of this strand is channel swapped[c] of the other; channels are counted in C order over all
        axes but `positions`. None: each is itself.
    """

    apply: ApplyHead
    shape: tuple[int, ...]
    name: str = "output"
    unit: str = "output"
    names: tuple[str, ...] = ()
    positions: int | None = None
    first: float = 0.0
    stride: float = 1.0
    swapped: tuple[int, ...] | None = None

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)

    @property
    def channels(self) -> int:
        """How many numbers at each position; of a head without positions, how many numbers."""
        return self.size if self.positions is None else self.size // self.shape[self.positions]

    def __str__(self) -> str:
        return f"{self.name} {self.shape}"


def located(head: Head, parameters: Any, length: int) -> Head:
    """The head with its positions found: the network is traced, and nothing computed.

    The axis is the one that the receptive fields of `genomics.tracing` follow to the output. Where they end before it
    (attention, dense layers), an output of several axes runs along its longest one, and one of a single axis along
    none; its places are then taken as centred on the sequence.

    Args:
      head: an output.
      parameters: of one network; only shapes are used.
      length: L.
    """
    shapes = jax.tree.map(lambda leaf: jnp.zeros(jnp.shape(leaf), jnp.result_type(leaf)), parameters)
    program = trace(lambda x: head.apply(shapes, x), jnp.zeros((length, 4), jnp.float32))
    field = receptive_fields(program).get(program.output) if isinstance(program.output, Variable) else None
    if field is not None:
        first = float((field.first + field.last) / 2)
        return replace(head, positions=field.axis, first=first, stride=float(field.stride))
    if len(head.shape) < 2 or max(head.shape) == 1:
        return head
    axis = int(np.argmax(head.shape))
    stride = max(length // head.shape[axis], 1) if head.shape[axis] > length // 2 else length / head.shape[axis]
    first = (length - 1 - stride * (head.shape[axis] - 1)) / 2
    return replace(head, positions=axis, first=first, stride=float(stride))


def parse_pairs(text: str, channels: int) -> tuple[int, ...] | None:
    """Which channel is which on the other strand.

    Args:
      text: `0-1,2-3`: pairs of channels that change places, counted from 0; the others stay. `none`: all stay.
      channels: how many there are.

    Returns:
      A permutation; None where it moves nothing.

    Raises:
      InputError: the text is of another form, or names a channel that there is not, or one twice.
    """
    if text.strip().lower() == "none":
        return None
    order = list(range(channels))
    for one, other in _pairs(text):
        if not max(one, other) < channels:
            raise InputError(f"--strand_pairs={text}: there are {channels} channels, 0 to {channels - 1}")
        if one == other or order[one] != one or order[other] != other:
            raise InputError(f"--strand_pairs={text}: names a channel twice")
        order[one], order[other] = other, one
    return tuple(order)


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    for pair in text.split(","):
        ends = pair.split("-")
        if len(ends) != 2 or not all(end.strip().isdecimal() for end in ends):
            raise InputError(f"--strand_pairs={text}: must be pairs of channels as 0-1,2-3, or none")
        yield int(ends[0]), int(ends[1])
