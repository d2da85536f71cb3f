"""Writing a network as whole-model HDF5 in the layout of Keras 2, which Keras 2 and 3 load."""

import json
import os
from typing import Any

import numpy as np

from genomics.io import hdf5_write
from genomics.io.keras.classes import roles
from genomics.io.keras.record import KerasLayer, KerasModel

#: The Keras whose layout this is.
LAYOUT = "2.15.0"
_BACKEND = "tensorflow"


def write(path: str | os.PathLike[str], model: KerasModel, *, attributes: dict[str, str | list[str]]) -> None:
    """Writes the file that `keras.models.load_model` takes; `genomics.io.keras.read` gives the same network again.

    A network in which every layer feeds the next is written as Sequential, any other as a functional model.

    Args:
      path: the file; Keras takes the format from the ending `.h5`.
      model: layers with all their weights, and the calls between them.
      attributes: further texts at the root of the file, which Keras does not look at.

    Raises:
      InputError: the file cannot be written.
    """
    with hdf5_write.writing(path) as file:
        file.attrs["model_config"] = json.dumps(_configuration(model))
        for name, value in attributes.items():
            file.attrs[name] = value
        weights = file.create_group("model_weights")
        for owner in (file, weights):
            owner.attrs["keras_version"], owner.attrs["backend"] = LAYOUT, _BACKEND
        layers = list(model.layers.values())
        weights.attrs["layer_names"] = _bytes([layer.name for layer in layers])
        for layer in layers:
            own = weights.create_group(layer.name)
            names = {role: f"{layer.name}/{role}:0" for role in roles(layer)}
            own.attrs["weight_names"] = _bytes(list(names.values()))
            for role, name in names.items():
                hdf5_write.put(own, name, np.asarray(layer.weights[role], np.float32))


def _configuration(model: KerasModel) -> dict[str, Any]:
    """The JSON object `model_config`."""
    entries = [_entry(model, layer) for layer in model.layers.values()]
    before = [None, *(call.key for call in model.calls)]
    chain = all(
        call.inputs == ((previous,) if previous else ()) for call, previous in zip(model.calls, before, strict=False)
    )
    if chain and len(entries) == len(model.calls) and len(model.outputs) == 1:
        return {"class_name": "Sequential", "config": {"name": "sequential", "layers": entries}}
    for entry in entries:
        own = [call for call in model.calls if call.layer == entry["config"]["name"]]
        entry["name"] = entry["config"]["name"]
        entry["inbound_nodes"] = [[[*key, {}] for key in call.inputs] for call in own if call.inputs]
    first = [[each.name, 0, 0] for each in model.inputs]
    last = [[*output.source] for output in model.outputs]
    config = {
        "name": "model",
        "trainable": True,
        "layers": entries,
        "input_layers": _bare(first),
        "output_layers": _bare(last),
    }
    return {"class_name": "Functional", "config": config}


def _entry(model: KerasModel, layer: KerasLayer) -> dict[str, Any]:
    if layer.class_name == "InputLayer":
        (own,) = (each.shape for each in model.inputs if each.name == layer.name)
        shape = {"batch_input_shape": [None, *own], "sparse": False, "ragged": False}
        return {"class_name": "InputLayer", "config": {"name": layer.name, "dtype": "float32", **shape}}
    common = {"name": layer.name, "trainable": True, "dtype": "float32"}
    return {"class_name": layer.class_name, "config": {**common, **layer.config}}


def _bare(references: list[list[Any]]) -> list[Any]:
    """One input or output stands for itself."""
    return references[0] if len(references) == 1 else references


def _bytes(names: list[str]) -> np.ndarray:
    """As Keras writes lists of names."""
    return np.array([name.encode() for name in names])
