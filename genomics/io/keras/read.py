"""Reading a Keras file of either kind."""

import io
import os
import re
from pathlib import Path
from typing import Any

import h5py

from genomics.errors import InputError
from genomics.io.hdf5 import open_hdf5, reading
from genomics.io.heaps import check_heaps
from genomics.io.json_text import parse_json
from genomics.io.keras import archive, datasets, graph, weights
from genomics.io.keras.record import KerasModel, shown
from genomics.io.present import check_readable

#: Arrays, objects and their entries in a configuration; networks of a thousand layers have a tenth.
_MOST_ENTRIES = 1 << 20
_SAVE_AGAIN = "load it with Keras 2 or 3 and save it again with model.save('my_model.keras')"


def read(path: str | os.PathLike[str]) -> KerasModel:
    """A network saved by Keras 2 or 3: whole-model HDF5 (`model.save("m.h5")`) or a `.keras` archive.

    The kind is told from the file's first bytes, not from its name. Nothing in the file is executed or unpickled.

    Args:
      path: the file.

    Returns:
      Layers, calls and weights.

    Raises:
      InputError: the file is absent, damaged, truncated, a zip bomb, of Keras 1, without a network or without weights,
        or holds a layer that is code or is not understood; the message names file, place, value and rule.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder (a TensorFlow SavedModel?); {_SAVE_AGAIN}")
    check_readable(path)
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return _read_archive(path)
    with open_hdf5(path) as file:
        return _read_whole_model(path, file)


def _read_whole_model(path: Path, file: h5py.File) -> KerasModel:
    config = datasets.text(path, file, "model_config")
    if config is None:
        with reading(path, "HDF5 header"):
            only_weights = "layers" in file or "layer_names" in file.attrs or "layer_names0" in file.attrs
        held = "weights alone (save_weights)" if only_weights else "no Keras model"
        raise InputError(f"{path}: attribute model_config: is absent, the file holds {held}; save with model.save")
    version = datasets.text(path, file, "keras_version")
    generation = _generation(path, "attribute keras_version", version)
    parsed = graph.parse(path, generation, _json(path, "attribute model_config", config))
    backend = datasets.text(path, file, "backend")
    layers = weights.from_whole_model(path, file, parsed)
    return _model(path, str(version), parsed, {name: each.on_backend(backend) for name, each in layers.items()})


def _read_archive(path: Path) -> KerasModel:
    members = archive.unpack(path)
    metadata = _json(path, "metadata.json", members["metadata.json"])
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    generation = _generation(path, "metadata.json: keras_version", version)
    parsed = graph.parse(path, generation, _json(path, "config.json", members["config.json"]))
    check_heaps(path, members["model.weights.h5"])
    with reading(path, "model.weights.h5"):
        file = h5py.File(io.BytesIO(members["model.weights.h5"]), "r")
    with file:
        return _model(path, str(version), parsed, weights.from_archive(path, file, parsed))


def _model(path: Path, version: str, parsed: graph.KerasGraph, layers: dict[str, Any]) -> KerasModel:
    return KerasModel(
        file=path,
        keras_version=version,
        inputs=parsed.inputs,
        outputs=parsed.outputs,
        layers=layers,
        calls=parsed.calls,
    )


def _generation(path: Path, place: str, version: Any) -> int:
    if version is None:
        raise InputError(f"{path}: {place}: is absent, as in files of Keras 1; {_SAVE_AGAIN}")
    found = re.match(r"([0-9]{1,3})\.", version) if isinstance(version, str) else None
    if found is None or found[1] not in ("2", "3"):
        raise InputError(f"{path}: {place}: is {shown(version)}, must be 2.x or 3.x; {_SAVE_AGAIN}")
    return int(found[1])


def _json(path: Path, place: str, data: str | bytes) -> Any:
    return parse_json(data, f"{path}: {place}", most_bytes=archive.MEMBERS["config.json"], most_entries=_MOST_ENTRIES)
