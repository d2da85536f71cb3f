"""A network as it came from a file, before anyone says which of its inputs is DNA and which of its outputs matters."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Array

#: Final activations that readers leave out, so that what is left are logits.
LOGIT_ACTIVATIONS = ("sigmoid", "softmax")


@dataclass(frozen=True, kw_only=True)
class Input:
    """What a network is fed, one array of it.

    Attributes:
      name: as the file has it; unique among the inputs.
      shape: for one sequence, without the batch axis.
    """

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a network gives, one array of it: a head.

    Attributes:
      name: as the file has it; unique among the outputs.
      shape: for one sequence, without the batch axis.
      removed: the final activation that `Network.apply` leaves out: `sigmoid`, `softmax` (over the last axis), or None.
    """

    name: str
    shape: tuple[int, ...]
    removed: str | None = None

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)

    @property
    def unit(self) -> str:
        """`logit` where a final sigmoid or softmax was left out; else `output`, whatever it counts."""
        return "logit" if self.removed in LOGIT_ACTIVATIONS else "output"

    def __str__(self) -> str:
        return f"{self.name} {self.shape}"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network that a file describes, read without the library that wrote it.

    Attributes:
      source: the file, for messages and provenance.
      written_by: the library and its version, e.g. `Keras 2.15.0`.
      inputs: in the order in which `apply` takes them.
      outputs: in the order in which `apply` gives them.
      parameters: pytree of arrays.
      apply: (parameters, one array for each input) -> a tuple with one array for each output, all of one sequence
        and in the dtype of the inputs; a final sigmoid or softmax is left out, as `outputs` says.
      layer_names: as in the file, in order of computation; each is the `jax.named_scope` of what it computes.
      in_doubt: names of layers that releases of that library compute differently, where the file does not say which.
      notes: what a user should be told of how the file was taken, each one line.
      task_names: names of the numbers of the only output, where the file remembers them; else None.
    """

    source: str
    written_by: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    parameters: Any
    apply: Callable[..., tuple[Array, ...]]
    layer_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    in_doubt: tuple[str, ...] = ()
    task_names: tuple[str, ...] | None = None
