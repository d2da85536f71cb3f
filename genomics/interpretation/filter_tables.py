"""The tables of `--methods=filters`: tab-separated, one line of column names, empty where there is nothing to say."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from genomics.io.atomic import write_text
from genomics.motifs.drivers import Driver
from genomics.motifs.filters import FilterMotif
from genomics.motifs.match import LEAST_R, Match
from genomics.motifs.matrix import corrected_information
from genomics.sequence.motif import Motif, consensus

_MATCH = ("match", "name", "p", "q", "r", "offset", "strand", "overlap")
_NOTHING = ("",) * len(_MATCH)


def write_filters(path: Path, filters: Sequence[FilterMotif], tasks: Sequence[str]) -> None:
    """`filters.tsv`: one line a filter.

    `bits` is the information of all positions of the motif, corrected for the number of sites; `offset` is the
    position of the match, on its strand, below the motif's first. A match is named where it counts as one, by `q` and
    by `r`, the correlation over the overlap. Of the best comparison that counts as none `r` is told; an alignment that
    is not correlated, which Tomtom finds likely between bland motifs, has `p` = `q` = 1. When the filter is fixed to
    its mean, `change_TASK` is the mean squared change of the logit, `loss_TASK` the increase of the loss, `auroc_TASK`
    the change of AUROC.
    """
    columns = ["filter", "state", "sites", "sequences", "share", "threshold", "highest", "start", "consensus", "bits"]
    columns += [*_MATCH, "weights_consensus", *(f"weights_{name}" for name in _MATCH)]
    columns += [f"{kind}_{task}" for kind in ("change", "loss", "auroc") for task in tasks]
    rows = [
        [
            *(each.name, each.state, each.sites, each.sequences, _number(each.share)),
            *(_number(each.threshold), _number(each.highest), each.start),
            *_motif(each.motif),
            *_match(each.match),
            "" if each.weights is None else consensus(each.weights),
            *_match(each.weights_match),
            *(
                "" if values is None else _number(float(values[task]))
                for values in (each.change, each.loss, each.auroc)
                for task in range(len(tasks))
            ),
        ]
        for each in filters
    ]
    _write(path, columns, rows)


def write_drivers(path: Path, found: Mapping[str, Sequence[Driver]]) -> None:
    """`seqlets.tsv`: one line for each task and group of seqlets, the strongest first; the rest has no motif."""
    columns = ["task", "sign", "seqlets", "sequences", "contribution", "consensus", "bits", *_MATCH]
    rows = [
        [
            *(task, row.sign, row.seqlets, row.sequences, _number(row.contribution)),
            *_motif(row.motif),
            *_match(row.match),
        ]
        for task, drivers in found.items()
        for row in drivers
    ]
    _write(path, columns, rows)


def _motif(motif: Motif | None) -> tuple[str, str]:
    return ("", "") if motif is None else (consensus(motif), _number(float(corrected_information(motif).sum())))


def _match(match: Match | None) -> tuple:
    if match is None:
        return _NOTHING
    r = _number(match.correlation)
    if not match.convincing:
        p, q = (match.p, match.q) if match.correlation > LEAST_R else (1.0, 1.0)
        return ("", "", _number(p), _number(q), r, "", "", "")
    named = match.target.identifier, match.target.name
    return (*named, _number(match.p), _number(match.q), r, match.offset, match.strand, match.overlap)


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6g}"


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    write_text(path, text.getvalue())
