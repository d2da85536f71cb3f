"""The flags that say which network a program works on, and where it writes."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import jax
from absl import flags

from genomics.errors import InputError
from genomics.io.torch import refusals
from genomics.models.network import Network
from genomics.models.predictor import Predictor
from genomics.programs import lens_flags, network_flags
from genomics.programs.function_model import load_function
from genomics.programs.keras_model import read_keras
from genomics.programs.lensed import lensed
from genomics.programs.network_model import NetworkReader, as_predictor
from genomics.programs.parameters import check_parameters
from genomics.programs.pwm_model import read_pwm
from genomics.programs.torch_model import read_torch
from genomics.programs.workdir import WORKDIR


def _read_keras(path: str, length: int | None) -> Network:
    return read_keras(path, length, network_flags.KERAS_BACKEND.value)


#: Ending of a file's name, in small letters -> its reader. A format more is one line here.
READERS: dict[str, NetworkReader] = {
    ".h5": _read_keras,
    ".hdf5": _read_keras,
    ".keras": _read_keras,
    ".pt2": read_torch,
    ".meme": read_pwm,
}

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


#: Endings of networks that are not read -> what such a file is, and the way out.
UNREAD: dict[str, str] = {
    **{ending: refusals.way_out(what) for ending, what in refusals.ENDINGS.items()},
    ".pb": "TensorFlow's graphs are not read; load it with Keras and save it by model.save('my_model.keras')",
    ".tf": "TensorFlow's graphs are not read; load it with Keras and save it by model.save('my_model.keras')",
    ".tflite": "TensorFlow's graphs are not read; save the network by Keras: model.save('my_model.keras')",
    ".pkl": "a pickle runs code when it is read",
    ".joblib": "a pickle runs code when it is read",
    ".npz": "arrays alone are no network",
    ".json": "a configuration alone holds no weights; save the network by model.save('my_model.keras')",
}


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

        found = load.load_predictor(Path(WORKDIR.value), cast(Literal["best", "last"], CHECKPOINT.value))
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
        return as_predictor(READERS[ending](spec, length), network_flags.wanted(task_names))
    _check_no_file(spec, ending)
    _refuse(network_flags.OF_FILES, "a file")
    lens = lens_flags.lens()
    names = task_names if lens.target == "output" and lens.bins is None else None  # they name what is explained
    return lensed(load_function(spec, length, names), lens, task_names)


def _check_no_file(spec: str, ending: str) -> None:
    """Raises InputError where `spec` is a file or folder that no reader takes, rather than a function."""
    path = Path(spec)
    if path.is_dir():
        inside = " with a SavedModel of TensorFlow" if (path / "saved_model.pb").exists() else ""
        way_out = UNREAD[".pb"] if inside else "a folder of train.py is given by --workdir"
        raise InputError(f"--model={spec}: is a folder{inside}; {way_out}")
    what = UNREAD.get(ending)
    if what is None and path.is_file():
        what = f"the ending {ending!r} is not known" if ending else "the name has no ending"
    function = all(spec.partition(":"))
    if function and not (what and path.is_file()):
        return
    files = ", ".join(f"FILE{ending}" for ending in READERS)
    reason = f"{what}; " if what else ""
    raise InputError(f"--model={spec}: {reason}must be {files} or MODULE:FUNCTION")


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

    def some(logits):  # by slices, which every transformation reads
        return jax.lax.concatenate([jax.lax.slice(logits, (task,), (task + 1,)) for task in chosen], 0)

    def apply(parameters, x):
        return some(predictor.apply(parameters, x))

    def bind(parameters, explained):
        predict = predictor.bound(parameters, explained)
        return lambda x: some(predict(x))

    return dataclasses.replace(
        predictor,
        apply=apply,
        bind=bind if predictor.bind is not None else None,
        tasks=tuple(predictor.tasks[task] for task in chosen),
    )
