"""`--config=NAME`: a configuration of `genomics.configs`, or a file; and what its fields are."""

import dataclasses
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import genomics.configs
from genomics.errors import InputError

_FLAG = re.compile(r"--?config(?:=(.*))?")
_FIELD = re.compile(r"--?config\.([\w.]+)(?:=.*)?", re.DOTALL)
_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "True or False", tuple: "a list, A,B"}


def names() -> list[str]:
    """The configurations that come with the package, e.g. `lab5`."""
    return sorted(path.stem for path in _FOLDER.glob("*.py") if path.stem != "__init__")


_FOLDER = Path(genomics.configs.__path__[0])


def find_configuration(argv: list[str]) -> None:
    """Puts the file in the place of the name, and checks the fields that the command line changes.

    Args:
      argv: the command line; its word `--config=NAME` is changed.

    Raises:
      InputError: there is no such configuration, or a field that it does not have; the line names those that there are.
    """
    place = _place(argv)
    if place is None:
        return
    index, prefix, given = place
    path, _, parameter = given.partition(":")
    if not Path(path).is_file():
        if path.removesuffix(".py") not in names():
            raise InputError(f"--config={given}: no such file, nor one of {', '.join(names())}")
        path = str(_FOLDER / f"{path.removesuffix('.py')}.py")
        argv[index] = prefix + path + (f":{parameter}" if parameter else "")
    wanted = [found[1] for word in argv[1:] if (found := _FIELD.fullmatch(word))]
    if not wanted:
        return
    known = dict(fields(_load(path, parameter)))
    if "help" in wanted:
        print("\n".join(f"--config.{name}  {what}" for name, what in known.items()))
        sys.exit(0)
    for name in wanted:
        if name not in known and not any(each.startswith(f"{name}.") for each in known):
            told = "; ".join(f"{each} ({what})" for each, what in known.items())
            raise InputError(f"--config.{name}: no such field; those of {given} are {told}")


def _place(argv: list[str]) -> tuple[int, str, str] | None:
    """Which word holds the configuration, what stands before it there, and what it is."""
    for index, word in enumerate(argv[1:], 1):
        if word == "--":
            return None
        found = _FLAG.fullmatch(word)
        if not found:
            continue
        if found[1] is not None:
            return (index, word[: found.start(1)], found[1]) if found[1] else None
        return (index + 1, "", argv[index + 1]) if index + 1 < len(argv) else None
    return None


def fields(config: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name and type, with the value, of every field of a configuration; those of records within it by dots."""
    if not dataclasses.is_dataclass(config):
        return
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from fields(value, f"{prefix}{field.name}.")
            continue
        kind = _KINDS.get(type(value)) or str(field.type)
        yield f"{prefix}{field.name}", f"{kind}, {_short(value)}"


def _short(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else repr(value) if value == "" else str(value)


def _load(path: str, parameter: str) -> Any:
    """The configuration of a file; None where it cannot be made, which is told when the flag is read."""
    specification = importlib.util.spec_from_file_location("_configuration", path)
    if specification is None or specification.loader is None:
        return None
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
        return module.get_config(parameter) if parameter else module.get_config()
    except Exception:  # whatever the user's file raises
        return None
