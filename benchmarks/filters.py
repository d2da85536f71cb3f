"""Seconds of the analysis of a network's filters, step by step, on the test split that it was trained with.

  python -m benchmarks.filters --workdir=runs/lab5 [--num_sequences=5000]

The first comparison with the database in an installation compiles for about a minute; it is called once before the
clock starts, as everything else is compiled within its time.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from absl import flags

from genomics.command import run
from genomics.data.dataset import load
from genomics.data.motifs import motif_database
from genomics.errors import InputError
from genomics.motifs.filters import filter_motifs
from genomics.motifs.influence import influence
from genomics.motifs.layer import read_layer
from genomics.motifs.match import LEAST_R, MOST_Q, match
from genomics.motifs.sites import find_sites
from genomics.programs.workdir import WORKDIR
from genomics.training import config as configuration
from genomics.training.load import load_predictor

NUM_SEQUENCES = flags.DEFINE_integer("num_sequences", 5000, "How many are looked at.", lower_bound=1)

Result = TypeVar("Result")


def main(argv: list[str]) -> None:
    del argv
    if not WORKDIR.value:
        raise InputError("--workdir must name a training run")
    workdir = Path(WORKDIR.value)
    predictor = load_predictor(workdir)
    split = load(configuration.read(workdir).config.data.path, splits=["test"]).splits["test"]
    bases, labels = split.bases[: NUM_SEQUENCES.value], split.labels[: NUM_SEQUENCES.value]
    database = motif_database()
    match(database[:2], database)

    def predict(x):
        return predictor.apply(predictor.parameters, x)

    print(f"{len(bases)} sequences of {bases.shape[1]} bases")
    layer = timed("read the layer", lambda: read_layer(predict, bases.shape[1]))
    timed("find sites", lambda: find_sites(predict, bases, layer))
    timed("influence", lambda: influence(predict, bases, layer, labels))
    found = timed("all, with matches", lambda: filter_motifs(predict, bases, labels, database))
    for reading, matches in (
        ("their sites", [each.match for each in found]),
        ("their weights alone", [each.weights_match for each in found]),
    ):
        good = [best for best in matches if best and best.q < MOST_Q and best.correlation > LEAST_R]
        for factor in predictor.tasks:
            named = [best.q for best in good if factor.lower() == best.target.name.lower()]
            told = f", lowest q {min(named):.1e}" if named else ""
            print(f"{factor}: matched by {reading}: {len(named)} of {len(found)} filters{told}")


def timed(name: str, function: Callable[[], Result]) -> Result:
    start = time.perf_counter()
    result = function()
    print(f"{name}: {time.perf_counter() - start:.2f} s")
    return result


if __name__ == "__main__":
    run(main)
