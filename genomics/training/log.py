"""`metrics.jsonl`: one JSON line an epoch, split and replicate."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.atomic import append_text, write_text
from genomics.io.json_text import parse_json

NAME = "metrics.jsonl"
#: Whose numbers it holds.
SPLITS = ("train", "valid")


def keep_until(workdir: Path, epoch: int) -> None:
    """Drops what a killed run wrote after its last checkpoint, and the line that it had only half written.

    Raises:
      InputError: a whole line is no record; the file stays as it is.
    """
    path = workdir / NAME
    if path.exists():
        *lines, _ = _text(path).split("\n")
        kept = [line for number, line in enumerate(lines, start=1) if _epoch(path, number, line) <= epoch]
        write_text(path, "".join(line + "\n" for line in kept))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: byte {error.start}: is not text") from error


def _epoch(path: Path, number: int, line: str) -> int:
    with contextlib.suppress(InputError):
        record = parse_json(line, "")
        if isinstance(record, dict) and type(record.get("epoch")) is int and record.get("split") in SPLITS:
            tasks = record.get("tasks")
            if isinstance(tasks, dict) and all(map(_has_numbers, [record, *tasks.values()])):
                return record["epoch"]
    raise InputError(f"{path}: line {number}: {line[:60]!r}: must be a record of an epoch")


def _has_numbers(record: Any) -> bool:
    return isinstance(record, dict) and all(isinstance(record.get(key), int | float) for key in ("loss", "accuracy"))


def append(workdir: Path, records: list[dict[str, Any]]) -> None:
    """Adds records at the end of the file.

    Raises:
      InputError: they cannot be written; the file is as it was.
    """
    append_text(workdir / NAME, "".join(json.dumps(record) + "\n" for record in records))
