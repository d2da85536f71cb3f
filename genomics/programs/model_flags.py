"""The flags that say which network a program works on, and where it writes."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import jax
from absl import flags

from genomics.errors import InputError
from genomics.models.predictor import Predictor
from genomics.programs import network_flags
from genomics.programs.function_model import load_function
from genomics.programs.keras_model import read_keras
from genomics.programs.network_model import as_predictor
from genomics.programs.workdir import WORKDIR

CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", ["best", "last"], "Which checkpoint of --workdir.")
MODEL = flags.DEFINE_string(
    "model",
    None,
    "Instead of --workdir: a network saved by Keras, FILE.h5 or FILE.keras; or MODULE:FUNCTION, where FUNCTION() "
    "returns predict, a JAX function from (L, 4) one-hot bases to (T,) logits.",
)
LENGTH = flags.DEFINE_integer("length", None, "Sequence length L, for a --model that leaves it open.", lower_bound=1)
TASK_NAMES = flags.DEFINE_list(
    "task_names", None, "Names for a --model (default: those in an exported file, or task_0, ...)."
)
TASKS = flags.DEFINE_list("tasks", None, "Tasks to work on: names in any case, or indices (default: all).")
BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Sequences at a time (default: measured).", lower_bound=1)
SEED = flags.DEFINE_integer("seed", 0, "Of everything random.", lower_bound=0, upper_bound=2**63 - 1)
flags.adopt_module_key_flags(network_flags)
OUTPUT = flags.DEFINE_string("output", None, "Folder of the results (default: a folder in --workdir).")


def load_predictor() -> Predictor:
    """The network that --workdir or --model names, with all its tasks.

    From here on the process computes at full float32 precision: scores are differences, which TF32 would spoil.

    Raises:
      InputError: not exactly one of --workdir and --model, or a model that cannot be loaded.
    """
    jax.config.update("jax_default_matmul_precision", "highest")
    if bool(WORKDIR.value) == bool(MODEL.value):
        raise InputError("exactly one of --workdir=DIR and --model=... must say which network it is")
    if WORKDIR.value:
        _refuse([LENGTH, TASK_NAMES, *network_flags.OF_FILES], "--model")
        # Imported late: the libraries behind checkpoints take half a second.
        from genomics.training import load

        return load.load_predictor(Path(WORKDIR.value), cast(Literal["best", "last"], CHECKPOINT.value))
    assert MODEL.value is not None
    _refuse([CHECKPOINT], "--workdir")
    if MODEL.value.endswith((".h5", ".hdf5", ".keras")):
        return as_predictor(
            read_keras(MODEL.value, LENGTH.value, network_flags.KERAS_BACKEND.value),
            network_flags.wanted(TASK_NAMES.value),
        )
    _refuse(network_flags.OF_FILES, "a file")
    if LENGTH.value is None:
        raise InputError(f"--model={MODEL.value}: a function needs --length, the sequence length that it takes")
    return load_function(MODEL.value, LENGTH.value, TASK_NAMES.value)


def _refuse(holders: Sequence[flags.FlagHolder], other: str) -> None:
    for holder in holders:
        if flags.FLAGS[holder.name].present:
            raise InputError(f"--{holder.name} is only for a network from {other}")


def output_folder(name: str) -> Path:
    """--output, by default the folder `name` in the working directory of the run.

    Raises:
      InputError: neither is given.
    """
    if OUTPUT.value:
        return Path(OUTPUT.value)
    if not WORKDIR.value:
        raise InputError("--output must name a folder for the results where no --workdir is given")
    return Path(WORKDIR.value) / name


def chosen_tasks(tasks: Sequence[str]) -> tuple[int, ...]:
    """Indices of --tasks in the order given, of all `tasks` without that flag; a name wins over an index.

    Raises:
      InputError: an unknown task, one named twice, or none at all.
    """
    wanted = TASKS.value
    if wanted is None:
        return tuple(range(len(tasks)))
    index_of = {str(index): index for index in range(len(tasks))} | {name.lower(): i for i, name in enumerate(tasks)}
    chosen = []
    for task in wanted:
        index = index_of.get(task.strip().lower())
        if index is None:
            raise InputError(f"--tasks={task}: must be one of {', '.join(tasks)} or an index below {len(tasks)}")
        if index in chosen:
            raise InputError(f"--tasks={','.join(wanted)}: names {tasks[index]} twice")
        chosen.append(index)
    if not chosen:
        raise InputError(f"--tasks=: must name at least one of {', '.join(tasks)}")
    return tuple(chosen)


def restricted(predictor: Predictor, chosen: tuple[int, ...]) -> Predictor:
    """The network with only some of its tasks, in the order chosen."""
    if chosen == tuple(range(len(predictor.tasks))):
        return predictor

    def apply(parameters, x):  # by slices, which every transformation reads
        logits = predictor.apply(parameters, x)
        return jax.lax.concatenate([jax.lax.slice(logits, (task,), (task + 1,)) for task in chosen], 0)

    return dataclasses.replace(predictor, apply=apply, tasks=tuple(predictor.tasks[task] for task in chosen))
