"""The Bayes ceiling of a simulated test split: computed once, then kept beside the page."""

import json
from pathlib import Path
from typing import Any

from genomics.data.ceiling import ceiling
from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.report.records import read_record

NAME = "ceiling.json"
#: Sequences times tasks that are worth a wait of some ten seconds.
MOST = 60_000


def gather_ceiling(output: Path, data: dict[str, Any] | None) -> dict[str, Any]:
    """The best that any network can do on the test split.

    Args:
      output: folder of the page, where `ceiling.json` keeps the numbers of a data file as long as it stays the same.
      data: what `gather_data` tells of the file.

    Returns:
      `tasks` (by task and as their `mean`, by measure) or, where a simulated set has no ceiling here, `why`; neither
      for a set that is not simulated.

    Raises:
      InputError: the kept file is damaged, or cannot be written.
    """
    if not data or not data["simulated"] or "test" not in data["splits"]:
        return {}
    path = Path(data["path"])
    if data["splits"]["test"]["sequences"] * len(data["tasks"]) > MOST:
        return {"why": f"python -m genomics.data.ceiling --data={path} computes the best possible"}
    facts = path.stat()
    identity = {"path": str(path.resolve()), "bytes": facts.st_size, "changed": facts.st_mtime_ns}
    kept = read_record(output / NAME)
    if kept and kept.get("data") == identity and isinstance(kept.get("tasks"), dict):
        return {"tasks": kept["tasks"]}
    try:
        found = ceiling(path)
    except InputError as error:  # other labels or motifs than its recipe's: the page can do without
        return {"why": str(error)}
    if found is None:
        return {}
    tasks = {task: dict(values) for task, values in found.items()}
    write_text(output / NAME, json.dumps({"data": identity, "tasks": tasks}, indent=2) + "\n")
    return {"tasks": tasks}
