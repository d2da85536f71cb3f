"""Position weight matrices as a network: the score of the best site of each motif, on either strand."""

from collections import Counter
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.convolution import conv1d
from genomics.models.network import Input, Network, Output
from genomics.sequence.motif import Motif, log_odds

#: Weight of the background at each position, in sites.
PSEUDOCOUNT = 1.0
#: Bits that an unknown base costs more than the worst base of its position.
_UNKNOWN = 16.0


def pwm_network(motifs: Sequence[Motif], length: int, source: str, *, pseudocount: float = PSEUDOCOUNT) -> Network:
    """A network with one output a motif: the largest log-odds of a window, over positions and both strands, in bits.

    Its mutations are those of the matrix: what a substitution changes is the difference of the best sites. An unknown
    base counts as 16 bits less than the worst base of its position, so that no site that reaches into the unknown wins.

    Args:
      motifs: T of them; the tasks have their names, with the identifier where several share one.
      length: L of the sequences.
      source: where the motifs are from, for messages.
      pseudocount: see `genomics.sequence.motif.log_odds`; the background is uniform.

    Raises:
      InputError: a motif is wider than the sequence.
    """
    for motif in motifs:
        if motif.width > length:
            raise InputError(f"{source}: motif {motif.identifier} is {motif.width} wide; --length={length} is shorter")
    parameters = tuple(_kernel(log_odds(motif, pseudocount=pseudocount)) for motif in motifs)

    def apply(parameters: Sequence[tuple[Array, Array]], x: Float[Array, "L 4"]) -> tuple[Array, ...]:
        return (jnp.concatenate([_best(x, kernel)[None] + floor for kernel, floor in parameters]),)

    return Network(
        source=source,
        written_by="position weight matrices",
        inputs=(Input(name="sequence", shape=(length, 4)),),
        outputs=(Output(name="score", shape=(len(motifs),)),),
        parameters=parameters,
        apply=apply,
        task_names=_names(motifs),
    )


def _kernel(matrix: Float[np.ndarray, "W 4"]) -> tuple[Float[Array, "W 4 2"], Float[Array, ""]]:
    """Both strands' weights above what an unknown base counts, and the sum of what a site of unknown bases counts."""
    lowest = matrix.min(1, keepdims=True) - _UNKNOWN
    above = matrix - lowest
    return jnp.asarray(np.stack([above, above[::-1, ::-1]], -1), jnp.float32), jnp.float32(lowest.sum())


def _best(x: Float[Array, "L 4"], kernel: Float[Array, "W 4 2"]) -> Float[Array, ""]:
    return conv1d(x, kernel).max()


def _names(motifs: Sequence[Motif]) -> tuple[str, ...]:
    """Their names, as unique as the tasks of any network."""
    names = [motif.name or motif.identifier for motif in motifs]
    counts = Counter(name.lower() for name in names)
    return tuple(
        name if counts[name.lower()] == 1 else f"{name}_{motif.identifier}"
        for name, motif in zip(names, motifs, strict=True)
    )
