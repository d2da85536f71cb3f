"""Does the network itself agree that these bases matter? Deletion and insertion curves, and the gain over chance.

Deletion replaces the bases of a sequence in order of what a map says that they add to the logit, the most first;
insertion puts them in that order into a sequence of which all were replaced (after Petsiuk, Das & Saenko 2018,
doi:10.48550/arXiv.1806.07421). A base is replaced by the one that stands in its place in a dinucleotide shuffle of the
sequence, so that what is left stays DNA of the same composition; curves are the mean over several shuffles. Beside them
stand the curves of the same number of bases in random order. Tied bases are taken in that same random order, so a
constant map gains exactly nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped, UInt8

from genomics.sequence.shuffle import dinucleotide_shuffles

#: (base codes of some sequences, of each the sequence that it is a variant of) -> their logits.
PredictMany = Callable[[UInt8[np.ndarray, "B L"], UInt8[np.ndarray, "B L"]], Float[np.ndarray, "B T"]]

#: Shares of the bases that are replaced, or put back.
FRACTIONS: Float[np.ndarray, " K"] = np.linspace(0, 1, 21)
#: Shuffles of each sequence.
SHUFFLES = 4


@dataclass(frozen=True, kw_only=True)
class Replacements:
    """What replaces the bases of N sequences: R shuffles of each, and a random order of the bases for each.

    Attributes:
      bases: (N, R, L) codes.
      order: (N, R, L) permutations: position -> its place in random order.
    """

    bases: UInt8[np.ndarray, "N R L"]
    order: Int[np.ndarray, "N R L"]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Mean logits over the shuffles of N sequences, at K shares of the bases.

    Attributes:
      deletion: with so many of the bases replaced.
      insertion: with so many in their places, and all others replaced.
    """

    deletion: Float[np.ndarray, "N K *T"]
    insertion: Float[np.ndarray, "N K *T"]

    def of_task(self, task: int) -> "Curves":
        """Those of one task, (N, K)."""
        return Curves(deletion=self.deletion[..., task], insertion=self.insertion[..., task])


def replacements(bases: UInt8[np.ndarray, "N L"], *, seed: int, count: int = SHUFFLES) -> Replacements:
    """Shuffles and random orders; those of a sequence depend on its place among the sequences and the seed alone."""
    length = bases.shape[1]
    shuffled, order = [], []
    for row, codes in enumerate(bases):
        rng = np.random.default_rng([seed, row])
        shuffled.append(dinucleotide_shuffles(codes, count, rng))
        order.append(rng.permuted(np.tile(np.arange(length), (count, 1)), axis=1))
    shape = (len(bases), count, length)
    return Replacements(
        bases=np.array(shuffled, np.uint8).reshape(shape), order=np.array(order, np.int64).reshape(shape)
    )


def ranks(signed: Shaped[np.ndarray, "N L"], order: Int[np.ndarray, "N R L"]) -> Int[np.ndarray, "N R L"]:
    """Each base's place in order of the map, the highest value first; tied bases in random order."""
    spread = np.broadcast_to(-signed[:, None], order.shape)
    places = np.lexsort((order, spread), axis=-1)
    found = np.empty_like(order)
    np.put_along_axis(found, places, np.broadcast_to(np.arange(order.shape[-1]), order.shape), axis=-1)
    return found


def curves(
    predict: PredictMany,
    bases: UInt8[np.ndarray, "N L"],
    replaced_by: Replacements,
    places: Int[np.ndarray, "N R L"],
) -> Curves:
    """Deletion and insertion curves of at least one sequence, for all tasks: (N, K, T), K = `FRACTIONS`.

    Args:
      predict: the network.
      bases: the sequences.
      replaced_by: what their bases are replaced by.
      places: of each base in the order in which bases are replaced: from `ranks`, or `replaced_by.order`.
    """
    length = bases.shape[1]
    counts = np.rint(FRACTIONS * length).astype(np.int64)
    found = []
    for own, shuffled, place in zip(bases, replaced_by.bases, places, strict=True):
        first = place < counts[:, None, None]
        variants = np.stack([np.where(first, shuffled, own), np.where(first, own, shuffled)])
        flat = variants.reshape(-1, length)
        logits = predict(flat, np.broadcast_to(own, flat.shape))
        found.append(logits.reshape(2, len(counts), len(shuffled), -1).mean(2))
    deletion, insertion = np.stack(found, axis=1)
    return Curves(deletion=deletion, insertion=insertion)


def gains(own: Curves, random: Curves) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Areas between the curves of a method and of random order, in logits: (deletion, insertion); positive = better.

    The mean over all shares of how much lower the logit is than in random order where bases are replaced, and of how
    much higher where they are put in; by the trapezoidal rule.
    """
    return (
        np.trapezoid(random.deletion - own.deletion, FRACTIONS, axis=1),
        np.trapezoid(own.insertion - random.insertion, FRACTIONS, axis=1),
    )
