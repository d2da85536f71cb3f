"""What the page shows of `scores.h5`: some sequences, every method."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.interpretation.methods import METHODS, axis_label
from genomics.interpretation.reference_setting import is_dense
from genomics.interpretation.sequences import Sequences
from genomics.io import hdf5
from genomics.io.scores import Questions, read_attributes, read_questions, read_rows
from genomics.lenses.units import word, worded
from genomics.report.quantise import quantise
from genomics.sequence.bases import N, decode

#: Bytes of scores that a page holds at most; fewer sequences, then fewer tasks, are shown where they would be more.
MOST_BYTES = 15_000_000
_BYTES_OF_A_SCORE = 2 * 4 / 3  # int16 in base64
_OF_THE_METHOD = ("definition", "rule", "reference", "citation", "version")
#: What its heat map shows, by the gauge of the mutation effects; another gauge has no zero to compare with.
_EFFECTS = {
    "delta": "change of the logit",
    "centred": "change of the logit, less the position's mean",
    "log_odds": "log2 of the odds ratio",
    "probability": "change of the probability",
}


def gather_tracks(
    scores: Path, count: int, fingerprint: str, sequences: Sequences | None, assembly: str | None = None
) -> dict[str, Any] | None:
    """Scores of the first `count` sequences with what the network predicts for them; None where there is no file.

    Args:
      scores: path of the `scores.h5`.
      count: sequences to show.
      fingerprint: of the network that the page is about.
      sequences: where planted motifs are known; those of the file's sequences are found by their rows.
      assembly: name of the genome at genome browsers, for links.

    Returns:
      JSON-ready record; only `{"other": source}` where the file is about another network.

    Raises:
      InputError: the file is damaged.
    """
    if not scores.exists():
        return None
    questions = read_questions(scores)
    if questions.fingerprint != fingerprint:
        return {"other": questions.model}
    length, tasks = questions.sequences.shape[1], len(questions.tasks)
    methods, left_out = _methods(scores, (len(questions.sequences), tasks, length, 4))
    # As if every method had all four columns: an upper limit, known before anything is read.
    bytes_of_a_task = max(1.0, len(methods) * length * 4 * _BYTES_OF_A_SCORE)
    shown = min(count, len(questions.sequences), max(1, int(MOST_BYTES / (bytes_of_a_task * tasks))))
    tasks = min(tasks, max(1, int(MOST_BYTES / bytes_of_a_task)))
    rows = slice(0, shown)
    return {
        "names": list(questions.names[rows]),
        "index": questions.index[rows].tolist(),
        "tasks": list(questions.tasks[:tasks]),
        "total": len(questions.sequences),
        "total_tasks": len(questions.tasks),
        "asked": min(count, len(questions.sequences)),
        "length": length,
        "source": questions.source,
        "bases": [decode(row) for row in questions.sequences[rows]],
        "labels": None if questions.labels is None else questions.labels[rows, :tasks].tolist(),
        "logits": questions.logits[rows, :tasks].astype(float).round(4).tolist(),
        "logits_std": None if questions.logits_std is None else questions.logits_std[rows, :tasks].round(4).tolist(),
        "unit": word(questions.unit),
        "places": _places(questions, shown),
        "assembly": assembly,
        "planted": planted(questions, sequences, shown),
        "methods": [_method(scores, name, own, questions, shown, tasks) for name, own in methods.items()],
        "left_out": left_out,
    }


def _places(questions: Questions, shown: int) -> list[dict[str, Any] | None] | None:
    """Where the first `shown` sequences lie: contig, start (from 0), end and the strand that the network read."""
    where = questions.loci
    if where is None:
        return None
    found: list[dict[str, Any] | None] = []
    for row in range(shown):
        each = where.interval(row)
        strand = str(where.strand[row])
        place = {"chrom": each.contig, "start": each.start, "end": each.end, "strand": strand} if each else None
        found.append(place)
    return found


def planted(questions: Questions, sequences: Sequences | None, shown: int) -> list[list[dict[str, Any]]] | None:
    """The motifs that were planted in the first `shown` sequences, in order of position; None where unknown."""
    if sequences is None or sequences.truth is None or sequences.source != questions.source:
        return None
    place = {row: number for number, row in enumerate(sequences.index.tolist())}
    rows = [place[row] for row in questions.index[:shown].tolist() if row in place]
    if len(rows) < shown or not np.array_equal(sequences.bases[rows], questions.sequences[:shown]):
        return None
    truth = sequences.truth
    return [
        [
            {
                "start": start,
                "end": start + sequences.widths[factor],
                "factor": sequences.factors[factor],
                "strand": "+" if strand > 0 else "-",
            }
            for start, factor, strand in zip(*(part[row].tolist() for part in _parts(truth)), strict=True)
            if factor >= 0
        ]
        for row in rows
    ]


def _parts(truth) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return truth.start, truth.factor, truth.strand


def _methods(path: Path, shape: tuple[int, ...]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Attributes of the methods that score every base, in the table's order; names of those that do something else."""
    attributes = read_attributes(path)
    order = [*(name for name in METHODS if name in attributes), *(name for name in attributes if name not in METHODS)]
    kept, left_out = {}, []
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "the methods"):
        for name in order:
            found = file.get(f"{name}/scores")
            fits = isinstance(found, h5py.Dataset) and found.shape == shape
            if isinstance(found, h5py.Dataset) and found.ndim == len(shape) and not fits:
                raise InputError(f"{path}: {name}/scores has shape {found.shape}; must be {shape}")
            if fits:
                kept[name] = attributes[name]
            else:
                left_out.append(name)
    return kept, left_out


def _method(
    path: Path, name: str, attributes: dict[str, Any], questions: Questions, shown: int, tasks: int
) -> dict[str, Any]:
    bases = questions.sequences[:shown]
    scores = read_rows(path, name, slice(0, len(bases)))[:, :tasks]
    observed = _only_observed(scores, bases)
    if observed is not None:
        scores = observed
    quantised = [quantise(row) for row in scores]
    effects = _EFFECTS.get(str(attributes.get("gauge"))) if name == "ism" else None
    effects = worded(effects, questions.unit) if effects else None
    return {
        "name": name,
        "label": axis_label(name, questions.unit),
        "dense": is_dense(str(attributes.get("reference", "none"))),
        **{key: str(attributes[key]) for key in _OF_THE_METHOD if key in attributes},
        "settings": {key: value for key, value in attributes.items() if key not in _OF_THE_METHOD},
        "effects": effects,
        "gauge": attributes.get("gauge") if effects else None,
        "columns": 1 if observed is not None else 4,
        "data": [each.data for each in quantised],
        "scale": [each.scale for each in quantised],
    }


def _only_observed(
    scores: Float[np.ndarray, "N T L 4"], bases: UInt8[np.ndarray, "N L"]
) -> Float[np.ndarray, "N T L"] | None:
    """Each position's number where only observed bases have one, as contributions do: a quarter of the size."""
    columns = np.minimum(bases, N - 1)[:, None, :, None]
    own = np.take_along_axis(scores, np.broadcast_to(columns, (*scores.shape[:3], 1)), axis=3)
    alone = np.where(np.arange(4) == columns, own, 0.0)
    alone[np.broadcast_to((bases == N)[:, None, :, None], alone.shape)] = 0.0
    return own[..., 0] if np.array_equal(alone, scores) else None
