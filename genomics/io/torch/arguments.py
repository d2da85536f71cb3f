"""The arguments of operations: tagged unions in the JSON, plain values here."""

from collections.abc import Callable
from typing import Any

from genomics.io.torch.fields import Object, number
from genomics.io.torch.record import Graph, Kind, Place, Ref, shown

#: Reads a graph inside an argument.
ReadGraph = Callable[[Object], Graph]


def argument(entry: Object, read_graph: ReadGraph) -> Any:
    """The value of an `Argument` of the schema; see `record.Node` for what it may be.

    Raises:
      InputError: it is not of the schema, or of a kind that no network of arrays has (custom objects, complex numbers).
    """
    kind, value = entry.only()
    if kind == "as_graph":
        return read_graph(entry.object("as_graph").object("graph"))
    if kind in _LISTS:
        item = _LISTS[kind]
        return tuple(_one(entry, item, part) for part in entry.get(kind, list))
    if kind in ("as_int_lists", "as_float_lists", "as_nested_tensors"):
        item = {"as_int_lists": "as_int", "as_float_lists": "as_float", "as_nested_tensors": "as_tensor"}[kind]
        rows = entry.get(kind, list)
        if not all(isinstance(row, list) for row in rows):
            raise entry.error(kind, "must be a list of lists")
        return tuple(tuple(_one(entry, item, part) for part in row) for row in rows)
    return _one(entry, kind, value)


#: Kinds that are lists -> the kind of their items.
_LISTS = {
    "as_ints": "as_int",
    "as_floats": "as_float",
    "as_bools": "as_bool",
    "as_strings": "as_string",
    "as_tensors": "as_tensor",
    "as_optional_tensors": "as_optional_tensor",
    "as_sym_ints": "as_sym_int",
    "as_sym_floats": "as_sym_float",
    "as_sym_bools": "as_sym_bool",
}

#: Unions inside the union: their own tag says which.
_NESTED = ("as_sym_int", "as_sym_float", "as_sym_bool", "as_optional_tensor")


def _one(entry: Object, kind: str, value: Any) -> Any:
    place = Object(entry.archive, entry.place, {kind: value})
    if kind in _NESTED:
        inner, found = place.object(kind).only()
        if inner in _NESTED:
            raise place.error(kind, f"is {shown(value)}")
        return _one(place.object(kind), inner, found)
    if kind == "as_none":
        return None
    if kind == "as_tensor":
        return Ref(place.object(kind).get("name", str))
    if kind in ("as_name",):
        return Ref(place.get(kind, str))
    if kind == "as_int":
        return place.get(kind, int)
    if kind == "as_bool":
        return place.get(kind, bool)
    if kind == "as_string":
        return place.get(kind, str)
    if kind == "as_float":
        found = number(value)
        if found is None:
            raise place.error(kind, f"is {shown(value)}; must be a number")
        return found
    if kind == "as_scalar_type":
        return Kind(place.get(kind, int))
    if kind in ("as_memory_format", "as_layout", "as_device"):
        return Place()
    raise entry.archive.error(entry.place, f"is an argument of the kind {shown(kind)}, which is not read")
