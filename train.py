"""Trains a network on labelled sequences.

    python train.py --config=configs/lab5.py --workdir=runs/lab5

Every field of the configuration is a flag, e.g. `--config.learning_rate=1e-3 --config.data.path=my.h5`. Started again
with the same command, a killed run goes on after its last checkpoint.
"""

from pathlib import Path

import jax
from absl import flags
from ml_collections import config_flags

from genomics.command import run
from genomics.errors import InputError
from genomics.programs.workdir import WORKDIR
from genomics.training.loop import train

CONFIG = config_flags.DEFINE_config_file("config", None, "The experiment: a file of configs/.")
DISTRIBUTED = flags.DEFINE_boolean(
    "distributed", False, "This is one of several processes, started alike on each host."
)
COORDINATOR = flags.DEFINE_string("coordinator", None, "HOST:PORT of process 0; found by itself on SLURM and TPU pods.")
NUM_PROCESSES = flags.DEFINE_integer("num_processes", None, "How many processes; found likewise.")
PROCESS_ID = flags.DEFINE_integer("process_id", None, "Which of them this is, from 0; found likewise.")
flags.declare_key_flag("workdir")


def main(argv: list[str]) -> None:
    """Trains as the flags say, and prints where the results are."""
    del argv
    check_flags()
    if DISTRIBUTED.value:
        jax.distributed.initialize(COORDINATOR.value, NUM_PROCESSES.value, PROCESS_ID.value)
    metrics = train(CONFIG.value, Path(str(WORKDIR.value)))
    if jax.process_index() == 0:
        for name, values in metrics.items():
            numbers = "  ".join(f"{key} {value:.4f}" for key, value in values.items() if value is not None)
            print(f"test {name}: {numbers}")
        print(f"written to {WORKDIR.value}: test_metrics.json, metrics.jsonl, history.png, checkpoints")


def check_flags() -> None:
    """Reports flags that are missing, a configuration file that does not exist, a folder whose name came out empty."""
    if CONFIG.value is None or WORKDIR.value is None:
        raise InputError("--config=FILE and --workdir=DIR must both be given")
    path = config_flags.get_config_filename(flags.FLAGS["config"])
    if not Path(path).is_file():
        raise InputError(f"--config={path}: no such file")
    if not WORKDIR.value:
        raise InputError("--workdir is empty: must be a folder")


if __name__ == "__main__":
    run(main)
