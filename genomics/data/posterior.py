"""What is certain about the motifs of a simulated sequence: the exact posterior of the model that it was drawn from."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError

_BACKGROUND = 0.25
#: Sequences at a time: what is computed over and over stays in the cache.
_BATCH = 64
#: (number of motifs, their bases together)
_Content = tuple[int, int]


def presence_logits(
    bases: UInt8[np.ndarray, "N L"],
    motifs: Sequence[Float[np.ndarray, "_ 4"]],
    count_probabilities: Sequence[float],
    *,
    both_strands: bool,
) -> Float[np.ndarray, "N T"]:
    """log P(factor planted | sequence) - log P(not planted | sequence), of each of T factors.

    The model is that of `simulate`: k motifs with probability p(k), k = 1, 2, ...; their factors drawn uniformly with
    replacement; the starts uniform over the placements that keep their order and do not overlap, of which there are
    C(L - W + k, k) for motifs of W bases together; strands even; the bases of a motif from its columns, all others
    uniform. With r_f(s) the likelihood of the bases at s as a site of f (mean over the strands), relative to uniform
    bases,

        P(bases) / 4^-L = sum_{k, W} p(k) T^-k / C(L - W + k, k) A_{k, W}(L),
        A_{k, W}(e) = A_{k, W}(e - 1) + sum_f A_{k - 1, W - w_f}(e - w_f) r_f(e - w_f),   A_{0, 0} = 1,

    where A_{k, W}(e) sums over all ways to put k motifs of W bases together into the first e bases. The same sum over
    the other factors alone is the part of the sequences without f.

    Args:
      bases: codes; none may be N.
      motifs: of each factor, its base probabilities by position.
      count_probabilities: p(1), p(2), ...
      both_strands: motifs are read from either strand; otherwise as they stand.

    Returns:
      The logits; beyond what double precision tells apart they are finite still (at least -37, at most 709).

    Raises:
      InputError: a base is N, or a sequence cannot be drawn from the model.
    """
    unknown = (bases > 3).any(1)
    if unknown.any():
        raise InputError(f"sequence {int(np.argmax(unknown))} (from 0) holds an N: the simulation draws A, C, G and T")
    batches = [
        _logits(bases[start : start + _BATCH], motifs, count_probabilities, both_strands)
        for start in range(0, len(bases), _BATCH)
    ]
    logits = np.concatenate(batches)
    impossible = np.isnan(logits).any(1)
    if impossible.any():
        row = int(np.argmax(impossible))
        raise InputError(f"sequence {row} (from 0) is impossible: no motifs can be planted so that it comes out")
    return logits


def _logits(
    bases: UInt8[np.ndarray, "n L"],
    motifs: Sequence[Float[np.ndarray, "_ 4"]],
    count_probabilities: Sequence[float],
    both_strands: bool,
) -> Float[np.ndarray, "n T"]:
    ratios = [_site_ratios(bases, motif, both_strands) for motif in motifs]
    share = 1 / len(motifs)

    def evidence(factors: Sequence[int]) -> Float[np.ndarray, " n"]:
        """Of sequences with motifs of these factors alone; factors of one width share what they add."""
        by_width: dict[int, np.ndarray] = {}
        for factor in factors:
            width = len(motifs[factor])
            by_width[width] = by_width.get(width, 0) + share * ratios[factor]
        return _arrangements(by_width, bases.shape, count_probabilities)

    everything = evidence(range(len(motifs)))
    columns = []
    for left_out in range(len(motifs)):
        without = evidence([factor for factor in range(len(motifs)) if factor != left_out])
        rounding = np.finfo(np.float64).eps
        with np.errstate(invalid="ignore"):
            absent = np.maximum(without / everything, np.finfo(np.float64).tiny)
            present = np.maximum((everything - without) / everything, rounding)
        columns.append(np.log(present) - np.log(absent))
    return np.stack(columns, axis=1)


def _site_ratios(
    bases: UInt8[np.ndarray, "n L"], motif: Float[np.ndarray, "W 4"], both_strands: bool
) -> Float[np.ndarray, "n S"]:
    """P(the W bases from each start | a site) / P(they | background), the mean over the strands."""
    starts = bases.shape[1] - len(motif) + 1

    def ratios(matrix: Float[np.ndarray, "W 4"]) -> Float[np.ndarray, "n S"]:
        product = np.ones((len(bases), starts))
        for position, column in enumerate(matrix / _BACKGROUND):
            product *= column[bases[:, position : position + starts]]
        return product

    # Read from the other strand, the motif is reversed and each base is its complement, 3 minus its code.
    return (ratios(motif) + ratios(motif[::-1, ::-1])) / 2 if both_strands else ratios(motif)


def _arrangements(
    ratios: Mapping[int, Float[np.ndarray, "n _"]], shape: tuple[int, ...], count_probabilities: Sequence[float]
) -> Float[np.ndarray, " n"]:
    """sum_{k, W} p(k) / C(L - W + k, k) A_{k, W}(L), over motifs of the given widths.

    Args:
      ratios: by width, at each start the sum of the factors' shares.
      shape: (n, L).
      count_probabilities: p(1), p(2), ...
    """
    number, length = shape
    total = np.zeros(number)
    level = {0: np.ones((number, length + 1))}  # by W: A_{k, W}(e), e = 0 ... L
    for count, probability in enumerate(count_probabilities, start=1):
        longer = {}
        for size in {size + width for size in level for width in ratios if size + width <= length}:
            ends = np.zeros((number, length + 1))
            for width, own in ratios.items():
                if size - width in level:
                    ends[:, width:] += level[size - width][:, : own.shape[1]] * own
            total += probability / math.comb(length - size + count, count) * ends.sum(1)
            if count < len(count_probabilities):
                longer[size] = np.cumsum(ends, axis=1)
        level = longer
    return total
