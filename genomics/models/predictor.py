"""A trained network as every program takes it: a pure function, its parameters and their names."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from jaxtyping import Array, Float

from genomics.lenses.head import Head
from genomics.lenses.view import Apply, Bind, Predict


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A network with its parameters, seen through its lenses (`genomics.lenses`).

    Attributes:
      apply: (parameters of one network, (L, 4) one-hot bases) -> (T,) logits, or whatever number is explained.
      parameters: pytree of arrays; every leaf has a leading axis R where `replicates` is not None.
      replicates: R, the number of networks trained side by side; None for a single network.
      length: L, the sequence length that the network takes.
      tasks: T names, in order of the logits.
      fingerprint: sha256 over the bytes of the parameters, the network's shape and its lenses: equal for equal
        predictions.
      source: the path or MODULE:FUNCTION that it came from, for messages and provenance.
      unit: what the T numbers are: `logit`, `natural log` (of counts), or `output` for any other quantity.
      unit_assumed: whether the unit is only what the network was asked to give, as of a function.
      bind: (parameters of one network, the sequence explained) -> predict, where the explained number holds something
        of that sequence constant; None where it does not. See `bound`.
      heads: all outputs of the network as they are, where it has several axes or several outputs.
      strands: `forward`, or `both` where the mean over both strands is explained.
      pairs: channels that change places on the other strand, as `--strand_pairs` has them; None = not said.
      definition: what the T numbers are, where they are not just the network's output.
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
    bind: Bind | None = None
    heads: tuple[Head, ...] = ()
    strands: str = "forward"
    pairs: str | None = None
    definition: str = ""

    def bound(self, parameters: Any, x: Float[Array, "L 4"]) -> Predict:
        """`predict` for everything that explains x: for x itself, its references, path points and mutants.

        Args:
          parameters: of one network.
          x: (L, 4) one-hot, the sequence explained.

        Returns:
          (L, 4) one-hot -> (T,).
        """
        return partial(self.apply, parameters) if self.bind is None else self.bind(parameters, x)
