"""Results of an evaluation that need not be computed twice: of an earlier run, or of one that was stopped."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.interpretation.evaluation_files import plain
from genomics.io.atomic import write_text
from genomics.io.json_text import read_json


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What is there already.

    Attributes:
      folder: of results that no finished evaluation holds yet: `<part>_<method>.json`.
      keys: part -> method -> the `key` under which a finished evaluation computed it.
      values: part -> method -> the result.
    """

    folder: Path
    keys: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, Any]]


def earlier(evaluation: Path, folder: Path) -> Earlier:
    """What an `evaluation.json` and a folder of parts hold. A file that cannot be read holds nothing."""
    found = _read(evaluation)
    try:
        faithful = {name: [e for e in found["faithfulness"] if e["method"] == name] for name in found["methods"]}
        shared = {name: value for name, value in found["randomization"].items() if name != "methods"}
        randomised = {e["method"]: {**shared, "methods": [e]} for e in found["randomization"].get("methods", ())}
        keys = {part: dict(own) for part, own in found["keys"].items()}
        return Earlier(folder=folder, keys=keys, values={"faithfulness": faithful, "randomization": randomised})
    except (AttributeError, KeyError, TypeError, ValueError):
        return Earlier(folder=folder, keys={}, values={})


def key(*settings: Any) -> str:
    """A short text that is equal where all settings are, JSON-ready values."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def once(have: Earlier, part: str, method: str, wanted: str, compute: Callable[[], Any]) -> Any:
    """A result as JSON gives it: the one that is there under the key `wanted`, or a new one, which is then kept."""
    if have.keys.get(part, {}).get(method) == wanted and method in have.values.get(part, {}):
        return have.values[part][method]
    path = have.folder / f"{part}_{method}.json"
    kept = _read(path)
    if kept.get("key") == wanted and "value" in kept:
        return kept["value"]
    value = plain(compute())
    write_text(path, json.dumps({"key": wanted, "value": value}) + "\n")
    return value


def _read(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path)
    except InputError:
        return {}
    return found if isinstance(found, dict) else {}
