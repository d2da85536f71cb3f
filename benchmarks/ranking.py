"""Which method finds planted motifs best? All methods ranked on simulated test sequences, as tables in Markdown.

  python -m benchmarks.ranking --workdir=runs/lab5 [--num_sequences=0] [--figure=FILE.png]

Every test sequence that holds a task's factor is graded unless --num_sequences says how many of the split are looked
at. Means with bootstrap intervals over sequences. The second table compares DeepLIFT by every rule and reference,
integrated gradients and mutagenesis with plain saliency, by differences of AUPRC in the same drawn sequences: read at
the observed base, as the first table does, and by the length over the four bases.
"""

import dataclasses
import time
from collections.abc import Sequence

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
from genomics.interpretation.method import Settings
from genomics.interpretation.methods import chosen
from genomics.interpretation.sequences import Sequences
from genomics.io.atomic import replacing
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
    network = model_flags.load_predictor()
    sequences = sequence_flags.load_sequences(network, tuple(range(len(network.tasks))), default=0)
    why = why_not(sequences, network.tasks)
    if why or TASK.value not in network.tasks:
        raise InputError(why or f"--task={TASK.value}: must be one of {', '.join(network.tasks)}")
    settings = method_flags.load_settings(network, model_flags.SEED.value, sequence_flags.data_path)
    names = chosen(method_flags.NAMES.value if flags.FLAGS["methods"].present else ["all"])
    started = time.monotonic()
    graded = {name: _graded(network, sequences, name, settings) for name in dict.fromkeys([_PLAIN, *names])}
    records = [record(name, each, settings.seed) for name in names for each in graded[name]]
    print(f"\n{len(sequences.bases)} sequences of {sequences.source}, {network.source}\n")
    print(*_table(records, names), sep="\n")
    if FIGURE.value:
        with replacing(FIGURE.value) as temporary:
            figure = ranking_figure(records, title=f"Do methods find the planted bases? {network.source}")
            figure.savefig(temporary, format="png")
    print()
    print(*_against_saliency(network, sequences, settings, graded), sep="\n")
    print(f"\n{time.monotonic() - started:.0f} s")


def _graded(network: Predictor, sequences: Sequences, name: str, settings: Settings) -> list[Graded]:
    maps = computed_maps(network, sequences, name, settings, model_flags.BATCH_SIZE.value)
    return grade_method(maps, sequences, network.tasks)


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
    network: Predictor, sequences: Sequences, settings: Settings, graded: dict[str, list[Graded]]
) -> list[str]:
    """AUPRC minus that of saliency, for one task, in two readings."""
    asked = {"ism": ("ism", settings)}
    for text, reference in _references(settings).items():
        changed = dataclasses.replace(settings, reference=reference)
        asked[f"integrated_gradients, {text}"] = ("integrated_gradients", changed)
    for rule in _RULES:
        for text, reference in _references(settings).items():
            changed = dataclasses.replace(settings, rule=rule, reference=reference)
            asked[f"deeplift {rule}, {text}"] = ("deeplift", changed)
    plain = _of_task(graded[_PLAIN])
    lines = [
        f"{TASK.value}: AUPRC, and how much above {_PLAIN} ({plain.at_base.auprc.mean():.3f} at the observed base, "
        f"{plain.any_base.auprc.mean():.3f} over four bases)",
        "",
        "| method | at the observed base | above saliency | over four bases | above saliency |",
        "|---|---|---|---|---|",
    ]
    above = 0
    for label, (name, changed) in asked.items():
        own = _of_task(_graded(network, sequences, name, changed))
        cells = []
        for mine, theirs in ((own.at_base, plain.at_base), (own.any_base, plain.any_base)):
            difference = _difference(mine, theirs, settings.seed)
            cells += [f"{mine.auprc.mean():.3f}", _cell(difference, sign="+")]
            above += difference[0] > 0 and mine is own.at_base
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return [*lines, "", f"{above} of {len(asked)} are above {_PLAIN} at the observed base"]


def _references(settings: Settings) -> dict[str, object]:
    training = load(sequence_flags.data_path(), splits=["train"]).splits["train"].bases
    background = base_frequencies(training).tolist()
    texts = ("zeros", "uniform", "background", "dinucleotide:20")
    return {text: parse_reference(text, background=background, seed=settings.seed) for text in texts}


def _of_task(graded: Sequence[Graded]) -> Graded:
    return next(each for each in graded if each.task == TASK.value)


def _difference(one: Grades, other: Grades, seed: int) -> tuple[float, float, float]:
    values: Float[np.ndarray, " M"] = one.auprc - other.auprc
    return interval(float(values.mean()), bootstrap_means(values[:, None], seed=seed)[:, 0])


def _cell(found: Sequence[float], sign: str = "") -> str:
    value, low, high = (f"{number:{sign}.3f}" for number in found)
    return f"{value} ({low} to {high})"


if __name__ == "__main__":
    run(main)
