"""The types of a configuration's fields, which a file may hold otherwise."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from genomics.errors import InputError

_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def check_fields(values: Any, like: Any, prefix: str) -> None:
    """Checks that the values for a configuration have the types of its defaults; records within are not looked at.

    Args:
      values: JSON's object for a configuration: lists stand for tuples.
      like: the configuration with its defaults, a dataclass.
      prefix: of the fields' names in messages.

    Raises:
      InputError: it is no object, or a field has another type; one line that names it.
    """
    if not isinstance(values, Mapping):
        raise InputError(f"{prefix.rstrip('.')}={values!r}: must be an object")
    for field in dataclasses.fields(like):
        if field.name not in values:
            continue
        value, default = values[field.name], getattr(like, field.name)
        name = f"{prefix}{field.name}"
        if isinstance(default, tuple):
            kind = type(default[0]) if default else str
            if not isinstance(value, list) or not all(_is(each, kind) for each in value):
                raise InputError(f"{name}={value!r}: must be a list, each {_KINDS[kind]}")
        elif type(default) in _KINDS and not _is(value, type(default)):
            raise InputError(f"{name}={value!r}: must be {_KINDS[type(default)]}")


def _is(value: Any, kind: type) -> bool:
    """Whether a value of JSON is of this kind; a whole number is also a number."""
    return type(value) is kind or (kind is float and type(value) is int)
