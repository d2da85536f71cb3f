"""From a model's configuration to its layers and the calls between them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.keras.classes import canonical_class, is_operation
from genomics.io.keras.nodes import Reference, references, single_reference
from genomics.io.keras.record import KerasLayer, LayerCall, shown


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A model without its weights.

    Attributes:
      input_shape: without the batch axis.
      layers: by name, in order of first use; only those between input and output.
      calls: in topological order, from the input to the output.
      containers: (class in the file, name) of every layer of the file that owns a place among the weights, in order.
    """

    input_shape: tuple[int | None, ...]
    layers: dict[str, KerasLayer]
    calls: tuple[LayerCall, ...]
    containers: tuple[tuple[str, str], ...]


def parse(file: Path, generation: int, root: Any) -> Graph:
    """The graph of a model's configuration (the JSON object with `class_name` and `config`).

    Raises:
      InputError: it is not a Sequential or functional model with one input and one output, or holds a layer that is
        code.
    """
    if not isinstance(root, dict) or "class_name" not in root or "config" not in root:
        raise InputError(
            f"{file}: model configuration: has no class_name and config; it does not describe a Keras model"
        )
    kind, config = root["class_name"], root["config"]
    if kind not in ("Sequential", "Functional", "Model"):
        raise InputError(
            f"{file}: model configuration: class {shown(kind)} is Python code that is not in the file; "
            "only Sequential and functional models are read"
        )
    # Keras up to 2.2.2 writes a Sequential model's list of layers bare.
    config = {"layers": config} if isinstance(config, list) else config
    entries = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{file}: model configuration: must hold a list of layers, holds {shown(entries)}")
    read = _sequential if kind == "Sequential" else _functional
    return read(file, generation, config, [_entry(file, i, entry) for i, entry in enumerate(entries)])


def _sequential(file: Path, generation: int, config: dict[str, Any], entries: list[dict[str, Any]]) -> Graph:
    layers = [_layer(file, generation, entry) for entry in entries]
    if layers[0].class_name == "InputLayer":
        shape = _shape(layers[0])
        first, rest = layers[0], layers[1:]
    else:
        # Before Keras 2.3 the shape stands on the first layer; a model built by its first call has it beside.
        given = layers[0].config.get("batch_input_shape", config.get("build_input_shape"))
        first = KerasLayer(
            file=file,
            generation=generation,
            name="input",
            class_name="InputLayer",
            config={"batch_input_shape": given},
        )
        while first.name in {layer.name for layer in layers}:
            first = replace(first, name=f"{first.name}_")
        shape, rest = _shape(first), layers
    named = {layer.name: layer for layer in (first, *rest)}
    if len(named) != len(rest) + 1:
        raise InputError(f"{file}: model configuration: two layers have the same name; names must differ")
    for layer in rest:
        if layer.class_name == "InputLayer":
            raise layer.error("stands in the middle of a Sequential model; it may only come first")
    order = (first, *rest)
    calls = tuple(
        LayerCall(layer=layer.name, index=0, inputs=((order[i - 1].name, 0),) if i else ())
        for i, layer in enumerate(order)
    )
    return Graph(input_shape=shape, layers=named, calls=calls, containers=_containers(entries))


def _functional(file: Path, generation: int, config: dict[str, Any], entries: list[dict[str, Any]]) -> Graph:
    described = {_name(entry): entry for entry in entries}
    if len(described) != len(entries):
        raise InputError(f"{file}: model configuration: two layers have the same name; names must differ")
    source = single_reference(file, config, "input_layers")
    target = single_reference(file, config, "output_layers")
    layers: dict[str, KerasLayer] = {}

    def feeding(key: Reference) -> tuple[Reference, ...]:
        if key[0] not in described:
            raise InputError(f"{file}: model configuration: layer {key[0]!r} is used but not described")
        if key[0] not in layers:
            layers[key[0]] = _layer(file, generation, described[key[0]])
        return references(file, described[key[0]], key)

    inputs = _ordered(file, target, feeding)
    if source not in inputs:
        raise InputError(f"{file}: model configuration: the output does not depend on the input {source[0]!r}")
    for key, fed in inputs.items():
        is_input = layers[key[0]].class_name == "InputLayer"
        if is_input != (key == source) or is_input != (not fed):
            raise layers[key[0]].error("is fed by no other layer, or is fed though an input; a model has one input")
    calls = tuple(LayerCall(layer=key[0], index=key[1], inputs=fed) for key, fed in inputs.items())
    return Graph(
        input_shape=_shape(layers[source[0]]),
        layers={call.layer: layers[call.layer] for call in calls},
        calls=calls,
        containers=_containers(entries),
    )


def _ordered(
    file: Path, target: Reference, feeding: Callable[[Reference], tuple[Reference, ...]]
) -> dict[Reference, tuple[Reference, ...]]:
    """Every call that the target needs, each after those that feed it: depth first, so the one input comes first."""
    inputs: dict[Reference, tuple[Reference, ...]] = {}
    opened: dict[Reference, tuple[Reference, ...]] = {}
    stack = [target]
    while stack:
        key = stack[-1]
        if key in inputs:
            stack.pop()
        elif key not in opened:
            opened[key] = feeding(key)
            stack += [fed for fed in reversed(opened[key]) if fed not in inputs]
        elif any(fed not in inputs for fed in opened[key]):
            raise InputError(f"{file}: layer {key[0]!r}: feeds itself; a network must have no loops")
        else:
            inputs[key] = opened[key]
            stack.pop()
    return inputs


def _layer(file: Path, generation: int, entry: dict[str, Any]) -> KerasLayer:
    layer = KerasLayer(
        file=file,
        generation=generation,
        name=_name(entry),
        class_name=entry["class_name"],
        config=entry["config"],
    )
    return replace(layer, class_name=canonical_class(layer, entry))


def _entry(file: Path, index: int, entry: Any) -> dict[str, Any]:
    if isinstance(entry, dict) and isinstance(entry.get("class_name"), str) and isinstance(entry.get("config"), dict):
        name = entry.get("name", entry["config"].get("name"))
        if isinstance(name, str) and name and name.isprintable():
            return entry
    raise InputError(
        f"{file}: model configuration: layers[{index}] is {shown(entry)}; "
        "it must be an object with class_name, config and a printable name"
    )


def _name(entry: dict[str, Any]) -> str:
    return entry.get("name", entry["config"].get("name"))


def _shape(layer: KerasLayer) -> tuple[int | None, ...]:
    """The shape that an input layer states, without the batch axis."""
    shape = layer.config.get("batch_shape", layer.config.get("batch_input_shape"))
    shape = shape if isinstance(shape, list) else [shape]
    if len(shape) < 2 or not all(n is None or (type(n) is int and n > 0) for n in shape[1:]):
        raise layer.error(f"input shape {shown(shape)}: must be a list of whole numbers with the batch axis first")
    return tuple(shape[1:])


def _containers(entries: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """Operations of Keras 3 are not layers and have no place among the weights."""
    return tuple((entry["class_name"], _name(entry)) for entry in entries if not is_operation(entry.get("module")))
