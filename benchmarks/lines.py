"""Results as JSON lines: what a benchmark of many minutes has found so far is not computed again."""

import json
from pathlib import Path
from typing import Any


def known(path: str | None) -> list[dict[str, Any]]:
    """The lines of a file; none where there is no file."""
    if path is None or not Path(path).exists():
        return []
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def add(path: str | None, row: dict[str, Any]) -> None:
    """One more line, where results are kept."""
    if path is not None:
        with Path(path).open("a") as file:
            file.write(json.dumps(row) + "\n")
