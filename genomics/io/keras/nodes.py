"""Who feeds whom: the inbound nodes of functional models, in the notations of Keras 2 and Keras 3.

Keras 2: a node is a list of `[layer, node index, tensor index, arguments]`; that of a TensorFlow function is one such
entry, with the second operand among the arguments. Keras 3: a node is `{"args": [...], "kwargs": {...}}` in which a
tensor is `{"class_name": "__keras_tensor__", "config": {"keras_history": [layer, node index, tensor index]}}`.
"""

from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.keras.record import shown

#: (layer, node index): one call of a layer.
Reference = tuple[str, int]


def references(file: Path, entry: dict[str, Any], key: Reference) -> tuple[Reference, ...]:
    """The calls that feed call `key` of a layer, in order.

    Args:
      file: for messages.
      entry: the layer's JSON object.
      key: which of its calls.

    Raises:
      InputError: the call is not described, or has an argument that is neither a tensor nor the usual defaults.
    """
    place = f"{file}: layer {key[0]!r} ({entry['class_name']}): inbound node {key[1]}"
    nodes = entry.get("inbound_nodes")
    if nodes == [] and key[1] == 0:
        return ()
    if not isinstance(nodes, list) or key[1] >= len(nodes):
        raise InputError(f"{place}: is used but not described")
    node = nodes[key[1]]
    if isinstance(node, dict):
        arguments = node.get("args")
        if not isinstance(arguments, list):
            raise InputError(f"{place}: args must be a list")
        flat = [part for argument in arguments for part in (argument if isinstance(argument, list) else [argument])]
        found = [_keras_3(place, part) for part in flat]
        return tuple(found + _keywords(place, node.get("kwargs")))
    if not isinstance(node, list) or not node:
        raise InputError(f"{place}: must be a list of tensors")
    tensors = [node] if isinstance(node[0], str) else node
    found = []
    for tensor in tensors:
        found.append(_reference(place, tensor))
        found += _keywords(place, tensor[3] if len(tensor) > 3 else None)
    return tuple(found)


def single_reference(file: Path, config: dict[str, Any], key: str) -> Reference:
    """The one input or output of a functional model: `[layer, node, tensor]`, or a list or object of one such."""
    value = config.get(key)
    what = key.removesuffix("_layers")
    place = f"{file}: model configuration: {key}"
    entries = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{place}: must name the model's {what}")
    if isinstance(entries[0], str):
        entries = [entries]
    if len(entries) != 1:
        names = ", ".join(repr(_reference(place, entry)[0]) for entry in entries)
        raise InputError(f"{file}: the model has {len(entries)} {what}s ({names}); only models with one are read")
    return _reference(place, entries[0])


def _keras_3(place: str, part: Any) -> Reference:
    if not isinstance(part, dict) or part.get("class_name") != "__keras_tensor__":
        raise InputError(f"{place}: has the argument {shown(part)}; every argument must be the output of a layer")
    config = part.get("config")
    return _reference(place, config.get("keras_history") if isinstance(config, dict) else None)


def _keywords(place: str, keywords: Any) -> list[Reference]:
    """Tensors among the keyword arguments: `y` of a binary operator. The usual defaults say nothing."""
    if keywords is None:
        return []
    if not isinstance(keywords, dict):
        raise InputError(f"{place}: keyword arguments must be an object")
    found = []
    for name, value in keywords.items():
        if isinstance(value, list) and name == "y":
            found.append(_reference(place, value))
        elif name == "training" and value is True:
            raise InputError(f"{place}: is called with training=True; only inference is computed")
        elif value is not None and value is not False:
            raise InputError(
                f"{place}: has the argument {name}={shown(value)}; every argument must be the output of a layer"
            )
    return found


def _reference(place: str, tensor: Any) -> Reference:
    if isinstance(tensor, list) and len(tensor) >= 3:
        layer, node, index = tensor[:3]
        if isinstance(layer, str) and type(node) is int and node >= 0 and index == 0:
            return layer, node
    raise InputError(f"{place}: names its input as {shown(tensor)}; it must be [layer, node index, 0]")
