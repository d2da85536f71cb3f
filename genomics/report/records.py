"""Small files of earlier steps as the page reads them: absent is None, damaged is one clear error."""

import csv
import math
import os
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.json_text import parse_json


def read_text(path: Path) -> str | None:
    """The text of a file; None where there is none.

    Raises:
      InputError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not a text file (byte {error.start} is not UTF-8)") from error


def read_record(path: Path) -> dict[str, Any] | None:
    """The record that a JSON file holds; None where there is no file.

    Raises:
      InputError: it cannot be read, or holds something else.
    """
    text = read_text(path)
    return None if text is None else _record(text, str(path))


def read_lines(path: Path) -> list[dict[str, Any]] | None:
    """The records of a file with one JSON record a line; None where there is no file.

    Raises:
      InputError: it cannot be read, or a line is no record.
    """
    text = read_text(path)
    if text is None:
        return None
    return [_record(line, f"{path}: line {number}") for number, line in enumerate(text.splitlines(), start=1)]


def read_table(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]] | None:
    """The rows of a tab-separated table by the names of its first line; None where there is no file.

    Args:
      path: of the table.
      columns: that it must have, among others.

    Raises:
      InputError: it cannot be read, a column is missing, or a row has another number of cells.
    """
    text = read_text(path)
    if text is None:
        return None
    names, *rows = csv.reader(text.splitlines(), delimiter="\t") if text.strip() else [[]]
    for column in columns:
        if column not in names:
            raise InputError(f"{path}: line 1: has no column {column}; it must be a table of interpret.py")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise InputError(f"{path}: line {number}: {len(row)} cells; the first line names {len(names)}")
    return [dict(zip(names, row, strict=True)) for row in rows]


def number(path: Path, row: dict[str, str], column: str) -> float | None:
    """A cell as a number; None where it is empty or the table lacks the column.

    Raises:
      InputError: it is no number.
    """
    text = row.get(column, "")
    try:
        return float(text) if text else None
    except ValueError:
        raise InputError(f"{path}: column {column}: '{text[:40]}' is no number") from None


def plain(value: Any) -> Any:
    """The same values as JSON has them: what is not finite is null."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _record(text: str, place: str) -> dict[str, Any]:
    try:
        record = parse_json(text, place)
    except InputError:
        record = None
    if not isinstance(record, dict):
        raise InputError(f"{place}: '{text.strip()[:60]}': must be one JSON record")
    return record
