"""Reading an exported program of PyTorch."""

import os
import re
from collections.abc import Mapping
from typing import Any

from genomics.io.torch import labels
from genomics.io.torch.archive import Archive, open_archive
from genomics.io.torch.arguments import argument
from genomics.io.torch.fields import Object, parse
from genomics.io.torch.graph import read_graph
from genomics.io.torch.record import Kind, Ref, Sizes, TorchProgram, shown
from genomics.io.torch.tensors import Tensors

#: The generation of the schema that is read; its minor versions only add fields.
SCHEMA = 8


def read(path: str | os.PathLike[str]) -> TorchProgram:
    """A network that `torch.export.save` wrote (`.pt2`), with PyTorch 2.9 or later.

    Nothing in the file is executed or unpickled; its sample inputs, which are pickled, are not touched.

    Args:
      path: the file.

    Returns:
      Operations and weights.

    Raises:
      InputError: the file is absent, damaged, a zip bomb, of another kind or generation, or holds what is no array; the
        message names file, place, value and rule, and the lines that export a network.
    """
    with open_archive(path) as archive:
        place = f"models/{archive.model}.json"
        root = parse(archive, place, archive.member(place, parsed=True))
        version = root.get("torch_version", str, "unknown")
        schema = root.object("schema_version")
        major = schema.get("major", int)
        if major != SCHEMA:
            raise schema.error(
                "major",
                f"is {major}, written by PyTorch {shown(version)}; generation {SCHEMA} is read (PyTorch 2.9 and later)",
            )
        return _program(archive, root, version)


def _program(archive: Archive, root: Object, version: str) -> TorchProgram:
    module = root.object("graph_module")
    graph = read_graph(module.object("graph"))
    signature = module.object("signature")
    stored = Tensors(archive)
    tensors: dict[str, str] = {}
    values: dict[str, Any] = {}
    inputs: dict[str, Sizes] = {}
    kinds: dict[str, Kind] = {}
    metas = module.object("graph").object("tensor_values")
    trained: set[str] = set()
    used = _used(graph)
    for spec in signature.objects("input_specs"):
        kind, _ = spec.only()
        inner = spec.object(kind)
        if kind in _STORED:
            name = inner.object("arg").get("name", str)
            if name in used:
                key = stored.key(inner.get(_STORED[kind], str))
                tensors[name] = key
                if kind != "tensor_constant":
                    trained.add(key)
        elif kind == "user_input":
            given = argument(inner.object("arg"), read_graph)
            if isinstance(given, Ref):
                if given.name not in graph.sizes:
                    raise inner.error("arg", f"is {given.name!r}, whose sizes are not stated; must be a tensor")
                inputs[given.name] = graph.sizes[given.name]
                kinds[given.name] = Kind(metas.object(given.name).get("dtype", int))
        elif kind == "constant_input":
            constant = inner.object("value")
            values[inner.get("name", str)] = argument(constant, read_graph)
        elif kind != "token":
            raise spec.error(kind, "is an input that no network of arrays has (a custom object)")
    arrays = {key: stored.array(key) for key in dict.fromkeys(tensors.values())}
    return TorchProgram(
        file=archive.path,
        torch_version=version,
        graph=graph,
        tensors=tensors,
        arrays=arrays,
        trained=frozenset(trained),
        values=values,
        inputs=inputs,
        kinds=kinds,
        ranges=_ranges(root, inputs),
        outputs=labels.outputs(module),
    )


def _ranges(root: Object, inputs: Mapping[str, Sizes]) -> dict[tuple[str, int], tuple[int, int | None]]:
    """Of each open axis that is one symbol, the sizes that the program was exported for."""
    limits = root.get("range_constraints", dict, {})
    values = root.object("graph_module").object("graph").object("tensor_values")
    found = {}
    for name, sizes in inputs.items():
        for axis, part in enumerate(values.object(name).objects("sizes")):
            if sizes[axis] is not None:
                continue
            text = part.object("as_expr").get("expr_str", str)
            symbol = re.fullmatch(r"(?:Symbol\('(\w+)'.*\)|(\w+))", text)
            limit = limits.get(symbol[1] or symbol[2]) if symbol else None
            if isinstance(limit, dict):
                low, high = limit.get("min_val"), limit.get("max_val")
                found[name, axis] = (low if type(low) is int else 0, high if type(high) is int else None)
    return found


#: Inputs of the graph that are stored in the file -> the field with their name in the module.
_STORED = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}


def _used(graph: Any) -> set[str]:
    """The names that operations read, those of inner graphs included."""
    found = {each.name for each in graph.outputs if isinstance(each, Ref)}
    for node in graph.nodes:
        pending = [value for _, value in node.arguments]
        while pending:
            value = pending.pop()
            if isinstance(value, Ref):
                found.add(value.name)
            elif isinstance(value, tuple):
                pending += value
            elif isinstance(value, type(graph)):
                found |= _used(value)
    return found
