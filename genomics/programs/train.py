"""Trains a network on labelled sequences.

  genomics-train --config=lab5 --workdir=runs/lab5
  genomics-train --config=my_experiment.py --workdir=runs/mine

Every field of the configuration is a flag, --config.FIELD=VALUE; --config=NAME
--config.help lists them. Started again with the same command, a killed run goes on
after its last checkpoint.
"""

from collections.abc import Mapping
from pathlib import Path

import jax
from absl import flags
from ml_collections import config_flags

from genomics import cores
from genomics.command import run
from genomics.errors import InputError
from genomics.flag_help import Group, Help
from genomics.programs.configuration import find_configuration
from genomics.programs.workdir import WORKDIR
from genomics.training.config import recorded_devices
from genomics.training.loop import train

CONFIG = config_flags.DEFINE_config_file("config", None, "The experiment: a name of configs/, as lab5, or a file.")
DISTRIBUTED = flags.DEFINE_boolean(
    "distributed", False, "This is one of several processes, started alike on each host."
)
COORDINATOR = flags.DEFINE_string("coordinator", None, "HOST:PORT of process 0; found by itself on SLURM and TPU pods.")
NUM_PROCESSES = flags.DEFINE_integer("num_processes", None, "How many processes; found likewise.")
PROCESS_ID = flags.DEFINE_integer("process_id", None, "Which of them this is, from 0; found likewise.")
flags.declare_key_flag("workdir")


HELP = Help(
    usage="--config=NAME --workdir=DIR",
    required=("config", "workdir"),
    groups=(
        Group(
            title="Experiment",
            shown={
                "config": "name of an experiment in configs/, as lab5, or a file",
                "workdir": "folder of the run, made when absent",
            },
        ),
        Group(
            title="Several hosts",
            shown={
                "distributed": "this is one of several processes",
                "coordinator": "process 0; found by itself on SLURM and TPU pods",
                "num_processes": "how many processes; found likewise",
                "process_id": "which of them this is, from 0; found likewise",
            },
        ),
    ),
    values={"config": "NAME|FILE", "workdir": "DIR", "coordinator": "HOST:PORT"},
)


def main(argv: list[str]) -> None:
    """Trains as the flags say, and prints where the results are."""
    del argv
    check_flags()
    if DISTRIBUTED.value:
        cores.as_devices(1)  # processes are counted, as ever
        jax.distributed.initialize(COORDINATOR.value, NUM_PROCESSES.value, PROCESS_ID.value)
    else:
        recorded = recorded_devices(Path(str(WORKDIR.value)))
        if recorded is not None:  # before JAX counts its devices
            cores.as_devices(max(recorded, cores.available()))
    metrics = train(CONFIG.value, Path(str(WORKDIR.value)))
    if jax.process_index() == 0:
        print(*described(metrics), sep="\n")
        print(f"written to {WORKDIR.value}: test_metrics.json, metrics.jsonl, history.png, checkpoints")


def described(metrics: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    """What the test set says, a line a task; of several networks as a table of means and standard deviations.

    Args:
      metrics: of the mean over tasks and of each task, by name; `<name>_std` beside those of several networks.
    """
    kinds = list(dict.fromkeys(key for values in metrics.values() for key in values if not key.endswith("_std")))
    if not any(key.endswith("_std") for values in metrics.values() for key in values):
        return [
            f"test {name}: " + "  ".join(f"{key} {value:.4f}" for key, value in values.items() if value is not None)
            for name, values in metrics.items()
        ]
    width = max(map(len, metrics))
    lines = [f"test {'':{width}}" + "".join(f"  {kind:14}" for kind in kinds).rstrip()]
    for name, values in metrics.items():
        cells = []
        for kind in kinds:
            value, spread = values.get(kind), values.get(f"{kind}_std")
            cells.append("" if value is None or spread is None else f"{value:.4f} ±{spread:.4f}")
        lines.append(f"test {name:{width}}" + "".join(f"  {cell:14}" for cell in cells).rstrip())
    return lines


def check_flags() -> None:
    """Reports flags that are missing, a configuration file that does not exist, a folder whose name came out empty."""
    if CONFIG.value is None or WORKDIR.value is None:
        raise InputError("--config=FILE and --workdir=DIR must both be given")
    path = config_flags.get_config_filename(flags.FLAGS["config"])
    if not Path(path).is_file():
        raise InputError(f"--config={path}: no such file")
    if not WORKDIR.value:
        raise InputError("--workdir is empty: must be a folder")


def command() -> None:
    """The command line."""
    run(main, define=find_configuration, told=HELP)
