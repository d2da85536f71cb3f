"""Whether a folder's scores answer the question that is asked now."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.interpretation.sequences import Sequences
from genomics.io.parts import differences
from genomics.io.scores import check_scores, read_attributes, read_questions
from genomics.sequence.loci import Loci

# What is told beside scores without changing them; strands are a lens now, which the model's fingerprint tells.
_TOLD = ("definition", "citation", "version", "source", "explained")
_EARLIER = {"average_strands": False}


def identity(sequences: Sequences, tasks: tuple[str, ...], fingerprint: str) -> dict[str, Any]:
    """What all scores of a file have in common."""
    return {
        "model": fingerprint[:16],
        "tasks": list(tasks),
        "number of sequences": len(sequences.bases),
        "sequences": _digest(sequences.bases, sequences.names, sequences.index, sequences.loci),
    }


def _digest(bases: np.ndarray, names: tuple[str, ...], index: np.ndarray, where: Loci | None) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(bases).tobytes() + np.ascontiguousarray(index).tobytes())
    digest.update("\n".join(names).encode())
    if where is not None:
        digest.update(repr([list(map(str, where.chrom)), where.start.tolist(), list(map(str, where.strand))]).encode())
    return digest.hexdigest()[:16]


def held_methods(path: Path, asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Attributes of the methods that a file holds; none where there is no file.

    Args:
      path: of a `scores.h5`.
      asked: the `identity` of what is asked now.

    Raises:
      InputError: the file answers another question, and the message names each difference; or it is damaged.
    """
    if not path.exists():
        return {}
    questions = read_questions(path)
    found = {
        "model": questions.fingerprint[:16],
        "tasks": list(questions.tasks),
        "number of sequences": len(questions.sequences),
        "sequences": _digest(questions.sequences, questions.names, questions.index, questions.loci),
    }
    differing = differences(found, asked)
    if differing:
        raise InputError(f"{path}: holds scores for another question: {differing}; give another --output")
    check_scores(path)
    return read_attributes(path)


def check_settings(path: Path, name: str, held: dict[str, Any] | None, wanted: dict[str, Any]) -> None:
    """Raises `InputError` where a file holds a method under other settings than those wanted now."""
    differing = "" if held is None else differences(decisive(held), decisive(wanted))
    if differing:
        raise InputError(f"{path}: holds {name} under other settings: {differing}; give another --output")


def decisive(attributes: dict[str, Any]) -> dict[str, Any]:
    """Those of a method's attributes that its scores depend on."""
    known = {key: value for key, value in attributes.items() if key not in _TOLD}
    return {key: value for key, value in known.items() if key not in _EARLIER or value != _EARLIER[key]}
