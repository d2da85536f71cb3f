"""Results of a long run, saved piece by piece, so that a run that was stopped goes on where it ended.

A folder of parts holds `settings.json` and files `<first row>-<end row>.npz`, numpy's archives of arrays whose first
axis is rows (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Each is renamed when it is whole.
"""

import io
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io.atomic import write_bytes, write_text
from genomics.io.json_text import read_json

_SETTINGS = "settings.json"
_PART = re.compile(r"(\d{8})-(\d{8})\.npz")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows `start` to `end` (half-open) of every array, in one file."""

    start: int
    end: int
    path: Path

    def read(self) -> dict[str, np.ndarray]:
        """The arrays by name.

        Raises:
          InputError: the file is damaged, or does not hold these rows.
        """
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except Exception as error:  # numpy and zipfile raise what they like on damage
            raise InputError(f"{self.path}: cannot be read ({error}); delete it and run the command again") from error
        if not arrays or any(len(array) != self.end - self.start for array in arrays.values()):
            raise InputError(f"{self.path}: does not hold {self.end - self.start} rows; delete it and run again")
        return arrays


def claim(folder: Path, settings: Mapping[str, Any]) -> None:
    """Makes the folder for results under these settings, or checks that its parts were made under them.

    Args:
      folder: made when absent.
      settings: JSON-ready values, everything that the numbers depend on.

    Raises:
      InputError: the folder holds parts made under other settings; the message names each difference.
    """
    path = folder / _SETTINGS
    if not path.exists():
        write_text(path, json.dumps(settings, indent=2) + "\n")
        return
    try:
        found = read_json(path)
    except InputError as error:
        raise InputError(f"{error}; delete {folder} to start again") from error
    if not isinstance(found, dict):
        raise InputError(f"{path}: cannot be read (must hold an object); delete {folder} to start again")
    differing = differences(found, settings)
    if differing:
        raise InputError(
            f"{folder}: holds an unfinished run with {differing}; finish that one, delete the folder, or give "
            "another --output"
        )


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What two sets of settings disagree on, as `name (then value, now value); ...`; empty when they agree."""
    now = json.loads(json.dumps(now))
    differing = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return "; ".join(f"{name} (then {then.get(name)!r}, now {now.get(name)!r})" for name in differing)


def write_part(folder: Path, start: int, arrays: Mapping[str, np.ndarray]) -> Part:
    """Writes rows `start` and following of every array as one part.

    Raises:
      InputError: the file cannot be written.
    """
    end = start + len(next(iter(arrays.values())))
    path = folder / f"{start:08d}-{end:08d}.npz"
    archive = io.BytesIO()
    np.savez(archive, **arrays)  # pyright: ignore[reportArgumentType]
    write_bytes(path, archive.getvalue())
    return Part(start=start, end=end, path=path)


def whole_parts(folder: Path) -> list[Part]:
    """The parts from row 0 on without a gap, in order."""
    found = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        match = _PART.fullmatch(path.name)
        if match:
            part = Part(start=int(match[1]), end=int(match[2]), path=path)
            if part.start not in found or found[part.start].end < part.end:
                found[part.start] = part
    parts: list[Part] = []
    while (part := found.get(parts[-1].end if parts else 0)) is not None:
        parts.append(part)
    return parts


def discard(folder: Path, names: Sequence[str]) -> None:
    """Removes the folders `names` within `folder`, where they are, and `folder` itself when no other is left."""
    for name in names:
        shutil.rmtree(folder / name, ignore_errors=True)
    if not any(path.is_dir() for path in folder.iterdir()):
        shutil.rmtree(folder, ignore_errors=True)
