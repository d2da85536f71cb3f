"""Seqlets: the short runs of a sequence that a network's decision rests on."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8

from genomics.sequence.bases import N
from genomics.sequence.motif import Motif

_WINDOW = 5
_FLANK = 2
_SHORTEST = 6
#: Steps of the threshold that is looked for.
_STEPS = 400


@dataclass(frozen=True, kw_only=True)
class Seqlets:
    """S half-open intervals of sequences, strongest first.

    Attributes:
      row: which sequence.
      start: first position.
      end: position after the last.
      contribution: sum of the contributions inside; its sign is the run's.
    """

    row: Int[np.ndarray, " S"]
    start: Int[np.ndarray, " S"]
    end: Int[np.ndarray, " S"]
    contribution: Float[np.ndarray, " S"]

    def take(self, chosen: Int[np.ndarray, " K"]) -> "Seqlets":
        """Some of them, by number."""
        return Seqlets(
            row=self.row[chosen], start=self.start[chosen], end=self.end[chosen], contribution=self.contribution[chosen]
        )


def call_seqlets(contributions: Float[np.ndarray, "N L"], *, false_rate: float = 0.05, seed: int = 0) -> Seqlets:
    """Runs of positions whose contributions, averaged over 5 neighbours, are higher than chance would make them.

    Chance is the same contributions in random order within each sequence: single strong positions stay, runs of them
    do not. The threshold is the lowest above which such averages are at most `false_rate` as frequent in random order
    as in truth. Runs grow by 2 positions on both sides; those that then meet are one; at least 6 positions remain.
    Negative runs are found likewise.

    Args:
      contributions: of every position to one task.
      false_rate: see above.
      seed: of the random order.
    """
    rng = np.random.default_rng(seed)
    observed = _smooth(contributions)
    chance = _smooth(rng.permuted(contributions, axis=1))
    found = []
    for sign in (1, -1):
        threshold = _threshold(sign * observed, sign * chance, false_rate)
        if threshold is None:
            continue
        high = _grown(sign * observed > threshold)
        edges = np.diff(np.pad(high, ((0, 0), (1, 1))).astype(np.int8), axis=1)
        (row, start), (_, end) = np.nonzero(edges == 1), np.nonzero(edges == -1)
        sums = np.pad(np.cumsum(contributions, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
        found.append((row, start, end, sums[row, end] - sums[row, start]))
    row, start, end, contribution = (
        (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else (np.zeros(0),) * 4
    )
    kept = np.flatnonzero(end - start >= _SHORTEST)
    kept = kept[np.argsort(-np.abs(contribution[kept]), kind="stable")]
    return Seqlets(
        row=row[kept].astype(np.int64),
        start=start[kept].astype(np.int64),
        end=end[kept].astype(np.int64),
        contribution=contribution[kept].astype(np.float64),
    )


def seqlet_motifs(
    seqlets: Seqlets, bases: UInt8[np.ndarray, "N L"], contributions: Float[np.ndarray, "N L"]
) -> list[Motif]:
    """Each seqlet as a motif, to be compared with others.

    A position is its base as far as it contributes: with the share s of its contribution in the seqlet's largest (0 for
    those of the other sign), p = s for the base and (1 - s) / 4 more for each. An unknown base says nothing.
    """
    motifs = []
    for number, (row, start, end) in enumerate(zip(seqlets.row, seqlets.start, seqlets.end, strict=True)):
        inside = np.sign(seqlets.contribution[number]) * contributions[row, start:end]
        share = np.clip(inside / max(inside.max(), 1e-30), 0.0, 1.0).astype(np.float64)
        codes = bases[row, start:end]
        share[codes == N] = 0.0
        p = (share[:, None] * np.eye(5, 4)[codes]) + (1 - share[:, None]) / 4
        motifs.append(Motif(identifier=f"seqlet_{number}", name="", probabilities=p, nsites=1))
    return motifs


def _smooth(values: Float[np.ndarray, "N L"]) -> Float[np.ndarray, "N L"]:
    """Mean over each position's neighbourhood, shorter at the ends."""
    half = _WINDOW // 2
    sums = np.pad(np.cumsum(values, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    places = np.arange(values.shape[1])
    first, last = np.maximum(places - half, 0), np.minimum(places + half + 1, values.shape[1])
    return (sums[:, last] - sums[:, first]) / (last - first)


def _threshold(observed: np.ndarray, chance: np.ndarray, false_rate: float) -> float | None:
    observed, chance = np.sort(observed.ravel()), np.sort(chance.ravel())
    top = observed[-1]
    if top <= 0:
        return None
    candidates = np.linspace(0.0, top, _STEPS, endpoint=False)
    real = len(observed) - np.searchsorted(observed, candidates, side="right")
    false = len(chance) - np.searchsorted(chance, candidates, side="right")
    good = np.flatnonzero(false <= false_rate * real)
    return float(candidates[good[0]]) if len(good) else None


def _grown(high: np.ndarray) -> np.ndarray:
    grown = high.copy()
    for step in range(1, _FLANK + 1):
        grown[:, step:] |= high[:, :-step]
        grown[:, :-step] |= high[:, step:]
    return grown
