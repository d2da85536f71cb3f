"""Global importance: what a motif does on average, whatever surrounds it."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.errors import InputError
from genomics.sequence.motif import Motif
from genomics.sequence.shuffle import dinucleotide_shuffles

#: (B, L) codes, and of each the background that it is a variant of -> (B, T) logits: the network over many sequences,
#: batched and compiled by the caller.
PredictMany = Callable[[UInt8[np.ndarray, "B L"], UInt8[np.ndarray, "B L"]], Float[np.ndarray, "B T"]]


@dataclass(frozen=True, kw_only=True)
class Marginal:
    """The effect of putting something into backgrounds.

    Attributes:
      effects: f(background with it) - f(background), in logits.
    """

    effects: Float[np.ndarray, "B T"]

    @property
    def mean(self) -> Float[np.ndarray, " T"]:
        """Global importance: the mean effect."""
        return self.effects.mean(0)

    @property
    def spread(self) -> Float[np.ndarray, " T"]:
        """Standard deviation of the effects over backgrounds."""
        return self.effects.std(0, ddof=1) if len(self.effects) > 1 else np.zeros(self.effects.shape[1])

    @property
    def error(self) -> Float[np.ndarray, " T"]:
        """Standard error of the mean."""
        return self.spread / np.sqrt(len(self.effects))


def marginalize(
    predict: PredictMany,
    backgrounds: UInt8[np.ndarray, "B L"],
    inserts: UInt8[np.ndarray, "B W"],
    start: int | None = None,
) -> Marginal:
    """Puts a motif into backgrounds and measures the change (Koo, Majdandzic, Ploenzke, Anand & Paul 2021,
    doi:10.1371/journal.pcbi.1008925).

    Args:
      predict: from `in_batches` or of the caller's own.
      backgrounds: sequences without the motif.
      inserts: the W bases put into each: `draws` of a motif, or one sequence for all (`np.tile`).
      start: where; None = at the centre, (L - W) // 2.

    Returns:
      The effects in every background.

    Raises:
      InputError: the inserts do not fit there.
    """
    with_motif = inserted(backgrounds, inserts, start)
    return Marginal(effects=predict(with_motif, backgrounds) - predict(backgrounds, backgrounds))


def inserted(
    backgrounds: UInt8[np.ndarray, "B L"], inserts: UInt8[np.ndarray, "B W"], start: int | None = None
) -> UInt8[np.ndarray, "B L"]:
    """Copies of the backgrounds in which the bases from `start` (None = the centre) on are replaced.

    Raises:
      InputError: the inserts do not fit there.
    """
    length, width = backgrounds.shape[1], inserts.shape[1]
    first = (length - width) // 2 if start is None else start
    if first < 0 or first + width > length:
        raise InputError(f"{width} bases from position {first} on: do not fit into backgrounds of {length} bases")
    copies = backgrounds.copy()
    copies[:, first : first + width] = inserts
    return copies


def draws(motif: Motif, count: int, rng: np.random.Generator) -> UInt8[np.ndarray, "B W"]:
    """Sites drawn from a motif's probabilities, every position on its own."""
    cumulative = motif.probabilities.cumsum(1)
    chance = rng.random((count, motif.width, 1)) * cumulative[:, -1:]
    return (chance >= cumulative).sum(-1).clip(0, 3).astype(np.uint8)


def shuffled_backgrounds(
    codes: UInt8[np.ndarray, "N L"], count: int, rng: np.random.Generator
) -> UInt8[np.ndarray, "B L"]:
    """Dinucleotide shuffles of sequences taken in turn: backgrounds with the composition of real ones."""
    each, more = divmod(count, len(codes))
    parts = [dinucleotide_shuffles(own, each + (i < more), rng) for i, own in enumerate(codes) if each + (i < more)]
    return np.concatenate(parts)


def in_batches(
    predict: Callable[[Float[Array, "L 4"], Float[Array, "L 4"]], Float[Array, " T"]], batch_size: int = 64
) -> PredictMany:
    """A network of one sequence over many, compiled once; the last batch is filled up with copies.

    Args:
      predict: (a sequence, the background that it is a variant of), one-hot -> (T,). Only a network that holds
        something of what it explains reads the latter.
      batch_size: sequences at a time.
    """
    batched = jax.jit(jax.vmap(lambda pair: predict(*jax.nn.one_hot(pair, 4))))

    def many(codes: UInt8[np.ndarray, "B L"], explained: UInt8[np.ndarray, "B L"]) -> Float[np.ndarray, "B T"]:
        rows = np.arange(-(-len(codes) // batch_size) * batch_size).clip(max=len(codes) - 1)
        pairs = np.stack([codes[rows], explained[rows]], axis=1).reshape(-1, batch_size, 2, codes.shape[1])
        return np.concatenate([np.asarray(batched(batch)) for batch in pairs])[: len(codes)]

    return many
