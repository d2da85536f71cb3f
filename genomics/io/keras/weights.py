"""The numbers of every layer, from either HDF5 layout.

Whole-model files: `/model_weights`, attribute `layer_names`; each `/model_weights/<layer>` has the attribute
`weight_names`, paths below it. `.keras` archives: `/layers/<class>_<count>/vars/<0, 1, ...>` in order of creation.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from genomics.io.keras.classes import roles
from genomics.io.keras.datasets import array, group, keys, names, text
from genomics.io.keras.graph import Graph
from genomics.io.keras.record import KerasLayer, shown

#: Weights found for a layer, in order: the name (None where the file has none) and the path of each below a group.
Finder = Callable[[KerasLayer], tuple[h5py.Group, list[tuple[str | None, str]]]]

#: Keras 2 calls the kernel of a DepthwiseConv1D differently.
_ALIASES = {"depthwise_kernel": "kernel"}


def from_whole_model(file: Path, root: h5py.Group, graph: Graph) -> dict[str, KerasLayer]:
    """The layers of `graph` with their weights, from a whole-model HDF5 file."""
    parent = group(file, root, "model_weights")
    listed = names(file, parent, "layer_names")

    def find(layer: KerasLayer) -> tuple[h5py.Group, list[tuple[str | None, str]]]:
        if layer.name not in listed:
            raise layer.error("has no weights in the file: it is not among layer_names of /model_weights")
        own = group(file, parent, layer.name)
        paths = names(file, own, "weight_names")
        return own, [(path.split("/")[-1].split(":")[0], path) for path in paths]

    return _fill(file, graph, find)


def from_archive(file: Path, root: h5py.Group, graph: Graph) -> dict[str, KerasLayer]:
    """The layers of `graph` with their weights, from the `model.weights.h5` of a `.keras` file."""
    # Keras 2.13 calls the group differently.
    old = "_layer_checkpoint_dependencies"
    parent = group(file, root, old if old in keys(file, root) else "layers")
    places: dict[str, str] = {}
    counts: dict[str, int] = {}
    for class_name, name in graph.containers:
        stem = snake_case(class_name)
        count = counts.get(stem, 0)
        places[name] = f"{stem}_{count}" if count else stem
        counts[stem] = count + 1

    def find(layer: KerasLayer) -> tuple[h5py.Group, list[tuple[str | None, str]]]:
        own = group(file, parent, f"{places[layer.name]}/vars")
        written = text(file, own, "name")
        if written not in (None, layer.name):
            raise layer.error(f"its weights in {own.name} are those of {shown(written)}; the file is inconsistent")
        return own, [(None, key) for key in keys(file, own)]

    return _fill(file, graph, find)


def snake_case(class_name: str) -> str:
    """How a `.keras` file spells a class: `MaxPooling1D` is `max_pooling1d`, `PReLU` is `p_re_lu`."""
    parted = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", parted).lower()


def _fill(file: Path, graph: Graph, find: Finder) -> dict[str, KerasLayer]:
    filled = {}
    for name, layer in graph.layers.items():
        needed = roles(layer)
        filled[name] = replace(layer, weights=_weights(file, layer, needed, find)) if needed else layer
    return filled


def _weights(file: Path, layer: KerasLayer, needed: tuple[str, ...], find: Finder) -> dict[str, np.ndarray]:
    own, found = find(layer)
    labels = [label if label is None or label in needed else _ALIASES.get(label, label) for label, _ in found]
    if len(found) != len(needed) or (None not in labels and sorted(map(str, labels)) != sorted(needed)):
        have = shown([path for _, path in found])
        raise layer.error(f"its weights in the file are {have}; there must be {len(needed)}: {', '.join(needed)}")
    weights = {}
    for role, label, (_, path) in zip(needed, labels, found, strict=True):
        weights[label or role] = array(file, own, path)
    return weights
