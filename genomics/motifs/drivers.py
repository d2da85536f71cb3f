"""What drives a task: seqlets grouped by known motifs, each group named by the motif that it makes up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy.stats import binom

from genomics.motifs.match import Match, Matches, benjamini_hochberg, match
from genomics.motifs.matrix import trim
from genomics.motifs.seqlets import Seqlets, seqlet_motifs
from genomics.sequence.bases import N, one_hot, reverse_complement
from genomics.sequence.motif import Motif, from_counts

#: A seqlet may go to a motif whose p-value is at most this, and at most so many times its best one.
_MOST_P = 1e-3
_AS_GOOD = 100.0
#: A motif may gather seqlets if more match it than by chance, at this false discovery rate over all motifs.
_MOST_Q = 0.01
#: Fewer seqlets make no motif.
_FEWEST = 10
#: Positions that are looked at beyond both ends of the motif that gathered them.
_BEYOND = 4
_PSEUDOCOUNT = 0.25

Sign = Literal["+", "-"]


@dataclass(frozen=True, kw_only=True)
class Driver:
    """Seqlets of one sign that make up one motif.

    Attributes:
      motif: the aligned seqlets, without their empty ends; None for the seqlets that belong to no group.
      match: the known motif most like it; None where `motif` is None.
      sign: `+` where they speak for the task, `-` against.
      seqlets: how many.
      sequences: in how many sequences.
      contribution: mean of their contributions, in logits.
    """

    motif: Motif | None
    match: Match | None
    sign: Sign
    seqlets: int
    sequences: int
    contribution: float


def drivers(
    seqlets: Seqlets,
    bases: UInt8[np.ndarray, "N L"],
    contributions: Float[np.ndarray, "N L"],
    database: Sequence[Motif],
) -> list[Driver]:
    """Groups seqlets by as few known motifs as account for them, and names each group by what it makes up.

    A single seqlet is too short to be sure of its motif among a thousand, many seqlets together are not: a motif may
    gather seqlets if more match it at p <= 0.001 than a binomial chance allows, at a false discovery rate of 0.01.
    Databases also hold many motifs that are alike; so the motif that accounts for the most evidence (the sum of
    -log10 p) takes all seqlets that match it about as well as their best, then the next takes from the rest, and so
    on. The seqlets of a group, aligned, are counted to a motif of their own, whose best match in the database names
    them; groups with one name are one. Groups below 10 seqlets stay without a name.

    Args:
      seqlets: of one task.
      bases: all sequences.
      contributions: of every position to the task.
      database: known motifs.

    Returns:
      The strongest first (seqlets times mean contribution); the unnamed rest last.
    """
    rows: list[Driver] = []
    for sign in ("+", "-"):
        chosen = seqlets.take(np.flatnonzero((seqlets.contribution > 0) == (sign == "+")))
        if len(chosen.row):
            rows += _of_sign(chosen, sign, bases, contributions, database)
    return sorted(rows, key=lambda row: (row.motif is None, -row.seqlets * abs(row.contribution)))


def assign(fitting: Bool[np.ndarray, "S T"], evidence: Float[np.ndarray, "S T"]) -> Int[np.ndarray, " S"]:
    """Greedy cover: the target with the most evidence takes all that fit it, and so on; -1 where nothing fits."""
    taken = np.full(len(fitting), -1, np.int64)
    worth = np.where(fitting, evidence, 0.0)
    while True:
        totals = worth.sum(0)
        target = int(totals.argmax())
        if totals[target] <= 0:
            return taken
        chosen = worth[:, target] > 0
        taken[chosen] = target
        worth[chosen] = 0.0


def aligned_counts(
    seqlets: Seqlets,
    bases: UInt8[np.ndarray, "N L"],
    offsets: Int[np.ndarray, " S"],
    reverse: Bool[np.ndarray, " S"],
    width: int,
) -> Float[np.ndarray, "W 4"]:
    """How often each base stands at each position of a motif that seqlets were aligned with.

    Args:
      seqlets: S of them.
      bases: all sequences.
      offsets: position of the motif, on its strand, below each seqlet's first.
      reverse: whether it was the motif's other strand.
      width: of the motif; 4 positions beyond both ends are counted too, so W = width + 8.
    """
    padding = width + 2 * _BEYOND + int(np.abs(offsets).max(initial=0))
    padded = np.pad(bases, ((0, 0), (padding, padding)), constant_values=N)
    first = seqlets.start - offsets - _BEYOND + padding
    windows = padded[seqlets.row[:, None], first[:, None] + np.arange(width + 2 * _BEYOND)]
    windows = np.where(reverse[:, None], reverse_complement(windows), windows)
    return one_hot(windows).sum(0, dtype=np.float64)


def _of_sign(
    seqlets: Seqlets,
    sign: Sign,
    bases: UInt8[np.ndarray, "N L"],
    contributions: Float[np.ndarray, "N L"],
    database: Sequence[Motif],
) -> list[Driver]:
    found = match(seqlet_motifs(seqlets, bases, contributions), database)
    taken = _gathered(found)
    groups: list[tuple[Motif, np.ndarray]] = []
    for target in np.unique(taken[taken >= 0]):
        members = np.flatnonzero(taken == target)
        motif = _motif_of(seqlets.take(members), bases, found, members, int(target))
        if motif is not None:
            groups.append((motif, members))
    rows: list[Driver] = []
    rest = np.ones(len(taken), bool)
    if groups:
        names = match([motif for motif, _ in groups], database)
        by_name: dict[str, list[int]] = {}
        for group in range(len(groups)):
            by_name.setdefault(names.best(group).target.identifier, []).append(group)
        for alike in by_name.values():
            largest = max(alike, key=lambda group: len(groups[group][1]))
            members = np.concatenate([groups[group][1] for group in alike])
            rest[members] = False
            rows.append(_driver(seqlets.take(members), sign, groups[largest][0], names.best(largest)))
    if rest.any():
        rows.append(_driver(seqlets.take(np.flatnonzero(rest)), sign, None, None))
    return rows


def _gathered(found: Matches) -> Int[np.ndarray, " S"]:
    """Which target gathers each seqlet; -1 = none."""
    matching = found.p <= _MOST_P
    q = benjamini_hochberg(binom.sf(matching.sum(0) - 1, len(matching), _MOST_P))
    fitting = matching & (found.p <= _AS_GOOD * found.p.min(1, keepdims=True)) & (q <= _MOST_Q)
    return assign(fitting, -np.log10(np.maximum(found.p, 1e-300)))


def _motif_of(
    seqlets: Seqlets, bases: UInt8[np.ndarray, "N L"], found: Matches, members: Int[np.ndarray, " S"], target: int
) -> Motif | None:
    if len(members) < _FEWEST:
        return None
    offsets = found.offset[members, target].astype(np.int64)
    reverse = found.reverse[members, target] > 0
    counts = aligned_counts(seqlets, bases, offsets, reverse, found.targets[target].width)
    trimmed = trim(from_counts("seqlets", "", counts, pseudocount=_PSEUDOCOUNT))
    return None if trimmed is None else trimmed[0]


def _driver(seqlets: Seqlets, sign: Sign, motif: Motif | None, best: Match | None) -> Driver:
    return Driver(
        motif=motif,
        match=best,
        sign=sign,
        seqlets=len(seqlets.row),
        sequences=len(np.unique(seqlets.row)),
        contribution=float(seqlets.contribution.mean()),
    )
