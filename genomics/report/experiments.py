"""What the page says of experiments that the network was held against."""

from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.evaluation.measured import MEASURES
from genomics.report.records import read_record

FOLDER = "experiments"


def gather_experiments(folder: Path) -> list[dict[str, Any]] | None:
    """The grades that `genomics.evaluation.experiments` left in a folder, in order of their names; None without any.

    Returns:
      For each: `name`, `kind`, `task`, `strands`, `networks`, `matrix`, `alleles`, `passed_over`, and `parts`: each has
      `part`, `alleles`, `place` and `rows`: name of the prediction, and [estimate, low, high] by measure of itself and
      of its difference to the matrix.

    Raises:
      InputError: a file is damaged.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        record = read_record(path) or {}
        try:
            parts = [_part(part) for part in record["parts"]]
            facts = {key: record[key] for key in ("kind", "task", "strands", "networks", "matrix", "alleles")}
            passed_over = {str(reason): int(count) for reason, count in record["passed_over"].items()}
            found.append({"name": str(record["experiment"]), **facts, "passed_over": passed_over, "parts": parts})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{path}: must be what genomics.evaluation.experiments writes ({error!r})") from None
    return found or None


def _part(part: dict[str, Any]) -> dict[str, Any]:
    rows = [
        {
            "name": name,
            "itself": [_interval(grade["itself"][measure]) for measure in MEASURES],
            "minus": [_interval(grade["minus"][measure]) for measure in MEASURES] if "minus" in grade else None,
        }
        for name, grade in part.get("grades", {}).items()
    ]
    return {"part": str(part["part"]), "alleles": int(part["alleles"]), "place": part.get("place"), "rows": rows}


def _interval(values: list[float | None]) -> list[float | None]:
    estimate, low, high = (None if value is None else float(value) for value in values)
    return [estimate, low, high]
