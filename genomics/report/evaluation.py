"""What the page shows of `evaluation.json`: its parts, checked: a damaged file is an error, not an empty page."""

from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.report.records import plain, read_record

#: Measures with an interval: [value, low, high].
_INTERVALS = {
    "ground_truth": ("auprc", "auroc", "auprc_any_base", "auroc_any_base", "top_inside", "signal_to_noise"),
    "faithfulness": ("deletion_gain", "insertion_gain", "ism_pearson", "ism_spearman"),
}
_CURVES = ("deletion", "insertion", "deletion_random", "insertion_random")
_MAPS = ("signed_mean", "signed_std", "absolute_mean", "absolute_std")


def gather_evaluation(path: Path, fingerprint: str) -> dict[str, Any] | None:
    """The record of an evaluation; None where there is no file, or where it is of another network.

    Parts that were not evaluated are lists without entries, or null.

    Args:
      path: of the `evaluation.json`.
      fingerprint: of the network that the page is about.

    Raises:
      InputError: the file is no evaluation.
    """
    record = read_record(path)
    if record is None or record.get("model") != fingerprint:
        return None
    parts = {name: _entries(path, name, record.get(name), measures) for name, measures in _INTERVALS.items()}
    for entry in parts["faithfulness"]:
        _check_curves(path, entry, "fractions", _CURVES)
    return plain(
        {
            "split": _text(record.get("split")),
            "sequences": record.get("sequences"),
            "bootstrap": record.get("bootstrap"),
            "tasks": [str(task) for task in _list(path, "tasks", record.get("tasks"))],
            "why": {name: _why(record.get(name)) for name in (*_INTERVALS, "randomization")},
            **parts,
            "randomization": _randomization(path, record.get("randomization")),
            "notes": [str(note) for note in _list(path, "notes", record.get("notes") or [])],
        }
    )


def _entries(path: Path, name: str, found: Any, measures: tuple[str, ...]) -> list[dict[str, Any]]:
    """The entries of a part, one for each method and task; a part that says why it is absent has none."""
    if found is None or _why(found):
        return []
    for number, entry in enumerate(_list(path, name, found)):
        place = f"{path}: {name}: entry {number}"
        if not isinstance(entry, dict) or not all(isinstance(entry.get(key), str) for key in ("method", "task")):
            raise InputError(f"{place}: must name its method and task")
        for measure in measures:
            value = entry.get(measure)
            if value is None:
                continue
            if not isinstance(value, list) or len(value) != 3 or not _numbers(value):
                raise InputError(f"{place}: {measure} is {str(value)[:60]}; must be [value, low, high]")
    return found


def _randomization(path: Path, found: Any) -> dict[str, Any] | None:
    if found is None or _why(found):
        return None
    if not isinstance(found, dict):
        raise InputError(f"{path}: randomization: must be a record")
    layers = _list(path, "randomization: layers", found.get("layers"))
    for entry in _list(path, "randomization: methods", found.get("methods")):
        if not isinstance(entry, dict) or not isinstance(entry.get("method"), str):
            raise InputError(f"{path}: randomization: an entry must name its method")
        for name in _MAPS:
            values = entry.get(name)
            if not isinstance(values, list) or len(values) != len(layers) or not _numbers(values):
                raise InputError(f"{path}: randomization: {entry['method']}: {name} must be {len(layers)} numbers")
    return found


def _check_curves(path: Path, entry: dict[str, Any], axis: str, curves: tuple[str, ...]) -> None:
    if entry.get(axis) is None:
        return
    count = len(_list(path, axis, entry[axis]))
    for name in curves:
        values = entry.get(name)
        if values is not None and (not isinstance(values, list) or len(values) != count or not _numbers(values)):
            raise InputError(f"{path}: {entry['method']}, {entry['task']}: {name} must be {count} numbers")


def _why(found: Any) -> str | None:
    return str(found["why"]) if isinstance(found, dict) and "why" in found and "methods" not in found else None


def _list(path: Path, name: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise InputError(f"{path}: {name} is {str(found)[:60]}; must be a list")
    return found


def _numbers(values: list[Any]) -> bool:
    return all(value is None or isinstance(value, int | float) for value in values)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
