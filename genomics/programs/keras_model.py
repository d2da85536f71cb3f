"""`--model=FILE.h5` and `--model=FILE.keras`: a network saved by Keras."""

from pathlib import Path

from genomics.io import hdf5
from genomics.models.keras.load import load
from genomics.models.network import Input, Network, Output


def read_keras(path: str, length: int | None = None) -> Network:
    """Reads the file.

    Args:
      path: of the `.h5` or `.keras` file.
      length: L, for a network that leaves it open.

    Raises:
      InputError: the file is no Keras network that can be read, or the length differs.
    """
    model = load(path, length=length)
    return Network(
        source=path,
        written_by=f"Keras {model.keras_version}",
        inputs=(Input(name="sequence", shape=(model.length, 4)),),
        outputs=(Output(name="output", shape=(model.num_tasks,), removed=model.removed_activation),),
        parameters=model.parameters,
        apply=lambda parameters, x: (model.apply(parameters, x),),
        layer_names=model.layer_names,
        task_names=_stored_names(path),
    )


def _stored_names(path: str) -> tuple[str, ...] | None:
    """The names of T tasks that an HDF5 file of `genomics.training.export` remembers; None where it has none."""
    if path.lower().endswith(".keras"):
        return None
    with hdf5.open_hdf5(Path(path)) as file:
        names = hdf5.names(Path(path), file, "tasks")
    return names if names and len({name.lower() for name in names}) == len(names) else None
