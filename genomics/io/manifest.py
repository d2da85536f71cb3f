"""What a scan is and what came of it: `plan.json`, written before the first part, and `manifest.json`, after the last.

`plan.json` holds `settings`, everything that the numbers depend on, and the work that was planned. A folder belongs to
one plan: a run under other settings is refused.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io import json_text
from genomics.io.atomic import write_text
from genomics.io.parts import differences

PLAN = "plan.json"
MANIFEST = "manifest.json"


def check_claim(folder: Path, plan: Mapping[str, Any]) -> dict[str, Any] | None:
    """The plan that a folder holds, None where it holds none; nothing is written.

    Raises:
      InputError: the settings of that plan are others; the message names each difference.
    """
    path = folder / PLAN
    if not path.exists():
        return None
    then = read_json(path)
    differing = differences(_settings(path, then), plan["settings"])
    if differing:
        raise InputError(f"{folder}: holds a scan with other settings: {differing}; give another --output")
    return then


def claim(folder: Path, plan: Mapping[str, Any]) -> None:
    """Writes the plan into its folder, or checks that the folder holds the same one.

    Args:
      folder: made when absent.
      plan: JSON-ready values; those under `settings` must agree, the others (where files lie, by which command) are
        brought up to date.

    Raises:
      InputError: the folder holds another plan; the message names each difference. Or it cannot be written.
    """
    if check_claim(folder, plan) != json.loads(json.dumps(plan)):
        write_json(folder / PLAN, plan)


def read_plan(folder: Path) -> dict[str, Any]:
    """The plan of a folder.

    Raises:
      InputError: there is none, or it is damaged.
    """
    path = folder / PLAN
    if not path.is_file():
        raise InputError(f"{path}: absent; must be the --output folder of a scan")
    plan = read_json(path)
    _settings(path, plan)
    return plan


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
      InputError: the file cannot be read, or holds none.
    """
    found = json_text.read_json(path)
    if not isinstance(found, dict):
        raise InputError(f"{path}: is damaged: must hold an object")
    return found


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a JSON object; the file is whole at any moment.

    Raises:
      InputError: the file cannot be written.
    """
    write_text(path, json.dumps(values, indent=1) + "\n")


def _settings(path: Path, plan: Mapping[str, Any]) -> dict[str, Any]:
    settings = plan.get("settings")
    if not isinstance(settings, dict):
        raise InputError(f"{path}: is damaged: has no settings")
    return settings
