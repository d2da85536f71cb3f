"""The fields of a scan's `plan.json`, checked before work is done by them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genomics.errors import InputError

_DIGITS = 16


def digest_of(values: Any) -> str:
    """What tells JSON-ready values from others."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:_DIGITS]


def check_plan(path: Path, plan: Mapping[str, Any]) -> None:
    """Checks the fields by which a scan is finished. Those of `settings` are protected by their digest in every part.

    Args:
      path: of the plan, for messages.
      plan: what it holds, with `settings`.

    Raises:
      InputError: a field is absent or of another kind, or contigs or intervals are not those of the settings.
    """
    settings = plan["settings"]
    _check(path, settings, "settings.", _SETTINGS)
    _check(path, plan, "", _PLAN)
    _check(path, plan, "", _OF_VARIANTS if settings["vcf"] else _OF_BASES)
    for digest, name, values in (
        ("genome", "contigs", list(plan["contigs"].items())),
        ("regions", "intervals", plan.get("intervals")),
    ):
        if settings.get(digest) not in (None, digest_of(values)):
            raise InputError(f"{path}: is damaged: {name} are not those of the digest settings.{digest}")


_Rules = Mapping[str, tuple[Callable[[Any], bool], str]]


def _check(path: Path, values: Mapping[str, Any], prefix: str, rules: _Rules) -> None:
    for name, (rule, told) in rules.items():
        if name not in values or not rule(values[name]):
            found = repr(values[name])[:60] if name in values else "absent"
            raise InputError(f"{path}: is damaged: {prefix}{name} is {found}; must be {told}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_positive(value: Any) -> bool:
    return _is_whole(value) and value > 0


def _is_intervals(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, list)
        and len(row) == 3
        and _is_text(row[0])
        and all(map(_is_whole, row[1:]))
        and row[1] < row[2]
        for row in value
    )


def _is_sizes(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_whole, value.values()))


_SETTINGS: _Rules = {
    "part_size": (_is_positive, "a whole number from 1"),
    "vcf": (lambda value: value is None or _is_text(value), "null or a digest"),
}
_PLAN: _Rules = {
    "contigs": (_is_sizes, "an object of lengths"),
    "provenance": (lambda value: isinstance(value, dict), "an object"),
}
_OF_VARIANTS: _Rules = {"vcf": (_is_text, "a path"), "records": (_is_whole, "a whole number from 0")}
_OF_BASES: _Rules = {"intervals": (_is_intervals, "a list of contig, start, end")}
