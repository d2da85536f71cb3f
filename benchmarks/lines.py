"""Results as JSON lines: what a benchmark of many minutes has found so far is not computed again."""

import json
from pathlib import Path
from typing import Any

from genomics.io.atomic import append_text, write_bytes


def known(path: str | None) -> list[dict[str, Any]]:
    """The whole lines of a file; none where there is no file."""
    if path is None or not Path(path).exists():
        return []
    lines = Path(path).read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def add(path: str | None, row: dict[str, Any]) -> None:
    """One more line, where results are kept."""
    if path is not None:
        file = Path(path)
        if file.exists() and not (data := file.read_bytes()).endswith(b"\n"):  # killed while it wrote
            write_bytes(path, data[: data.rfind(b"\n") + 1])
        append_text(path, json.dumps(row) + "\n")
