"""How a layer is called: the inbound nodes of functional models, in the notations of Keras 2 and Keras 3.

Keras 2: a node is a list of `[layer, node index, tensor index, arguments]`; that of a TensorFlow function may be one
such entry, `["_CONSTANT_VALUE", -1, value, arguments]` where its first operand is no tensor. Keras 3: a node is
`{"args": [...], "kwargs": {...}}` in which a tensor is `{"class_name": "__keras_tensor__", "config": {"keras_history":
[layer, node index, tensor index]}}`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.keras.record import Source, shown

_MAXIMUM_DEPTH = 8
_CONSTANT = "_CONSTANT_VALUE"


@dataclass(frozen=True, kw_only=True)
class KerasNode:
    """One call: positional and keyword arguments, in which a tensor is a `Source` and an array an `np.ndarray`."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every tensor among the arguments, in order."""
        return tuple(_sources([*self.args, *self.kwargs.values()]))


def node_of(place: str, nodes: Any, index: int) -> KerasNode:
    """The call `index` among a layer's `inbound_nodes`.

    Args:
      place: for messages.
      nodes: the JSON list.
      index: from 0.

    Raises:
      InputError: the call is not described, or not in either notation.
    """
    if nodes == [] and index == 0:
        return KerasNode(args=(), kwargs={})
    if not isinstance(nodes, list) or index >= len(nodes):
        raise InputError(f"{place}: is used but not described")
    node = nodes[index]
    if isinstance(node, dict):
        arguments, keywords = node.get("args"), node.get("kwargs")
        if not isinstance(arguments, list):
            raise InputError(f"{place}: args must be a list")
        return KerasNode(
            args=tuple(_keras_3(place, part) for part in arguments),
            kwargs={name: _keras_3(place, value) for name, value in _object(place, keywords).items()},
        )
    if not isinstance(node, list) or not node:
        raise InputError(f"{place}: must be a list of tensors")
    bare = isinstance(node[0], str)
    tensors = [node] if bare else node
    found, kwargs = [], {}
    for tensor in tensors:
        found.append(_keras_2_entry(place, tensor))
        keywords = _object(place, tensor[3] if len(tensor) > 3 else None)
        kwargs |= {name: _keras_2(place, value) for name, value in keywords.items()}
    return KerasNode(args=(found[0],) if bare else (found,), kwargs=kwargs)


def references(file: Path, config: dict[str, Any], key: str) -> tuple[tuple[str, Source], ...]:
    """The inputs or outputs of a functional model, with their names: the layer's, or that of a dictionary's entry.

    They are written as one `[layer, node, tensor]`, a list of such, or an object of such.
    """
    value = config.get(key)
    place = f"{file}: model configuration: {key}"
    if isinstance(value, list) and value and isinstance(value[0], str):
        value = [value]
    flat = _flat(value) if value is not None else []
    if not flat:
        raise InputError(f"{place}: must name the model's {key.removesuffix('_layers')}")
    found = [(name, reference(place, entry)) for name, entry in flat]
    return tuple((source.layer if name is None else name, source) for name, source in found)


def reference(place: str, tensor: Any) -> Source:
    """One `[layer, node, tensor]`."""
    if isinstance(tensor, list) and len(tensor) >= 3:
        layer, node, index = tensor[:3]
        if isinstance(layer, str) and type(node) is int and node >= 0 and type(index) is int and index >= 0:
            return Source(layer, node, index)
    raise InputError(f"{place}: names its input as {shown(tensor)}; it must be [layer, node index, tensor index]")


def _flat(value: Any, depth: int = 0) -> list[tuple[str | None, Any]]:
    """(name or None, `[layer, node, tensor]`) of nested lists and objects."""
    if depth > _MAXIMUM_DEPTH:
        return []
    if isinstance(value, dict):
        return [
            (str(name) if inner is None else inner, e) for name, v in value.items() for inner, e in _flat(v, depth + 1)
        ]
    if isinstance(value, list) and not (value and isinstance(value[0], str)):
        return [found for entry in value for found in _flat(entry, depth + 1)]
    return [(None, value)]


def _object(place: str, keywords: Any) -> dict[str, Any]:
    if keywords is None:
        return {}
    if not isinstance(keywords, dict):
        raise InputError(f"{place}: keyword arguments must be an object")
    return keywords


def _keras_3(place: str, part: Any, depth: int = 0) -> Any:
    if depth > _MAXIMUM_DEPTH:
        raise InputError(f"{place}: nests its arguments over {_MAXIMUM_DEPTH} deep")
    if isinstance(part, list):
        return [_keras_3(place, entry, depth + 1) for entry in part]
    if not isinstance(part, dict):
        return part
    config = part.get("config")
    config = config if isinstance(config, dict) else {}
    kind = part.get("class_name")
    if kind == "__keras_tensor__":
        return reference(place, config.get("keras_history"))
    if kind == "__slice__":
        return _slice(place, config)
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__numpy__", "__tensor__"):
        return _array(place, config.get("value"))
    return part


def _keras_2_entry(place: str, tensor: Any) -> Any:
    if isinstance(tensor, list) and len(tensor) >= 3 and tensor[0] == _CONSTANT:
        return _keras_2(place, tensor[2])
    return reference(place, tensor)


def _keras_2(place: str, value: Any, depth: int = 0) -> Any:
    if depth > _MAXIMUM_DEPTH:
        raise InputError(f"{place}: nests its arguments over {_MAXIMUM_DEPTH} deep")
    if isinstance(value, list):
        if len(value) >= 3 and value[0] == _CONSTANT:
            return _keras_2(place, value[2], depth + 1)
        if len(value) >= 3 and isinstance(value[0], str) and all(type(n) is int for n in value[1:3]):
            return reference(place, value)
        return [_keras_2(place, entry, depth + 1) for entry in value]
    if isinstance(value, dict):
        if set(value) == {"start", "stop", "step"}:
            return _slice(place, value)
        if value.get("class_name") == "__ellipsis__":
            return Ellipsis
    return value


def _slice(place: str, config: dict[str, Any]) -> slice:
    parts = [config.get(key) for key in ("start", "stop", "step")]
    if not all(part is None or type(part) is int for part in parts) or parts[2] == 0:
        raise InputError(f"{place}: has the slice {shown(config)}; start, stop and step must be whole numbers or null")
    return slice(*parts)


def _array(place: str, value: Any) -> np.ndarray:
    try:
        array = np.asarray(value)
        found = array.astype(np.float32) if array.dtype.kind in "fiub" else None
    except (ValueError, TypeError, OverflowError):
        found = None
    if found is None or not np.isfinite(found).all():
        raise InputError(f"{place}: has the constant {shown(value)}; it must be an array of finite numbers")
    return found


def _sources(values: list[Any]) -> list[Source]:
    found = []
    for value in values:
        if isinstance(value, Source):
            found.append(value)
        elif isinstance(value, list):
            found += _sources(value)
    return found
