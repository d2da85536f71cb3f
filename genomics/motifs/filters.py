"""A layer's filters, one by one: what they look for, what that is known as, and what it is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.motifs.influence import Influence, influence
from genomics.motifs.layer import FilterLayer, Predict, read_layer
from genomics.motifs.match import Match, match
from genomics.motifs.matrix import motif_of_weights, trim
from genomics.motifs.sites import Sites, find_sites
from genomics.sequence.motif import Motif, from_counts

#: `dead` never responds, or alike to everything; `flat` has sites that have nothing in common.
State = Literal["ok", "dead", "flat"]


@dataclass(frozen=True, kw_only=True)
class FilterMotif:
    """One filter.

    Attributes:
      name: unique: `filter_0`.
      state: see `State`.
      sites: number of its sites.
      sequences: number of sequences with a site.
      share: the same as a share of all sequences.
      threshold: that a site's response exceeds.
      highest: response.
      motif: of its sites, without empty ends; None unless `state` is `ok`.
      start: position of the window that the motif begins at.
      match: best partner of the motif; None without a motif.
      weights: the motif that its weights say, without looking at sequences; None for deeper layers, or where the
        weights say nothing.
      weights_match: best partner of that.
      change: (T,) mean squared change of the logits when the filter is fixed to its mean.
      loss: (T,) increase of the loss; None without labels.
      auroc: (T,) change of AUROC; None without labels.
    """

    name: str
    state: State
    sites: int
    sequences: int
    share: float
    threshold: float
    highest: float
    motif: Motif | None
    start: int
    match: Match | None
    weights: Motif | None
    weights_match: Match | None
    change: Float[np.ndarray, " T"]
    loss: Float[np.ndarray, " T"] | None
    auroc: Float[np.ndarray, " T"] | None


def filter_motifs(
    predict: Predict,
    bases: UInt8[np.ndarray, "N L"],
    labels: UInt8[np.ndarray, "N T"] | None,
    database: Sequence[Motif],
    *,
    layer: int = 1,
    rule: str = "half_max",
    prefix: str = "filter_",
    bound: Callable[[Array], Predict] | None = None,
) -> list[FilterMotif]:
    """Everything about the filters of one convolution.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      bases: sequences to look at.
      labels: 0 or 1 for each task; None where unknown.
      database: known motifs.
      layer: which convolution, from 1.
      rule: what counts as a site: a name in `genomics.motifs.sites.RULES`.
      prefix: of the filters' names.
      bound: as of `genomics.motifs.influence`.

    Returns:
      One record a filter, in the network's order.

    Raises:
      InputError: no such convolution or rule, or memelite is not installed.
    """
    found = read_layer(predict, bases.shape[1], layer)
    sites = find_sites(predict, bases, found, rule)
    worth = influence(predict, bases, found, labels, bound)
    names = [f"{prefix}{number}" for number in range(found.filters)]
    seen = [_of_sites(name, sites, number) for number, name in enumerate(names)]
    written = [_of_weights(name, found, number) for number, name in enumerate(names)]
    matches = _best(seen, database)
    weight_matches = _best(written, database)
    return [
        FilterMotif(
            name=name,
            state="dead" if sites.dead[number] else "ok" if seen[number] else "flat",
            sites=int(sites.number[number]),
            sequences=int(sites.sequences[number]),
            share=float(sites.sequences[number] / sites.total),
            threshold=float(sites.threshold[number]),
            highest=float(sites.range.highest[number]),
            motif=_motif(seen[number]),
            start=_start(seen[number]),
            match=matches[number],
            weights=_motif(written[number]),
            weights_match=weight_matches[number],
            **_row(worth, number),
        )
        for number, name in enumerate(names)
    ]


_Trimmed = tuple[Motif, int] | None


def _of_sites(name: str, sites: Sites, number: int) -> _Trimmed:
    counts = sites.counts[number]
    if sites.dead[number] or not (counts.sum(1) > 0).all():
        return None
    return trim(from_counts(name, "", counts))


def _of_weights(name: str, layer: FilterLayer, number: int) -> _Trimmed:
    if layer.kernel is None or layer.number != 1 or layer.kernel.shape[1] != 4:
        return None
    return trim(motif_of_weights(name, "", layer.kernel[..., number]))


def _best(trimmed: Sequence[_Trimmed], database: Sequence[Motif]) -> list[Match | None]:
    """The best partner of each motif that there is; q-values are over all pairs."""
    motifs = [each[0] for each in trimmed if each is not None]
    if not motifs:
        return [None] * len(trimmed)
    found = match(motifs, database)
    best = iter([found.best(number) for number in range(len(motifs))])
    return [None if each is None else next(best) for each in trimmed]


def _motif(trimmed: _Trimmed) -> Motif | None:
    return None if trimmed is None else trimmed[0]


def _start(trimmed: _Trimmed) -> int:
    return 0 if trimmed is None else trimmed[1]


def _row(worth: Influence, number: int) -> dict:
    return {
        "change": worth.change[number],
        "loss": None if worth.loss is None else worth.loss[number],
        "auroc": None if worth.auroc is None else worth.auroc[number],
    }
