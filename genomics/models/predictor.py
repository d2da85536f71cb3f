"""A trained network as every program takes it: a pure function, its parameters and their names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Array, Float

#: The network as a function of its parameters and one sequence: (parameters, (L, 4) one-hot) -> (T,) logits.
Apply = Callable[[Any, Float[Array, "L 4"]], Float[Array, " T"]]


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A network with its parameters.

    Attributes:
      apply: (parameters of one network, (L, 4) one-hot bases) -> (T,) logits.
      parameters: pytree of arrays; every leaf has a leading axis R where `replicates` is not None.
      replicates: R, the number of networks trained side by side; None for a single network.
      length: L, the sequence length that the network takes.
      tasks: T names, in order of the logits.
      fingerprint: sha256 over the bytes of the parameters and the network's shape: equal for equal predictions.
      source: the path or MODULE:FUNCTION that it came from, for messages and provenance.
      unit: what the T numbers are: `logit`, or `output` for a network that gives counts or any other quantity.
      unit_assumed: whether the unit is only what the network was asked to give, as of a function.
    """

    apply: Apply
    parameters: Any
    replicates: int | None
    length: int
    tasks: tuple[str, ...]
    fingerprint: str
    source: str
    unit: str = "logit"
    unit_assumed: bool = False
