"""From questions to `scores.h5`, method by method, part by part; what is finished is never computed again."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from genomics import __version__
from genomics.errors import UnsuitedError
from genomics.interpretation.batches import in_batches
from genomics.interpretation.explanation import Explanation, explanation, prediction
from genomics.interpretation.filling import fill
from genomics.interpretation.finite import check_all, check_logits, why_not
from genomics.interpretation.identity import check_settings, held_methods, identity
from genomics.interpretation.method import Explainer
from genomics.interpretation.sequences import Sequences
from genomics.io.parts import claim, discard, whole_parts
from genomics.io.scores import Answer, Questions, read_questions, write_scores
from genomics.lenses.units import worded
from genomics.models.predictor import Predictor


def score(
    predictor: Predictor,
    sequences: Sequences,
    explainers: Sequence[Explainer],
    output: Path,
    batch_size: int | None = None,
    *,
    passing_over: Collection[str] = (),
) -> tuple[Path, Questions]:
    """Applies methods to sequences and adds the results to `OUTPUT/scores.h5`.

    Args:
      predictor: the network, with only the tasks that are asked about.
      sequences: N of them.
      explainers: the methods; those that the file already holds are not computed again.
      output: folder of `scores.h5`; parts of an unfinished run lie in its folder `parts`.
      batch_size: sequences at a time; None = sized to the memory.
      passing_over: of the methods, those that are left out, and this is said, where they cannot explain this network.

    Returns:
      The file, and what is in it beside the scores.

    Raises:
      InputError: the folder holds scores of other sequences, of another network, or of these methods under other
        settings; a method cannot explain this network; logits or scores are not finite; or a file cannot be written.
    """
    path, parts = output / "scores.h5", output / "parts"
    read, reverse = sequences.as_read(), sequences.reverse
    asked = identity(sequences, predictor.tasks, predictor.fingerprint)
    held = held_methods(path, asked)
    attributes = {each.name: {**each.attributes(), "version": __version__} for each in explainers}
    for own in attributes.values():
        own["definition"] = worded(own["definition"], predictor.unit)
        if predictor.definition:
            own["explained"] = predictor.definition
    for name, wanted in attributes.items():
        check_settings(path, name, held.get(name), wanted)
    missing = {each.name: each for each in explainers if each.name not in held}
    explanations: dict[str, Explanation] = {}
    for name, explainer in missing.items():
        try:
            explanations[name] = explanation(predictor, read, explainer)
        except UnsuitedError as error:
            if name not in passing_over:
                raise
            print(f"note: {name} is left out: {error}")
    claim(parts, asked)
    questions = read_questions(path) if path.exists() else _questions(predictor, sequences, batch_size)
    check_logits(questions)
    for name in explanations:
        claim(parts / name, attributes[name])
    fill(parts, explanations, predictor.parameters, reverse, batch_size)
    answers, faults = [], []
    for name in explanations:
        answer = Answer(name=name, parts=whole_parts(parts / name), attributes=attributes[name])
        fault = why_not(name, answer.parts, questions)
        if fault is None:
            answers.append(answer)
        else:
            faults.append(fault)
    if answers:
        write_scores(path, questions, answers)
    check_all(faults, parts)
    discard(parts, list(attributes))  # also what a kill between the write and this line has left
    return path, questions


def _questions(predictor: Predictor, sequences: Sequences, batch_size: int | None) -> Questions:
    predict, count = prediction(predictor, sequences.as_read()), len(sequences.bases)
    batches = list(in_batches(predict.function, predictor.parameters, predict.inputs, count, batch_size=batch_size))
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
        unit=predictor.unit,
        loci=sequences.loci,
    )
