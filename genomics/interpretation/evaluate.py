"""`--evaluate`: can the methods that a `scores.h5` holds be trusted?"""

import functools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from genomics import __version__
from genomics.errors import InputError
from genomics.evaluation import bootstrap
from genomics.interpretation import evaluation_files as files
from genomics.interpretation import ground_truth
from genomics.interpretation.evaluation_figures import draw_evaluation
from genomics.interpretation.evaluation_parts import earlier, key, once
from genomics.interpretation.faithfulness import judge, prepare
from genomics.interpretation.identity import decisive, identity
from genomics.interpretation.maps import computed_maps, stored_maps
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import METHODS
from genomics.interpretation.methods.mutations import Mutagenesis
from genomics.interpretation.sanity import notes, randomization
from genomics.interpretation.sequences import Sequences, select
from genomics.io.parts import differences, discard
from genomics.io.scores import read_attributes, read_questions
from genomics.lenses.units import word, worded
from genomics.models.predictor import Predictor

#: Sequences, the first ones, whose bases are replaced and whose network is randomised; all are graded.
MOST_SEQUENCES = 100

# Gauges in which mutation effects keep the order and the proportions of differences of logits.
_EXACT_GAUGES = ("delta", "centred", "projected")
_Held = Mapping[str, dict[str, Any]]


def check(methods: Collection[str], scores: Path) -> None:
    """Raises `InputError` where neither the methods asked for nor those in the file score each of the four bases."""
    held = read_attributes(scores) if scores.exists() else {}
    if not any(_per_base(name) for name in (*methods, *held)):
        able = ", ".join(name for name in METHODS if _per_base(name))
        raise InputError(f"--evaluate: --methods={','.join(methods)}: there must be scores of one of {able}")


def _per_base(name: str) -> bool:
    """Whether a method has a score for each of the four bases; a user's own one must have."""
    return name not in METHODS or METHODS[name].per_base


def evaluate(
    predictor: Predictor,
    sequences: Sequences,
    scores: Path,
    explainers: Mapping[str, Explainer],
    *,
    seed: int,
    draws: int,
    split: str | None = None,
    batch_size: int | None = None,
) -> list[str]:
    """Evaluates all methods of a `scores.h5` that have a score for each of the four bases.

    Beside the scores it writes `evaluation.json`, `evaluation.tsv` and, in `figures`, `evaluation.png`,
    `faithfulness.png` and `randomization.png`. What an earlier evaluation of the same question holds, or one that was
    stopped has left in `parts/evaluation`, is not computed again.

    Args:
      predictor: with only the tasks that are asked about.
      sequences: those of the file.
      scores: the file.
      explainers: the methods by name; those of the file that are not among them are not randomised.
      seed: of everything random in the evaluation.
      draws: of the randomisation of parameters; 0 leaves it out.
      split: of the data set that the sequences are from.
      batch_size: sequences at a time; None = sized to the memory.

    Returns:
      Lines for the user: the ranking, what was found and left out, and where everything is.

    Raises:
      InputError: no method can be evaluated, a score is not finite, or a file cannot be written.
    """
    check([], scores)
    questions, held, output = read_questions(scores), read_attributes(scores), scores.parent
    methods = [name for name in dict.fromkeys([*METHODS, *explainers, *held]) if name in held and _per_base(name)]
    tasks, few = predictor.tasks, select(sequences.as_read(), "all", MOST_SEQUENCES, range(len(predictor.tasks)))
    asked = identity(sequences, tasks, predictor.fingerprint) | {"seed": seed, "version": __version__}
    keys = {
        part: {name: key(asked, decisive(held[name]), own) for name in methods}
        for part, own in (("faithfulness", MOST_SEQUENCES), ("randomization", [MOST_SEQUENCES, draws]))
    }
    have = earlier(output / "evaluation.json", output / "parts" / "evaluation")
    remarks = []

    @functools.cache
    def yardstick():
        exact = _mutagenesis(predictor, few, scores, held, batch_size)
        return prepare(predictor, few, exact, seed, batch_size)

    why = ground_truth.why_not(sequences, tasks)
    graded, faithful = [], []
    for name in methods:
        maps = stored_maps(scores, questions, name)
        if why is None:
            own = ground_truth.grade_method(maps, sequences, tasks)
            graded += [ground_truth.record(name, each, seed) for each in own]
        signed = maps.signed[: len(few.bases)]
        found = once(have, "faithfulness", name, keys["faithfulness"][name], lambda: judge(yardstick(), name, signed))
        faithful += files.restored(found)

    randomised: dict[str, Any] = {"why": "other flags than those of the scores" if draws else "--evaluate_draws=0"}
    for name in methods if draws else ():
        if name not in explainers:
            remarks.append(f"{name} is not randomised: name {held[name].get('source', 'it')} in --methods again")
            continue
        changed = differences(decisive(held[name]), decisive(explainers[name].attributes()))
        if changed:
            remarks.append(f"{name} is not randomised: give the flags of its scores again: {changed}")
            continue
        found = once(
            have,
            "randomization",
            name,
            keys["randomization"][name],
            lambda: randomization(predictor, few, [explainers[name]], draws, seed, batch_size),
        )
        entries = [*randomised.get("methods", ()), *found.get("methods", ())]
        randomised = {**found, "methods": entries} if entries else found
    remarks += notes(randomised)
    remarks += [f"not randomised: {randomised['why']}"] if "why" in randomised else []
    remarks += [f"not graded against planted motifs: {why}"] if why else []
    remarks += _tasks_left_out(graded, tasks) if why is None else []
    silent = [entry["task"] for entry in faithful if entry["method"] == methods[0] and not entry["sequences"]]
    positive = worded("no sequence has a logit above 0", predictor.unit)
    remarks += [f"no deletion and insertion: {', '.join(silent)}: {positive}"] if silent else []

    files.write_table(output / "evaluation.tsv", graded, faithful)
    drawn = draw_evaluation(output / "figures", graded, faithful, randomised, word(predictor.unit))
    evaluation = {
        "split": split,
        "model": predictor.fingerprint,
        "source": sequences.source,
        "sequences": len(sequences.bases),
        "seed": seed,
        "bootstrap": bootstrap.DRAWS,
        "methods": methods,
        "tasks": tasks,
        "ground_truth": graded if why is None else {"why": why},
        "faithfulness": faithful,
        "randomization": randomised,
        "ranking": ground_truth.ranking(graded),
        "notes": remarks,
        "attributes": {name: held[name] for name in methods},
        "keys": keys,
    }
    files.save(output / "evaluation.json", evaluation)
    if (output / "parts").exists():
        discard(output / "parts", ["evaluation"])
    places = [output / "evaluation.json", output / "evaluation.tsv", *drawn]
    return [
        *(worded(line, predictor.unit) for line in files.told(graded, faithful)),
        *(f"note: {each}" for each in remarks),
        *(f"evaluation: {p}" for p in places),
    ]


def _mutagenesis(
    predictor: Predictor,
    few: Sequences,
    scores: Path,
    held: _Held,
    batch_size: int | None,
) -> Float[np.ndarray, "N T L"]:
    """What bases are worth by exact mutagenesis: those of the file where it holds them, computed now otherwise."""
    own = held.get("ism", {})
    if own.get("gauge") in _EXACT_GAUGES:
        return stored_maps(scores, read_questions(scores), "ism").signed[: len(few.bases)]
    exact = Explainer(name="ism", method=METHODS["ism"], settings=Mutagenesis(gauge="delta"))
    return computed_maps(predictor, few, exact, batch_size).signed


def _tasks_left_out(graded: Sequence[Mapping[str, Any]], tasks: Sequence[str]) -> list[str]:
    counts = {entry["task"]: entry["sequences"] for entry in graded}
    without = [task for task in tasks if task not in counts]
    empty = [task for task, count in counts.items() if not count]
    lines = [f"not graded: {', '.join(without)}: no planted factor has this name"] if without else []
    return [*lines, f"not graded: {', '.join(empty)}: no sequence holds the factor"] if empty else lines
