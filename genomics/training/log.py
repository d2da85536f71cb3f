"""`metrics.jsonl`: one JSON line an epoch, split and replicate."""

import json
from pathlib import Path
from typing import Any

from genomics.io.atomic import replacing

NAME = "metrics.jsonl"


def keep_until(workdir: Path, epoch: int) -> None:
    """Drops what a killed run wrote after its last checkpoint, a half-written line included."""
    path = workdir / NAME
    if path.exists():
        lines = path.read_text().splitlines()
        kept = [line for line in lines if line.endswith("}}}") and json.loads(line)["epoch"] <= epoch]
        with replacing(path) as temporary:
            temporary.write_text("".join(line + "\n" for line in kept))


def append(workdir: Path, records: list[dict[str, Any]]) -> None:
    """Adds records at the end of the file."""
    with (workdir / NAME).open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
