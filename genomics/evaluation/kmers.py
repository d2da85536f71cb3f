"""Gapped k-mers and a linear model of them: what words alone say of binding, and of mutations.

After gkm-SVM and deltaSVM (Ghandi et al. 2014, doi:10.1371/journal.pcbi.1003711; Lee et al. 2015,
doi:10.1038/ng.3331): a sequence is described by how often each word of K letters occurs in it within a span of at most
S bases, on either strand, and a mutation's effect is the sum of the weights of the words that it makes, less those that
it breaks. The weights are a ridge regression's on the labels, where theirs are a support vector machine's.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64, UInt8
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import lsqr

from genomics.sequence.bases import N

#: Letters of a word, and the bases within which they stand.
LETTERS, SPAN = 6, 8
_WORDS = 4**LETTERS
#: Strengths of the ridge that are tried; the one with the least squared error on the validation rows is taken.
_RIDGES = (30.0, 100.0, 300.0)
_ITERATIONS = 40
#: Negatives for each positive that are learned from.
_NEGATIVES = 2


@dataclass(frozen=True, kw_only=True)
class KmerModel:
    """A weight for each word.

    Attributes:
      weights: of every pattern's every word.
      ridge: the strength that was taken.
    """

    weights: Float[np.ndarray, " words"]
    ridge: float

    def scores(self, bases: UInt8[np.ndarray, "N L"]) -> Float[np.ndarray, " N"]:
        """The sum of the weights of each sequence's words."""
        found = np.zeros(len(bases))
        for identifiers in _identifiers(bases):
            found += np.where(identifiers >= 0, self.weights[identifiers], 0.0).sum(1)
        return found


def patterns() -> tuple[tuple[int, ...], ...]:
    """Where the letters of a word stand, the first at 0: all ways within `SPAN` bases."""
    return tuple((0, *rest) for rest in itertools.combinations(range(1, SPAN), LETTERS - 1))


def fit(
    bases: UInt8[np.ndarray, "N L"],
    labels: UInt8[np.ndarray, " N"],
    held_out: UInt8[np.ndarray, "M L"],
    held_out_labels: UInt8[np.ndarray, " M"],
    *,
    seed: int = 0,
) -> KmerModel:
    """The ridge regression of labels on counts of words, its strength chosen on sequences that are held out.

    Args:
      bases: of the sequences.
      labels: 0 or 1, both present.
      held_out: further sequences.
      held_out_labels: of these.
      seed: of the choice of negatives, at most two for each positive.
    """
    rng = np.random.default_rng(seed)
    positive, negative = np.flatnonzero(labels), np.flatnonzero(labels == 0)
    rows = np.concatenate([positive, rng.permutation(negative)[: _NEGATIVES * len(positive)]])
    target = labels[rows].astype(np.float64)
    counts = _counts(bases[rows])
    centre = target.mean()
    best: tuple[float, KmerModel] | None = None
    for ridge in _RIDGES:
        weights = lsqr(counts, target - centre, damp=ridge, iter_lim=_ITERATIONS)[0]
        model = KmerModel(weights=weights, ridge=ridge)
        scores = model.scores(held_out)
        error = float(np.square(scores - scores.mean() - (held_out_labels - held_out_labels.mean())).mean())
        if best is None or error < best[0]:
            best = error, model
    assert best is not None
    return best[1]


def _counts(bases: UInt8[np.ndarray, "N L"]) -> csr_matrix:
    columns, rows = [], []
    for identifiers in _identifiers(bases):
        row, place = np.nonzero(identifiers >= 0)
        rows.append(row.astype(np.int32))
        columns.append(identifiers[row, place].astype(np.int32))
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (len(bases), len(patterns()) * _WORDS)
    return csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=shape)


def _identifiers(bases: UInt8[np.ndarray, "N L"]):
    """For each pattern (N, M) numbers of the words, the same on both strands; -1 where one holds N."""
    every = patterns()
    number = {pattern: index for index, pattern in enumerate(every)}
    powers = 4 ** np.arange(LETTERS, dtype=np.int64)[::-1]
    length = bases.shape[1]
    for index, pattern in enumerate(every):
        mirrored = number[tuple(pattern[-1] - place for place in reversed(pattern))]
        starts = length - pattern[-1]
        if starts < 1:
            continue
        letters = np.stack([bases[:, place : place + starts] for place in pattern], -1).astype(np.int64)
        unknown = (letters == N).any(-1)
        letters = np.minimum(letters, 3)
        forward: Int64[np.ndarray, "N M"] = index * _WORDS + letters @ powers
        other: Int64[np.ndarray, "N M"] = mirrored * _WORDS + (3 - letters[..., ::-1]) @ powers
        yield np.where(unknown, -1, np.minimum(forward, other))
