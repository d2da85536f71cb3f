"""How well a map of importances finds planted bases, sequence by sequence.

Every sequence is graded by itself and the grades are averaged over the sequences that hold a planted base and another
one: scores of two sequences need no common scale, and intervals follow from drawing sequences anew.

* AUROC: the chance that a planted base scores above another one, ties counting half; 0.5 for a constant map.
* AUPRC: average precision, sum over distinct scores of precision * gain in recall, as in scikit-learn; the share of
  planted bases for a constant map. Few bases are planted, so it tells methods apart where AUROC is near 1 for all.
* top_inside: whether the highest-scoring base is planted; of tied ones the share that is.
* signal and noise: mean over the planted bases, and over as many of the others: the highest. Their ratio, of the means
  over all sequences, is the signal-to-noise ratio (after Koo & Ploenzke 2021, doi:10.1038/s42256-020-00291-x).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Shaped
from scipy.stats import rankdata

from genomics.errors import InputError

#: Importances: not negative, larger = more important.
Importances = Shaped[np.ndarray, "N L"]


@dataclass(frozen=True, kw_only=True)
class Grades:
    """Grades of one map for each of M sequences; see the module."""

    auroc: Float[np.ndarray, " M"]
    auprc: Float[np.ndarray, " M"]
    top_inside: Float[np.ndarray, " M"]
    signal: Float[np.ndarray, " M"]
    noise: Float[np.ndarray, " M"]


def gradable(planted: Bool[np.ndarray, "N L"]) -> Bool[np.ndarray, " N"]:
    """The sequences that hold planted bases and others."""
    return np.logical_and(planted.any(1), ~planted.all(1))


def grade(importance: Importances, planted: Bool[np.ndarray, "N L"]) -> Grades:
    """Grades sequences, all at once.

    Args:
      importance: finite, of N sequences.
      planted: which bases should be found; every sequence must be `gradable`.

    Raises:
      InputError: a sequence is not gradable, or an importance is not finite.
    """
    _check(importance, planted)
    importance = importance.astype(np.float64)
    count = planted.sum(1)
    others = planted.shape[1] - count
    ranks = np.where(planted, rankdata(importance, axis=1), 0).sum(1)
    top = importance == importance.max(1, keepdims=True)
    highest = -np.sort(np.where(planted, np.inf, -importance), axis=1)
    chosen = np.arange(planted.shape[1]) < np.minimum(count, others)[:, None]
    return Grades(
        auroc=(ranks - count * (count + 1) / 2) / (count * others),
        auprc=average_precision(importance, planted),
        top_inside=(top & planted).sum(1) / top.sum(1),
        signal=np.where(planted, importance, 0).sum(1) / count,
        noise=np.where(chosen, highest, 0).sum(1) / chosen.sum(1),
    )


def average_precision(importance: Importances, planted: Bool[np.ndarray, "N L"]) -> Float[np.ndarray, " N"]:
    """Average precision of each sequence; tied bases are retrieved together."""
    order = np.argsort(-importance, axis=1, kind="stable")
    scores, found = (np.take_along_axis(values, order, axis=1) for values in (importance, planted))
    hits = found.cumsum(1)
    precision = hits / np.arange(1, found.shape[1] + 1)
    last = np.ones_like(found)
    last[:, :-1] = scores[:, 1:] != scores[:, :-1]
    # Hits gained since the last base of the tie before: where `last` fails they are carried on.
    counted = np.maximum.accumulate(np.where(last, hits, 0), axis=1)
    before = np.concatenate([np.zeros((len(hits), 1), counted.dtype), counted[:, :-1]], axis=1)
    return np.where(last, (hits - before) * precision, 0).sum(1) / hits[:, -1]


def plain_grade(importance: Importances, planted: Bool[np.ndarray, "N L"]) -> Grades:
    """The same, sequence by sequence, by scikit-learn: the reference of `grade`."""
    # Imported late: it takes half a second, and only comparisons need it.
    from sklearn.metrics import average_precision_score, roc_auc_score

    _check(importance, planted)
    rows = []
    for scores, inside in zip(importance.astype(np.float64), planted, strict=True):
        positives, others = scores[inside], scores[~inside]
        rows.append(
            (
                roc_auc_score(inside, scores),
                average_precision_score(inside, scores),
                inside[scores == scores.max()].mean(),
                positives.mean(),
                np.sort(others)[::-1][: len(positives)].mean(),
            )
        )
    auroc, auprc, top_inside, signal, noise = np.array(rows, np.float64).T
    return Grades(auroc=auroc, auprc=auprc, top_inside=top_inside, signal=signal, noise=noise)


def _check(importance: Importances, planted: Bool[np.ndarray, "N L"]) -> None:
    if not gradable(planted).all():
        row = int(np.argmin(gradable(planted)))
        raise InputError(f"sequence {row} (from 0) has {planted[row].sum()} planted bases; must have some, and others")
    if not np.isfinite(importance).all():
        row, position = np.argwhere(~np.isfinite(importance))[0].tolist()
        raise InputError(f"importance of sequence {row}, position {position} (from 0) is not a finite number")
