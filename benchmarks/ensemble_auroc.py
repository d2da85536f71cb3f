"""What the networks of a run tell together: loss and AUROC of each, of their mean, and of both strands averaged.

  python -m benchmarks.ensemble_auroc --workdir=runs/chipseq [--split=test]

`test_metrics.json` of a run has the mean of its networks' own figures; this has the figures of their mean, which every
program uses. --workdir=A,B takes several runs together.
"""

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags, logging
from jaxtyping import Array, Float

from genomics.data.dataset import load
from genomics.data.metrics import final_metrics
from genomics.lenses.networks import each_network
from genomics.programs.workdir import WORKDIR, workdirs
from genomics.training.config import read
from genomics.training.load import load_ensemble

SPLIT = flags.DEFINE_enum("split", "test", ("valid", "test"), "Of the data set.")


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.WARNING)
    if not workdirs():
        raise app.UsageError(f"--{WORKDIR.name}=DIR must name a run")
    predictor, config = load_ensemble(workdirs()), read(workdirs()[0]).config
    data = load(config.data.path, tasks=config.data.tasks or None, splits=(SPLIT.value,))
    split = data.splits[SPLIT.value]

    def logits(parameters) -> Float[Array, "N 2 T"]:
        def strands(row):
            x = jax.nn.one_hot(row, 4)
            return jnp.stack([predictor.apply(parameters, each) for each in (x, x[::-1, ::-1])])

        return jax.lax.map(strands, jnp.asarray(split.bases), batch_size=256)

    parameters = predictor.parameters
    each = np.asarray(each_network(logits, parameters) if predictor.replicates else logits(parameters)[None])
    shown = {
        "each network (mean)": each[:, :, 0],
        "each network, both strands": each.mean(2),
        "mean of the networks": each[:, :, 0].mean(0)[None],
        "mean, both strands": each.mean((0, 2))[None],
    }
    print(f"{predictor.source}: {len(each)} networks, {len(split.bases):,} sequences of {SPLIT.value}")
    print(f"{'':28}{'loss':>8}" + "".join(f"{task[:14]:>15}" for task in data.tasks))
    for name, found in shown.items():
        metrics = final_metrics(found, split.labels, data.tasks)
        print(
            f"{name:28}{metrics['mean']['loss']:8.4f}"
            + "".join(f"{metrics[task]['auroc']:15.4f}" for task in data.tasks)
        )


if __name__ == "__main__":
    app.run(main)
