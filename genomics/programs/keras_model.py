"""`--model=FILE.h5` and `--model=FILE.keras`: a network saved by Keras."""

import dataclasses
from functools import partial
from pathlib import Path

import h5py
import jax
import numpy as np
from absl import logging

from genomics.io import hdf5
from genomics.models.keras import load
from genomics.models.network import Network

#: Random sequences on which two readings of a file are compared.
_COMPARED = 16


def read_keras(path: str, length: int | None = None, backend: str | None = None) -> Network:
    """Reads the file; where it matters which backend of Keras it is of and nobody says, warns by how much.

    Args:
      path: of the `.h5` or `.keras` file.
      length: L, for a network that leaves it open.
      backend: of Keras, for a network whose file does not say it.

    Raises:
      InputError: the file is no Keras network that can be read, or the length or the backend differs.
    """
    model = load(path, length=length, backend=backend)
    if model.in_doubt:
        on_torch = load(path, length=length, backend="torch")
        logging.warning(
            "%s: layer %s averages over unevenly padded windows, which Keras on torch computes differently, and the "
            "file does not say its backend: read as on TensorFlow and JAX. On torch its outputs are up to %.1e off "
            "(%d random sequences). --keras_backend=tensorflow|jax|torch says which it is.",
            path,
            ", ".join(model.in_doubt),
            _largest_difference(model, on_torch),
            _COMPARED,
        )
    return dataclasses.replace(model, task_names=_stored_names(path))


def _largest_difference(model: Network, other: Network) -> float:
    """Of all outputs, over random bases in every input with an axis of four, zeros in others."""
    rng = np.random.default_rng(0)
    arrays = []
    for each in model.inputs:
        axis = each.shape.index(4) if 4 in each.shape else None
        rest = tuple(n for i, n in enumerate(each.shape) if i != axis)
        zeros = np.zeros((_COMPARED, *each.shape), np.float32)
        codes = rng.integers(0, 4, (_COMPARED, *rest))
        arrays.append(zeros if axis is None else np.moveaxis(np.eye(4, dtype=np.float32)[codes], -1, axis + 1))
    one, two = (jax.vmap(partial(each.apply, each.parameters))(*arrays) for each in (model, other))
    return max(float(np.abs(np.asarray(a) - np.asarray(b)).max()) for a, b in zip(one, two, strict=True))


def _stored_names(path: str) -> tuple[str, ...] | None:
    """The names of T tasks that an HDF5 file of `genomics.training.export` remembers; None where it has none."""
    if not h5py.is_hdf5(path):  # an archive, whatever its name
        return None
    with hdf5.open_hdf5(Path(path)) as file:
        names = hdf5.names(Path(path), file, "tasks")
    return names if names and len({name.lower() for name in names}) == len(names) else None
