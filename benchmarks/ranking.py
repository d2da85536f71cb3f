"""Which method finds planted motifs best? All methods ranked on simulated test sequences, as tables in Markdown.

  python -m benchmarks.ranking --workdir=runs/lab5 [--num_sequences=0] [--figure=FILE.png]

Every test sequence that holds a task's factor is graded unless --num_sequences says how many of the split are looked
at. Means with bootstrap intervals over sequences. The second table compares DeepLIFT by every rule and reference,
integrated gradients and mutagenesis with plain saliency, by differences of AUPRC in the same drawn sequences: read at
the observed base, as the first table does, and by the length over the four bases.
"""

import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from absl import flags
from jaxtyping import Float

from genomics.attribution.references import parse_reference
from genomics.command import run
from genomics.data.dataset import base_frequencies, load
from genomics.errors import InputError
from genomics.evaluation.bootstrap import bootstrap_means, interval
from genomics.evaluation.grading import Grades
from genomics.interpretation.ground_truth import Graded, grade_method, record, why_not
from genomics.interpretation.maps import computed_maps
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import ALL, METHODS
from genomics.interpretation.sequences import Sequences
from genomics.io.png import write_png
from genomics.models.predictor import Predictor
from genomics.plots.ranking import ranking_figure
from genomics.programs import method_flags, model_flags, sequence_flags

TASK = flags.DEFINE_string("task", "CTCF", "For which methods are compared with saliency.")
FIGURE = flags.DEFINE_string("figure", None, "Where to draw the ranking, FILE.png.")
_PLAIN = "saliency"
_RULES = ("rescale", "reveal_cancel", "genomics_default")
_MEASURES = ("auprc", "auroc", "top_inside")


def main(argv: list[str]) -> None:
    del argv
    predictor = model_flags.load_predictor()
    sequences = sequence_flags.load_sequences(
        predictor, tuple(range(len(predictor.tasks))), Path(tempfile.gettempdir()), default=0
    )
    why = why_not(sequences, predictor.tasks)
    if why or TASK.value not in predictor.tasks:
        raise InputError(why or f"--task={TASK.value}: must be one of {', '.join(predictor.tasks)}")
    seed = model_flags.SEED.value
    names = method_flags.asked_for()[0] if flags.FLAGS["methods"].present else {name: METHODS[name] for name in ALL}
    known, _ = method_flags.load_settings(predictor, seed, sequence_flags.data_path, names)
    started = time.monotonic()
    graded = {name: _graded(predictor, sequences, known[name]) for name in dict.fromkeys([_PLAIN, *names])}
    records = [record(name, each, seed) for name in names for each in graded[name]]
    print(f"\n{len(sequences.bases)} sequences of {sequences.source}, {predictor.source}\n")
    print(*_table(records, list(names)), sep="\n")
    if FIGURE.value:
        figure = ranking_figure(records, title=f"Do methods find the planted bases? {predictor.source}")
        write_png(FIGURE.value, figure)
    print()
    print(*_against_saliency(predictor, sequences, known, graded), sep="\n")
    print(f"\n{time.monotonic() - started:.0f} s")


def _graded(predictor: Predictor, sequences: Sequences, explainer: Explainer) -> list[Graded]:
    maps = computed_maps(predictor, sequences, explainer, model_flags.BATCH_SIZE.value)
    return grade_method(maps, sequences, predictor.tasks)


def _table(records: Sequence[dict], names: Sequence[str]) -> list[str]:
    """A row for each method, the best on average first; a column for each task."""
    tasks = list(dict.fromkeys(entry["task"] for entry in records))
    own = {(entry["method"], entry["task"]): entry for entry in records}
    mean = {name: np.mean([own[name, task]["auprc"][0] for task in tasks]) for name in names}
    heads = [f"{task}: AUPRC | AUROC | top inside" for task in tasks]
    lines = [f"| method | {' | '.join(heads)} |", "|---" * (1 + len(heads) * len(_MEASURES)) + "|"]
    for name in sorted(names, key=lambda name: -mean[name]):
        cells = (_cell(own[name, task][measure]) for task in tasks for measure in _MEASURES)
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    chances = [f"{own[names[0], task]['chance']:.3f} | 0.5 | {own[names[0], task]['chance']:.3f}" for task in tasks]
    sizes = ", ".join(f"{own[names[0], task]['sequences']} for {task}" for task in tasks)
    return [*lines, f"| chance | {' | '.join(chances)} |", "", f"sequences that hold the factor: {sizes}"]


def _against_saliency(
    predictor: Predictor, sequences: Sequences, known: dict[str, Explainer], graded: dict[str, list[Graded]]
) -> list[str]:
    """AUPRC minus that of saliency, for one task, in two readings."""
    seed = model_flags.SEED.value
    asked = {"ism": known["ism"]}
    for text, reference in _references(seed).items():
        asked[f"integrated_gradients, {text}"] = _changed(known["integrated_gradients"], reference=reference)
    for rule in _RULES:
        for text, reference in _references(seed).items():
            asked[f"deeplift {rule}, {text}"] = _changed(known["deeplift"], rule=rule, reference=reference)
    plain = _of_task(graded[_PLAIN])
    lines = [
        f"{TASK.value}: AUPRC, and how much above {_PLAIN} ({plain.at_base.auprc.mean():.3f} at the observed base, "
        f"{plain.any_base.auprc.mean():.3f} over four bases)",
        "",
        "| method | at the observed base | above saliency | over four bases | above saliency |",
        "|---|---|---|---|---|",
    ]
    above = 0
    for label, explainer in asked.items():
        own = _of_task(_graded(predictor, sequences, explainer))
        cells = []
        for mine, theirs in ((own.at_base, plain.at_base), (own.any_base, plain.any_base)):
            difference = _difference(mine, theirs, seed)
            cells += [f"{mine.auprc.mean():.3f}", _cell(difference, sign="+")]
            above += difference[0] > 0 and mine is own.at_base
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return [*lines, "", f"{above} of {len(asked)} are above {_PLAIN} at the observed base"]


def _changed(explainer: Explainer, **settings: object) -> Explainer:
    return dataclasses.replace(explainer, settings=dataclasses.replace(explainer.settings, **settings))


def _references(seed: int) -> dict[str, object]:
    training = load(sequence_flags.data_path(), splits=["train"]).splits["train"].bases
    background = base_frequencies(training).tolist()
    texts = ("zeros", "uniform", "background", "dinucleotide:20")
    return {text: parse_reference(text, background=background, seed=seed) for text in texts}


def _of_task(graded: Sequence[Graded]) -> Graded:
    return next(each for each in graded if each.task == TASK.value)


def _difference(one: Grades, other: Grades, seed: int) -> tuple[float, float, float]:
    values: Float[np.ndarray, " M"] = one.auprc - other.auprc
    return interval(float(values.mean()), bootstrap_means(values[:, None], seed=seed)[:, 0])


def _cell(found: Sequence[float], sign: str = "") -> str:
    value, low, high = (f"{number:{sign}.3f}" for number in found)
    return f"{value} ({low} to {high})"


if __name__ == "__main__":
    run(main, define=method_flags.define_own)
