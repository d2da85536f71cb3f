"""The bigWig files of a scan, from its parts: a track for each task and kind of number.

python -m genomics.scan.bigwigs FOLDER FIRST STEP    writes every STEP-th track of a finished scan, from FIRST on
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from genomics.errors import InputError
from genomics.io import hdf5, manifest
from genomics.io.bigwig import Stretch, write_bigwig
from genomics.io.file_names import file_names
from genomics.io.shard import part_path
from genomics.scan.plan import BasesPlan, plan_of
from genomics.sequence.intervals import Interval

_ROWS = 1 << 16
#: Values below which starting further processes takes longer than they save.
_WORTH_PROCESSES = 1 << 20

#: (file, task, rows) -> a value for each row.
Column = Callable[[h5py.File, int, slice], np.ndarray]


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    found = file[name]
    assert isinstance(found, h5py.Dataset)
    return found


def _effects(file: h5py.File, task: int, rows: slice) -> np.ndarray:
    return _dataset(file, "effects")[rows, :, task].astype(np.float32)


def _mean_effect(file: h5py.File, task: int, rows: slice) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # infinite effects of both signs have no mean
        return _effects(file, task, rows).sum(1) / 3


def _stored(name: str) -> Column:
    return lambda file, task, rows: _dataset(file, name)[rows, task].astype(np.float32)


def columns(settings: Mapping[str, Any]) -> dict[str, Column]:
    """What each kind of track shows, by the ending of its name."""
    if settings["what"] == "predictions":
        return {"logit": _stored("logits")}
    if settings["what"] == "coverage":
        return {"coverage": _stored("coverage")}
    if settings["summary_only"]:
        return {"max": _stored("max"), "mean": _stored("mean")}
    return {
        "max": lambda *place: np.abs(_effects(*place)).max(1),
        "mean": _mean_effect,
    }


def tracks(plan: Mapping[str, Any]) -> list[tuple[str, int, Column]]:
    """(file name, task, what it shows) of all tracks of a plan."""
    names = file_names(plan["settings"]["tasks"])
    kinds = columns(plan["settings"]).items()
    return [(f"{name}.{ending}.bw", task, column) for task, name in enumerate(names) for ending, column in kinds]


def write_tracks(folder: Path, plan: Mapping[str, Any]) -> list[str]:
    """Writes the bigWig files of a finished scan, on all processors.

    Returns:
      Names of the files; a track without any value has none.

    Raises:
      InputError: a file cannot be written, or a part is damaged.
    """
    wanted = tracks(plan)
    processes = min(os.cpu_count() or 1, len(wanted))
    if processes > 1 and plan_of(plan).size * len(wanted) >= _WORTH_PROCESSES:
        command = [sys.executable, "-m", "genomics.scan.bigwigs", str(folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        running = [
            subprocess.Popen([*command, str(first), str(processes)], env=environment, stderr=subprocess.PIPE, text=True)
            for first in range(processes)
        ]
        errors = [process.communicate()[1].strip() for process in running]
        for process, error in zip(running, errors, strict=True):
            if process.returncode:
                raise InputError(error.splitlines()[-1] if error else f"{folder}: the tracks could not be written")
    else:
        _write(folder, plan, 0, 1)
    return [name for name, _, _ in wanted if (folder / name).exists()]


def _write(folder: Path, plan: Mapping[str, Any], first: int, step: int) -> None:
    parts = plan_of(plan)
    for name, task, column in tracks(plan)[first::step]:
        write_bigwig(folder / name, plan["contigs"], _stretches(folder, parts, task, column))


def _stretches(folder: Path, plan: BasesPlan, task: int, column: Column) -> Iterator[Stretch]:
    """In order of the contigs' names, which the format's index asks for."""
    pieces: dict[str, list[tuple[int, int, Interval]]] = {}
    for number in range(plan.num_parts):
        row = 0
        for piece in plan.pieces(number):
            pieces.setdefault(piece.contig, []).append((number, row, piece))
            row += len(piece)
    with contextlib.ExitStack() as opened:  # one part at a time, which may hold thousands of contigs
        held, file = -1, None
        for number, row, piece in (each for contig in sorted(pieces) for each in pieces[contig]):
            path = part_path(folder, number)
            if number != held or file is None:
                opened.close()
                held, file = number, opened.enter_context(hdf5.open_hdf5(path))
            with hdf5.reading(path, "results"):
                for start in range(0, len(piece), _ROWS):
                    end = min(start + _ROWS, len(piece))
                    yield piece.contig, piece.start + start, column(file, task, slice(row + start, row + end))


if __name__ == "__main__":
    try:
        _write(Path(sys.argv[1]), manifest.read_plan(Path(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3]))
    except InputError as error:
        sys.exit(str(error))
