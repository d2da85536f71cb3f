"""Does in-silico mutagenesis find the planted CTCF site? Shares of test sequences whose highest |score| lies inside it.

  python -m benchmarks.planted --workdir=runs/lab5

Counted are the test sequences that carry exactly one CTCF motif; among them those that the network calls positive.
"""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags

from genomics.data.dataset import load
from genomics.mutagenesis.naive import ism
from genomics.training.config import read
from genomics.training.load import load_predictor

WORKDIR = flags.DEFINE_string("workdir", "runs/lab5", "A run on simulated data.")
TASK = flags.DEFINE_string("task", "CTCF", "Which factor.")
_BATCH = 16


def main(argv: list[str]) -> None:
    del argv
    predictor, run = load_predictor(Path(WORKDIR.value)), read(Path(WORKDIR.value))
    data = load(run.config.data.path, tasks=run.config.data.tasks or None)
    split, factor, task = data.splits["test"], data.factors.index(TASK.value), data.tasks.index(TASK.value)
    if split.truth is None:
        raise app.UsageError(f"{run.config.data.path} holds no planted truth")
    planted = split.truth.factor == factor
    rows = np.flatnonzero(planted.sum(1) == 1)
    start = split.truth.start[rows, planted[rows].argmax(1)]

    @jax.jit
    def strongest(bases):
        def one(row):
            x = jax.nn.one_hot(row, 4)
            predict = lambda x: predictor.apply(predictor.parameters, x)  # noqa: E731
            return jnp.abs(ism(predict)(x).scores[task]).max(-1).argmax(), predict(x)[task]

        return jax.lax.map(one, bases, batch_size=_BATCH)

    place, logits = (np.asarray(values) for values in strongest(split.bases[rows]))
    inside = (place >= start) & (place < start + data.widths[factor])
    positive = logits > 0
    print(
        f"{len(rows)} test sequences with exactly one {TASK.value} motif: highest |score| inside in {inside.mean():.1%}"
    )
    print(f"{positive.sum()} of them predicted positive: inside in {inside[positive].mean():.1%}")


if __name__ == "__main__":
    app.run(main)
