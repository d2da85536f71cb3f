"""Typed fields of the JSON objects in an archive: each is checked, and its error names file, place, value and rule."""

import math
from typing import Any

from genomics.io.json_text import parse_json
from genomics.io.torch.archive import Archive
from genomics.io.torch.record import plain, shown

#: Larger numbers are in no network.
_LARGEST = 1 << 63


class Object:
    """A JSON object and where it stands."""

    def __init__(self, archive: Archive, place: str, value: Any):
        if not isinstance(value, dict):
            raise archive.error(place, f"is {shown(value)}; must be an object")
        self.archive, self.place, self.value = archive, place, value

    def error(self, key: str, problem: str) -> Exception:
        """The error for something wrong with one of its fields."""
        return self.archive.error(f"{self.place}: {key}", problem)

    def get(self, key: str, kind: type, default: Any = ...) -> Any:
        """The field `key`, of the type `kind`; `default` where it is absent, if one is given."""
        if key not in self.value and default is not ...:
            return default
        found = self.value.get(key)
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            wanted = {dict: "an object", list: "a list", str: "a text", int: "a whole number", bool: "true or false"}
            raise self.error(key, f"is {shown(found)}; must be {wanted[kind]}")
        if isinstance(found, int) and abs(found) > _LARGEST:
            raise self.error(key, f"is {shown(found)}; no network needs such a number")
        return found

    def object(self, key: str) -> "Object":
        """The object in a field."""
        return Object(self.archive, f"{self.place}: {key}", self.get(key, dict))

    def objects(self, key: str) -> list["Object"]:
        """The list of objects in a field."""
        return [Object(self.archive, f"{self.place}: {key}[{i}]", each) for i, each in enumerate(self.get(key, list))]

    def only(self) -> tuple[str, Any]:
        """The one entry of an object that says by its key what it holds."""
        if len(self.value) != 1:
            raise self.archive.error(self.place, f"is {shown(self.value)}; must have exactly one entry")
        return next(iter(self.value.items()))


def number(value: Any) -> float | None:
    """A float of a graph: a number, or the text that stands for one that JSON has not; None for anything else."""
    texts = {"Infinity": math.inf, "-Infinity": -math.inf, "NaN": math.nan}
    if isinstance(value, str):
        return texts.get(value)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def parse(archive: Archive, place: str, data: bytes) -> Object:
    """A JSON member.

    Raises:
      InputError: it is too large, not JSON, or no object.
    """
    return Object(archive, place, parse_json(data, f"{archive.path}: {plain(place)}"))
