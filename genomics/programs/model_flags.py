"""The flags that say which network a program works on, and where it writes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import jax
from absl import flags

from genomics.errors import InputError
from genomics.models.predictor import Predictor
from genomics.programs import lens_flags, network_flags
from genomics.programs.function_model import load_function
from genomics.programs.lensed import lensed
from genomics.programs.network_model import as_predictor
from genomics.programs.parameters import check_parameters
from genomics.programs.readers import READERS, check_no_file
from genomics.programs.tasks import task_indices
from genomics.programs.workdir import WORKDIR, workdirs

CHECKPOINT = flags.DEFINE_enum("checkpoint", "best", ["best", "last"], "Which checkpoint of --workdir.")
MODEL = flags.DEFINE_string(
    "model",
    None,
    f"Instead of --workdir: a file of a network, {', '.join(f'FILE{ending}' for ending in READERS)} (in any case); or "
    "MODULE:FUNCTION, where FUNCTION() returns predict, a JAX function from (L, 4) one-hot bases to (T,) logits.",
)
LENGTH = flags.DEFINE_integer("length", None, "Sequence length L, for a --model that leaves it open.", lower_bound=1)
TASK_NAMES = flags.DEFINE_list(
    "task_names", None, "Names for a --model (default: those in an exported file, or task_0, ...)."
)
TASKS = flags.DEFINE_list("tasks", None, "Tasks to work on: names in any case, or indices (default: all).")
BATCH_SIZE = flags.DEFINE_integer("batch_size", None, "Sequences at a time (default: measured).", lower_bound=1)
SEED = flags.DEFINE_integer("seed", 0, "Of everything random.", lower_bound=0, upper_bound=2**63 - 1)
flags.adopt_module_key_flags(network_flags)
flags.adopt_module_key_flags(lens_flags)
OUTPUT = flags.DEFINE_string("output", None, "Folder of the results (default: a folder in --workdir).")


def load_predictor() -> Predictor:
    """The network that --workdir or --model names, seen through the lens that the flags name, with all its tasks.

    From here on the process computes at full float32 precision: scores are differences, which TF32 would spoil.

    Raises:
      InputError: not exactly one of --workdir and --model, or a model that cannot be loaded or holds NaN.
    """
    jax.config.update("jax_default_matmul_precision", "highest")
    if bool(WORKDIR.value) == bool(MODEL.value):
        raise InputError("exactly one of --workdir=DIR and --model=... must say which network it is")
    if WORKDIR.value:
        _refuse([LENGTH, TASK_NAMES, *network_flags.OF_FILES], "--model")
        # Imported late: the libraries behind checkpoints take half a second.
        from genomics.training import load

        found = load.load_ensemble(workdirs(), cast(Literal["best", "last"], CHECKPOINT.value))
        found = lensed(found, lens_flags.lens())
    else:
        _refuse([CHECKPOINT], "--workdir")
        found = load_model(str(MODEL.value), LENGTH.value, TASK_NAMES.value)
    check_parameters(found)
    return found


def load_model(spec: str, length: int | None = None, task_names: Sequence[str] | None = None) -> Predictor:
    """The network that `--model=spec` names: a file, told by the ending of its name in any case, or a function.

    Args:
      spec: `FILE` with an ending of `READERS`, or `MODULE:FUNCTION`.
      length: L, for a network that leaves it open.
      task_names: T names, for a network that has none.

    Raises:
      InputError: `spec` is neither, or its network cannot be loaded. What is wrong with `spec` itself is said before
        any flag that it would need.
    """
    ending = Path(spec).suffix.lower()
    if ending in READERS:
        return as_predictor(
            READERS[ending](spec, length, network_flags.KERAS_BACKEND.value), network_flags.wanted(task_names)
        )
    check_no_file(spec, ending)
    _refuse(network_flags.OF_FILES, "a file")
    lens = lens_flags.lens()
    names = task_names if lens.target == "output" and lens.bins is None else None  # they name what is explained
    return lensed(load_function(spec, length, names), lens, task_names)


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
    if len(workdirs()) > 1:
        raise InputError("--output must name a folder for the results of several --workdir")
    return workdirs()[0] / name


def chosen_tasks(tasks: Sequence[str]) -> tuple[int, ...]:
    """Indices of --tasks in the order given, of all `tasks` without that flag; a name wins over an index.

    Raises:
      InputError: an unknown task, one named twice, or none at all.
    """
    return task_indices(TASKS.value, tasks)
