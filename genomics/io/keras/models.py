"""The models of a file: the network itself, and models that stand in it as layers."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.keras.classes import MODELS, canonical_class, is_operation
from genomics.io.keras.nodes import KerasNode, node_of, references
from genomics.io.keras.record import KerasLayer, Source, shown

_MAXIMUM_DEPTH = 16
#: Wrappers and recurrent layers: the fields that hold the layers they are made of, with the parts that these play.
_PARTS = {
    "Bidirectional": {"layer": "forward", "backward_layer": "backward"},
    "TimeDistributed": {"layer": "layer"},
    "RNN": {"cell": "cell"},
}


@dataclass(frozen=True, kw_only=True)
class Described:
    """A Sequential or functional model, as the file describes it.

    Attributes:
      file: for messages.
      generation: of the Keras that wrote it.
      path: names of the models that it lies in, and its own; empty for the network itself.
      entries: JSON objects of its layers by name, in the file's order.
      chain: the names in order where the model is Sequential, else None.
      inputs: (name, its tensor) of each input.
      outputs: (name, its tensor) of each output.
      models: those of its layers that are models.
    """

    file: Path
    generation: int
    path: tuple[str, ...]
    entries: dict[str, dict[str, Any]]
    chain: tuple[str, ...] | None
    inputs: tuple[tuple[str, Source], ...]
    outputs: tuple[tuple[str, Source], ...]
    models: dict[str, "Described"]

    def node(self, name: str, index: int) -> KerasNode:
        """Call `index` of the layer `name`."""
        if name not in self.entries:
            raise InputError(f"{self.file}: model configuration: layer {name!r} is used but not described")
        if self.chain is not None:
            place = self.chain.index(name)
            return KerasNode(args=(Source(self.chain[place - 1], 0),) if place else (), kwargs={})
        entry = self.entries[name]
        place = f"{self.file}: layer {name!r} ({entry['class_name']}): inbound node {index}"
        return node_of(place, entry.get("inbound_nodes"), index)

    def full_name(self, name: str) -> str:
        """The name of one of its layers in the whole network."""
        return "/".join((*self.path, name))

    def layer(self, name: str) -> KerasLayer:
        """One of its layers, without weights."""
        return _layer(self.file, self.generation, self.full_name(name), self.entries[name])

    def containers(self) -> Iterator[tuple[str, str]]:
        """(class in the file, name) of every layer that owns a place among the weights of a `.keras` file, in order."""
        for name, entry in self.entries.items():
            if name != _SYNTHETIC and not is_operation(self.generation, entry):
                yield entry["class_name"], name


#: Name of the input layer of a Sequential model that has none.
_SYNTHETIC = "input"


def describe(file: Path, generation: int, root: Any, path: tuple[str, ...] = ()) -> Described:
    """The model of a JSON object with `class_name` and `config`.

    Raises:
      InputError: it is not a Sequential or functional model, or no list of layers with names that differ.
    """
    if not isinstance(root, dict) or "class_name" not in root or "config" not in root:
        raise InputError(
            f"{file}: model configuration: has no class_name and config; it does not describe a Keras model"
        )
    if len(path) > _MAXIMUM_DEPTH:
        raise InputError(f"{file}: model configuration: models lie over {_MAXIMUM_DEPTH} deep inside each other")
    kind, config = root["class_name"], root["config"]
    if kind not in MODELS:
        raise InputError(
            f"{file}: model configuration: class {shown(kind)} is Python code that is not in the file; "
            "only Sequential and functional models are read"
        )
    # Keras up to 2.2.2 writes a Sequential model's list of layers bare.
    config = {"layers": config} if isinstance(config, list) else config
    listed = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{file}: model configuration: must hold a list of layers, holds {shown(listed)}")
    entries = {_name(entry): entry for entry in (_entry(file, i, entry) for i, entry in enumerate(listed))}
    if len(entries) != len(listed):
        raise InputError(f"{file}: model configuration: two layers have the same name; names must differ")
    models = {
        name: describe(file, generation, entry, (*path, name))
        for name, entry in entries.items()
        if entry["class_name"] in MODELS
    }
    if kind == "Sequential":
        entries = _with_input(config, entries)
        chain = tuple(entries)
        first, last = chain[0], chain[-1]
        for name in chain[1:]:
            if entries[name]["class_name"] == "InputLayer":
                raise _bare(file, generation, name, entries[name]).error(
                    "stands in the middle of a Sequential model; it may only come first"
                )
        inputs, outputs = ((first, Source(first, 0)),), ((last, Source(last, 0)),)
    else:
        chain = None
        inputs, outputs = references(file, config, "input_layers"), references(file, config, "output_layers")
    return Described(
        file=file,
        generation=generation,
        path=path,
        entries=entries,
        chain=chain,
        inputs=inputs,
        outputs=outputs,
        models=models,
    )


def _with_input(config: dict[str, Any], entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    first = next(iter(entries.values()))
    if first["class_name"] == "InputLayer":
        return entries
    # Before Keras 2.3 the shape stands on the first layer; a model built by its first call has it beside.
    given = first["config"].get("batch_input_shape", config.get("build_input_shape"))
    if given is None and first["class_name"] == "Sequential":
        inner = first["config"].get("layers")
        inner = inner[0]["config"] if isinstance(inner, list) and inner and isinstance(inner[0], dict) else {}
        given = inner.get("batch_input_shape", inner.get("batch_shape")) if isinstance(inner, dict) else None
    name = _SYNTHETIC
    while name in entries:
        name += "_"
    return {name: {"class_name": "InputLayer", "config": {"name": name, "batch_input_shape": given}}, **entries}


def _layer(file: Path, generation: int, name: str, entry: dict[str, Any]) -> KerasLayer:
    bare = _bare(file, generation, name, entry)
    kind = canonical_class(bare, entry)
    layer = KerasLayer(file=file, generation=generation, name=name, class_name=kind, config=entry["config"])
    inner: dict[str, KerasLayer] = {}
    for key, part in _PARTS.get(kind, {}).items():
        found = entry["config"].get(key)
        if found is None and key == "backward_layer":
            found = _reversed(entry["config"].get("layer"))
        inner[part] = _inner(layer, part, found)
    if kind == "RNN" and inner["cell"].class_name == "StackedRNNCells":
        cells = inner["cell"].config.get("cells")
        if not isinstance(cells, list) or not cells:
            raise layer.error(f"cells={shown(cells)}: must be a list of cells")
        inner = {f"cell_{i}": _inner(layer, f"cell_{i}", cell) for i, cell in enumerate(cells)}
    return KerasLayer(file=file, generation=generation, name=name, class_name=kind, config=entry["config"], inner=inner)


def _inner(layer: KerasLayer, part: str, entry: Any) -> KerasLayer:
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise layer.error(f"its {part} is {shown(entry)}; it must be a layer with class_name and config")
    if entry["class_name"] in MODELS:
        raise layer.error(f"its {part} is a model; of layers that are made of others only single layers are read")
    if not isinstance(entry.get("config"), dict):
        raise layer.error(f"its {part} is {shown(entry)}; it must be a layer with class_name and config")
    if layer.name.count("/") > _MAXIMUM_DEPTH:
        raise layer.error("layers lie too deep inside each other")
    return _layer(layer.file, layer.generation, f"{layer.name}/{part}", {**entry, "inbound_nodes": None})


def _reversed(entry: Any) -> Any:
    """The layer that a Bidirectional makes for the other direction."""
    config = entry.get("config") if isinstance(entry, dict) else None
    if not isinstance(config, dict):
        return entry
    return {**entry, "config": {**config, "go_backwards": not config.get("go_backwards", False)}}


def _bare(file: Path, generation: int, name: str, entry: dict[str, Any]) -> KerasLayer:
    return KerasLayer(
        file=file, generation=generation, name=name, class_name=entry["class_name"], config=entry["config"]
    )


def _entry(file: Path, index: int, entry: Any) -> dict[str, Any]:
    if isinstance(entry, dict) and isinstance(entry.get("class_name"), str):
        model = entry["class_name"] in MODELS and isinstance(entry.get("config"), list)
        if model or isinstance(entry.get("config"), dict):
            name = entry.get("name", None if model else entry["config"].get("name"))
            if isinstance(name, str) and name and name.isprintable():
                return entry
    raise InputError(
        f"{file}: model configuration: layers[{index}] is {shown(entry)}; "
        "it must be an object with class_name, config and a printable name"
    )


def _name(entry: dict[str, Any]) -> str:
    return entry["name"] if "name" in entry else entry["config"]["name"]
