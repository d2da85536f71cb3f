"""From questions to `scores.h5`, method by method, part by part; what is finished is never computed again."""

import dataclasses
import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from genomics import __version__
from genomics.attribution.references import Reference, sequence_seed, shared_rows, shuffled_rows
from genomics.errors import InputError
from genomics.interpretation.batches import Inputs, OfOneSequence, in_batches, over_replicates
from genomics.interpretation.method import Own, Settings
from genomics.interpretation.methods import METHODS
from genomics.interpretation.progress import progress
from genomics.interpretation.sequences import Sequences
from genomics.io.parts import claim, differences, discard, whole_parts, write_part
from genomics.io.scores import Answer, Questions, read_attributes, read_questions, write_scores
from genomics.models.predictor import Predictor

# A part ends after so many bytes or seconds, whatever comes first: a killed run loses no more.
_PART_BYTES = 16 * 2**20
_PART_SECONDS = 5.0


def score(
    predictor: Predictor,
    sequences: Sequences,
    methods: list[str],
    settings: Settings,
    output: Path,
    batch_size: int | None = None,
) -> tuple[Path, Questions]:
    """Applies methods to sequences and adds the results to `OUTPUT/scores.h5`.

    Args:
      predictor: the network, with only the tasks that are asked about.
      sequences: N of them.
      methods: names in the table `METHODS`; those that the file already holds are not computed again.
      settings: of the methods.
      output: folder of `scores.h5`; parts of an unfinished run lie in its folder `parts`.
      batch_size: sequences at a time; None = sized to the memory.

    Returns:
      The file, and what is in it beside the scores.

    Raises:
      InputError: the folder holds scores of other sequences, of another network, or of these methods under other
        settings; or a file cannot be written.
    """
    path, parts = output / "scores.h5", output / "parts"
    identity = _identity(sequences, predictor.tasks, predictor.fingerprint)
    held = _held(path, identity)
    attributes = {name: {**METHODS[name].attributes(settings), "version": __version__} for name in methods}
    for name in methods:
        _check_settings(path, name, held.get(name), attributes[name])
    claim(parts, identity)
    questions = read_questions(path) if path.exists() else _questions(predictor, sequences, batch_size)
    answers = []
    for name in methods:
        if name in held:
            print(f"{name}: {path} holds it already")
            continue
        claim(parts / name, attributes[name])
        reference = METHODS[name].reference_of(settings)
        explain = over_replicates(_explanation(predictor, name, settings, reference), predictor.replicates)
        inputs = _inputs(sequences, reference, settings.seed)
        _fill(parts / name, name, explain, predictor.parameters, inputs, len(sequences.bases), batch_size)
        answers.append(Answer(name=name, parts=whole_parts(parts / name), attributes=attributes[name]))
    if answers:
        write_scores(path, questions, answers)
    discard(parts, [answer.name for answer in answers])
    return path, questions


def _identity(sequences: Sequences, tasks: tuple[str, ...], fingerprint: str) -> dict[str, Any]:
    """What all scores of a file have in common."""
    return {
        "model": fingerprint[:16],
        "tasks": list(tasks),
        "number of sequences": len(sequences.bases),
        "sequences": _digest(sequences.bases, sequences.names, sequences.index),
    }


def _digest(bases: np.ndarray, names: tuple[str, ...], index: np.ndarray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(bases).tobytes() + np.ascontiguousarray(index).tobytes())
    digest.update("\n".join(names).encode())
    return digest.hexdigest()[:16]


def _held(path: Path, identity: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Attributes of the methods that the file holds, once it is sure that it answers the same questions."""
    if not path.exists():
        return {}
    questions = read_questions(path)
    found = {
        "model": questions.fingerprint[:16],
        "tasks": list(questions.tasks),
        "number of sequences": len(questions.sequences),
        "sequences": _digest(questions.sequences, questions.names, questions.index),
    }
    differing = differences(found, identity)
    if differing:
        raise InputError(f"{path}: holds scores for another question: {differing}; give another --output")
    return read_attributes(path)


def _check_settings(path: Path, name: str, held: dict[str, Any] | None, wanted: dict[str, Any]) -> None:
    if held is None:
        return
    told = ("definition", "citation", "version")
    differing = differences(*({key: v for key, v in each.items() if key not in told} for each in (held, wanted)))
    if differing:
        raise InputError(f"{path}: holds {name} under other settings: {differing}; give another --output")


def _questions(predictor: Predictor, sequences: Sequences, batch_size: int | None) -> Questions:
    def logits(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        return {"logits": predictor.apply(parameters, jax.nn.one_hot(own["bases"], 4))}

    predict = over_replicates(logits, predictor.replicates)
    count = len(sequences.bases)
    batches = list(in_batches(predict, predictor.parameters, _inputs(sequences), count, batch_size=batch_size))
    arrays = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return Questions(
        sequences=sequences.bases,
        names=sequences.names,
        index=sequences.index,
        labels=sequences.labels,
        tasks=predictor.tasks,
        logits=arrays["logits"],
        logits_std=arrays.get("logits_std"),
        fingerprint=predictor.fingerprint,
        model=predictor.source,
        source=sequences.source,
    )


def _inputs(sequences: Sequences, reference: Reference | None = None, seed: int = 0) -> Inputs:
    """What belongs to some sequences: their bases, a number of their own for random draws, their shuffles."""

    def inputs(numbers: np.ndarray) -> dict[str, np.ndarray]:
        bases = sequences.bases[numbers]
        draw = np.array([sequence_seed(codes, seed) & 0xFFFFFFFF for codes in bases], np.uint32)
        own = {"bases": bases, "draw": draw}
        if reference and reference.shuffles:
            own["references"], _ = shuffled_rows(reference, bases)
        return own

    return inputs


def _explanation(predictor: Predictor, name: str, settings: Settings, reference: Reference | None) -> OfOneSequence:
    shared = shared_rows(reference, predictor.length) if reference else None

    def explain(parameters: Any, own: Mapping[str, Array]) -> dict[str, Array]:
        references = jax.nn.one_hot(own["references"], 4) if "references" in own else shared
        key = jax.random.fold_in(jax.random.key(settings.seed), own["draw"])
        belongings = Own(references=references, key=key)
        method = METHODS[name].build(lambda x: predictor.apply(parameters, x), settings, belongings)
        attribution = method(jax.nn.one_hot(own["bases"], 4))
        fields = {field.name: getattr(attribution, field.name) for field in dataclasses.fields(attribution)}
        return {field: values for field, values in fields.items() if values is not None}

    return explain


def _fill(
    folder: Path,
    name: str,
    explain: OfOneSequence,
    parameters: Any,
    inputs: Inputs,
    count: int,
    batch_size: int | None,
) -> None:
    """Computes the parts that are not there yet."""
    done = whole_parts(folder)
    start = done[-1].end if done else 0
    with progress(name, count, start) as advance:
        waiting: list[dict[str, np.ndarray]] = []
        since = time.monotonic()
        for batch in in_batches(explain, parameters, inputs, count, start=start, batch_size=batch_size):
            waiting.append(batch)
            size = sum(values.nbytes for each in waiting for values in each.values())
            if size >= _PART_BYTES or time.monotonic() - since >= _PART_SECONDS:
                start = _save(folder, start, waiting)
                waiting, since = [], time.monotonic()
            advance(len(batch["scores"]))
        if waiting:
            _save(folder, start, waiting)


def _save(folder: Path, start: int, batches: list[dict[str, np.ndarray]]) -> int:
    """Writes batches as one part; returns the row after it."""
    arrays = {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}
    return write_part(folder, start, arrays).end
