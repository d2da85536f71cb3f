"""Do maps depend on what the network has learned? Layers randomised one after the other, and shuffled labels.

  python -m benchmarks.sanity --workdir=runs/lab5 [--shuffled=runs/lab5_shuffled] [--draws=10] [--figure=FILE.png]

Spearman's correlation with the maps of the trained network over --num_sequences x tasks x --draws, mean and standard
deviation, for all methods unless --methods says which. Of --shuffled the last checkpoint counts: by validation loss, a
network that was trained on shuffled labels is best before it has learned anything.
"""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.interpretation.method import Explainer
from genomics.interpretation.methods import ALL, METHODS
from genomics.interpretation.sanity import comparison, notes, randomization
from genomics.interpretation.sequences import Sequences
from genomics.io.atomic import write_text
from genomics.io.png import write_png
from genomics.models.predictor import Predictor
from genomics.plots.randomization import randomization_figure
from genomics.programs import method_flags, model_flags, sequence_flags
from genomics.programs.tasks import restricted
from genomics.training.load import load_predictor

SHUFFLED = flags.DEFINE_string("shuffled", None, "A run on shuffled labels, whose maps are compared too.")
DRAWS = flags.DEFINE_integer("draws", 10, "How often all parameters are drawn anew.", lower_bound=1)
FIGURE = flags.DEFINE_string("figure", None, "Where to draw the similarities, FILE.png.")
RECORD = flags.DEFINE_string("record", None, "Where to write all numbers, FILE.json.")


def main(argv: list[str]) -> None:
    del argv
    methods = method_flags.asked_for()[0] if flags.FLAGS["methods"].present else {name: METHODS[name] for name in ALL}
    whole = model_flags.load_predictor()
    tasks = model_flags.chosen_tasks(whole.tasks)
    predictor = restricted(whole, tasks)
    known, _ = method_flags.load_settings(predictor, model_flags.SEED.value, sequence_flags.data_path, methods)
    explainers = [known[name] for name in methods]
    sequences = sequence_flags.load_sequences(whole, tasks, Path(tempfile.gettempdir()))
    record: dict[str, Any] = {"randomization": randomized(predictor, sequences, explainers)}
    if SHUFFLED.value:
        other = restricted(load_predictor(Path(SHUFFLED.value), "last"), tasks)
        record["shuffled"] = compared(predictor, other, sequences, explainers)
    if RECORD.value:
        write_text(RECORD.value, json.dumps(record, indent=2) + "\n")


def randomized(predictor: Predictor, sequences: Sequences, explainers: list[Explainer]) -> dict:
    """Redraws the parameters, prints the table and draws the figure."""
    began = time.perf_counter()
    found = randomization(
        predictor,
        sequences,
        explainers,
        draws=DRAWS.value,
        seed=model_flags.SEED.value,
        batch_size=model_flags.BATCH_SIZE.value,
    )
    if "why" in found:
        raise InputError(found["why"])
    print(f"{len(sequences.bases)} sequences, {DRAWS.value} draws: {time.perf_counter() - began:.0f} s")
    for kind in ("signed", "absolute"):
        print(f"\n{kind} maps".ljust(24) + "".join(name.rjust(18) for name in found["layers"]))
        for entry in found["methods"]:
            cells = zip(entry[f"{kind}_mean"], entry[f"{kind}_std"], strict=True)
            print(entry["method"].ljust(23) + "".join(_cell(mean, spread).rjust(18) for mean, spread in cells))
    print(*notes(found), sep="\n")
    if FIGURE.value:
        write_png(FIGURE.value, randomization_figure(found), dpi=120)
    return found


def compared(predictor: Predictor, other: Predictor, sequences: Sequences, explainers: list[Explainer]) -> list[dict]:
    """Prints how similar the maps of the two networks are."""
    found = comparison(predictor, other, sequences, explainers, model_flags.BATCH_SIZE.value)
    print(f"\n{other.source}, trained on shuffled labels".ljust(60) + "signed".rjust(18) + "absolute".rjust(18))
    for entry in found:
        cells = (_cell(entry[f"{kind}_mean"], entry[f"{kind}_std"]).rjust(18) for kind in ("signed", "absolute"))
        print(entry["method"].ljust(59) + "".join(cells))
    return found


def _cell(mean: float | None, spread: float | None) -> str:
    return "-" if mean is None or spread is None else f"{mean:+.3f} ({spread:.3f})"


if __name__ == "__main__":
    run(main, define=method_flags.define_own)
