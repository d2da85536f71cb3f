"""The numbers of every layer, from either HDF5 layout.

Whole-model files: `/model_weights`, attribute `layer_names`; each `/model_weights/<layer>` has the attribute
`weight_names`, paths below it. A model inside the network has one such list for all its layers: first what is trained,
in the order of its layers, then what is not. `.keras` archives: `/layers/<class>_<count>/vars/<0, 1, ...>` in order of
creation; a model has `layers` of its own, a wrapper its layers under the names of its attributes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from genomics.io.keras.classes import STATISTICS, UNREAD, roles
from genomics.io.keras.datasets import array, group, keys, names, text
from genomics.io.keras.graph import KerasGraph
from genomics.io.keras.models import Described
from genomics.io.keras.record import KerasLayer, shown

#: Other names of a weight.
_ALIASES = {"depthwise_kernel": "kernel"}
#: Part of a layer -> where a `.keras` file keeps it below the layer.
_PARTS = {"forward": "forward_layer", "backward": "backward_layer", "layer": "layer", "cell": "cell"}
_ATTENTION = {"query": "query_dense", "key": "key_dense", "value": "value_dense", "output": "output_dense"}
_WITH_CELL = ("LSTM", "GRU", "SimpleRNN")
#: Keras 2.13 calls the group of a model's layers differently.
_OLD_LAYERS = "_layer_checkpoint_dependencies"


@dataclass(frozen=True, kw_only=True)
class _Slot:
    """One weight that a layer must have: its role, and whether it is trained."""

    layer: KerasLayer
    role: str
    trained: bool


def from_whole_model(file: Path, root: h5py.Group, graph: KerasGraph) -> dict[str, KerasLayer]:
    """The layers of `graph` with their weights, from a whole-model HDF5 file."""
    parent = group(file, root, "model_weights")
    listed = names(file, parent, "layer_names")
    found: dict[str, dict[str, np.ndarray]] = {}
    done = set()
    for layer in graph.layers.values():
        top = layer.name.split("/")[0]
        if top in done or not roles(layer):
            continue
        done.add(top)
        if top not in listed:
            raise layer.error("has no weights in the file: it is not among layer_names of /model_weights")
        own = group(file, parent, top)
        paths = names(file, own, "weight_names")
        model = graph.model.models.get(top)
        slots = (
            _slots(model)
            if model is not None
            else [_Slot(layer=layer, role=role, trained=True) for role in roles(layer)]
        )
        if model is not None:
            slots = [slot for slot in slots if slot.trained] + [slot for slot in slots if not slot.trained]
        wanted = graph.layers.keys()
        for slot, path in zip(slots, _matched(layer, model, slots, paths), strict=True):
            if slot.layer.name in wanted and slot.role not in UNREAD:
                found.setdefault(slot.layer.name, {})[slot.role] = array(file, own, path)
    return {name: layer.with_weights(found.get(name, {})) for name, layer in graph.layers.items()}


def from_archive(file: Path, root: h5py.Group, graph: KerasGraph) -> dict[str, KerasLayer]:
    """The layers of `graph` with their weights, from the `model.weights.h5` of a `.keras` file."""
    layers = _OLD_LAYERS if _OLD_LAYERS in keys(file, root) else "layers"
    places = dict(_places(graph.model, layers, layers))
    filled = {}
    for name, layer in graph.layers.items():
        weights: dict[str, np.ndarray] = {}
        for at, own_roles in _groups(layer).items():
            own = group(file, root, "/".join(part for part in (places[name], *at, "vars") if part))
            written = text(file, own, "name")
            if not at and written not in (None, name.split("/")[-1]):
                raise layer.error(f"its weights in {own.name} are those of {shown(written)}; the file is inconsistent")
            paths = keys(file, own)
            if len(paths) != len(own_roles):
                raise _unlike(layer, tuple(own_roles), paths)
            given = zip(own_roles, paths, strict=True)
            weights |= {role: array(file, own, path) for role, path in given if role not in UNREAD}
        filled[name] = layer.with_weights(weights)
    return filled


def snake_case(class_name: str) -> str:
    """How a `.keras` file spells a class: `MaxPooling1D` is `max_pooling1d`, `PReLU` is `p_re_lu`."""
    parted = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", parted).lower()


def _slots(model: Described) -> list[_Slot]:
    """Every weight of a model, in the order of its layers."""
    found = []
    for _, name in model.containers():
        if name in model.models:
            found += _slots(model.models[name])
            continue
        layer = model.layer(name)
        trainable = layer.config.get("trainable", True) is not False
        for role in roles(layer):
            found.append(_Slot(layer=layer, role=role, trained=trainable and role.split("/")[-1] not in STATISTICS))
    return found


def _matched(layer: KerasLayer, model: Described | None, slots: list[_Slot], paths: tuple[str, ...]) -> list[str]:
    """The path of each slot's weight among those that the file lists for a layer or a model."""
    needed = tuple(slot.role for slot in slots)
    labels = [path.split("/")[-1].split(":")[0] for path in paths]
    plain = [role.split("/")[-1] for role in needed]
    labels = [label if label in plain else _ALIASES.get(label, label) for label in labels]
    if sorted(labels) != sorted(plain):
        raise _unlike(layer, needed, list(paths))
    if model is None and len(set(plain)) == len(plain):
        return [paths[labels.index(role)] for role in plain]
    if labels != plain:
        raise _unlike(layer, needed, list(paths))
    # In a model the file says whose each weight is: layer/kernel.
    for slot, path in zip(slots, paths, strict=True) if model is not None else ():
        own, parts = slot.layer.name.split("/")[-1], path.split("/")
        if own not in parts and any(own in other.split("/") for other in paths):
            raise slot.layer.error(f"its weight {slot.role} would be {shown(path)}; the file is inconsistent")
    return list(paths)


def _unlike(layer: KerasLayer, needed: tuple[str, ...], have: list[str]) -> Exception:
    wanted = ", ".join(needed)
    return layer.error(f"its weights in the file are {shown(have)}; there must be {len(needed)}: {wanted}")


def _places(model: Described, at: str, layers: str) -> Iterator[tuple[str, str]]:
    """(full name, group) of every layer of a `.keras` file."""
    counts: dict[str, int] = {}
    for class_name, name in model.containers():
        stem = snake_case(class_name)
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        place = f"{at}/{stem}_{count}" if count else f"{at}/{stem}"
        if name in model.models:
            yield from _places(model.models[name], f"{place}/{layers}", layers)
        else:
            yield model.full_name(name), place


def _groups(layer: KerasLayer) -> dict[tuple[str, ...], list[str]]:
    """Where the weights of a layer lie below its group: the way there -> the roles, in order."""
    found: dict[tuple[str, ...], list[str]] = {}
    inside = {f"{part}/{role}" for part, inner in layer.inner.items() for role in roles(inner)}
    for role in roles(layer):
        if role in inside:
            continue
        part, slash, _ = role.rpartition("/")
        if slash:
            prefix = "_" if layer.generation == 2 else ""
            found.setdefault((f"{prefix}{_ATTENTION[part]}",), []).append(role)
        elif layer.class_name == "custom SoftmaxPool1D":
            found.setdefault(("logit_linear",), []).append(role)
        else:
            found.setdefault(("cell",) if layer.class_name in _WITH_CELL else (), []).append(role)
    counts: dict[str, int] = {}
    for part, inner in layer.inner.items():
        stem = snake_case(inner.class_name)
        count = counts.get(stem, 0)
        counts[stem] = count + 1
        stacked = ("cell", "cells", f"{stem}_{count}" if count else stem)
        way = stacked if part.startswith("cell_") else (_PARTS[part],)
        for below, own_roles in _groups(inner).items():
            found[way + below] = [f"{part}/{role}" for role in own_roles]
    return found
