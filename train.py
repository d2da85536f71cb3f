"""Trains a network on labelled sequences.

    python train.py --config=configs/lab5.py --workdir=runs/lab5

Every field of the configuration is a flag, e.g. `--config.learning_rate=1e-3 --config.data.path=my.h5`. Started again
with the same command, a killed run goes on after its last checkpoint.
"""

from pathlib import Path

import jax
from absl import flags
from ml_collections import config_flags

from genomics.programs.main import run
from genomics.training.loop import train

CONFIG = config_flags.DEFINE_config_file("config", None, "The experiment: a file of configs/.")
WORKDIR = flags.DEFINE_string("workdir", None, "Folder of the run; made when absent.")
DISTRIBUTED = flags.DEFINE_boolean(
    "distributed",
    False,
    "One of several processes: calls jax.distributed.initialize().",
)
flags.mark_flags_as_required(["config", "workdir"])


def main(argv: list[str]) -> None:
    """Trains as the flags say, and prints where the results are."""
    del argv
    if DISTRIBUTED.value:
        jax.distributed.initialize()
    metrics = train(CONFIG.value, Path(WORKDIR.value))
    if jax.process_index() == 0:
        for name, values in metrics.items():
            numbers = "  ".join(f"{key} {value:.4f}" for key, value in values.items() if value is not None)
            print(f"test {name}: {numbers}")
        print(f"written to {WORKDIR.value}: test_metrics.json, metrics.jsonl, history.png, checkpoints")


if __name__ == "__main__":
    run(main)
