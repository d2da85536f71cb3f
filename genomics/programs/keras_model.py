"""`--model=FILE.h5` and `--model=FILE.keras`: a network saved by Keras."""

from collections.abc import Sequence
from pathlib import Path

from genomics.io import hdf5
from genomics.models.keras.load import load
from genomics.models.predictor import Predictor
from genomics.programs.fingerprint import fingerprint
from genomics.programs.function_model import named


def load_keras(path: str, length: int | None = None, task_names: Sequence[str] | None = None) -> Predictor:
    """Reads the file; says which final activation it leaves out, because what is explained is the logit.

    Args:
      path: of the `.h5` or `.keras` file.
      length: L, for a network that leaves it open.
      task_names: T names; None = those that `genomics.training.export` left in the file, else `task_0`, ...

    Raises:
      InputError: the file is no Keras network of DNA that can be read, or the length or the number of names differ.
    """
    model = load(path, length=length)
    if model.removed_activation:
        print(f"{path}: the final {model.removed_activation} is left out; logits are explained")
    return Predictor(
        apply=model.apply,
        parameters=model.parameters,
        replicates=None,
        length=model.length,
        tasks=named(task_names or _stored_names(path, model.num_tasks), model.num_tasks, path),
        fingerprint=fingerprint(lambda x: model.apply(model.parameters, x), model.length),
        source=path,
    )


def _stored_names(path: str, count: int) -> tuple[str, ...] | None:
    """The names of T tasks that an HDF5 file remembers; None where it has none that fit."""
    if path.endswith(".keras"):
        return None
    with hdf5.open_hdf5(Path(path)) as file:
        names = hdf5.names(Path(path), file, "tasks")
    return names if names and len({name.lower() for name in names}) == len(names) == count else None
