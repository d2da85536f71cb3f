"""The bigWig files of a scan, from the pieces that its parts left: blocks are copied, results are not read again.

python -m genomics.scan.join FOLDER NUMBER ...    makes the pieces of some parts from their results

Pieces are missing where parts were written by a version that made none, and after they were joined.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io import manifest
from genomics.io.atomic import replacing
from genomics.io.bigwig.form import BIN
from genomics.io.bigwig.piece import COARSE, FINISHED, LEVELS
from genomics.io.bigwig.pieces import Pieces, pieces_path, write_pieces
from genomics.io.bigwig.writer import Writer, numbered
from genomics.io.shard import part_path, read_shard
from genomics.scan.plan import plan_of
from genomics.scan.tracks import track_names, tracks_of

#: Values below which starting further processes takes longer than they save.
_WORTH_PROCESSES = 1 << 22
#: Files that are written at a time, and bytes of the bins that wait for them.
_MOST_FILES, _MOST_BYTES = 64, 1 << 29


def write_tracks(folder: Path, plan: Mapping[str, Any], pieces: Sequence[Pieces | None]) -> list[str]:
    """Writes the bigWig files of a finished scan.

    Args:
      folder: of the scan.
      plan: of it.
      pieces: of all parts; None where they are missing.

    Returns:
      Names of the files; a track without any value has none.

    Raises:
      InputError: a file cannot be written, or a part is damaged.
    """
    missing = [number for number, own in enumerate(pieces) if own is None]
    _make_missing(folder, plan, missing)
    parts = [Pieces(pieces_path(folder, number)) if own is None else own for number, own in enumerate(pieces)]
    names, written = track_names(plan["settings"]), []
    files = max(1, min(_MOST_FILES, _MOST_BYTES // (BIN.itemsize * (plan_of(plan).size // COARSE + 1))))
    for first in range(0, len(names), files):
        tracks = range(first, min(first + files, len(names)))
        written += _write(folder, {names[track]: track for track in tracks}, plan, parts)
    return written


def _write(folder: Path, names: Mapping[str, int], plan: Mapping[str, Any], parts: Sequence[Pieces]) -> list[str]:
    contigs = numbered(plan["contigs"])
    coarse = {name: np.concatenate([part.coarse(track) for part in parts]) for name, track in names.items()}
    tracks = {name: track for name, track in names.items() if len(coarse[name])}
    if not tracks:
        return []
    writers: dict[str, Writer] = {}
    with contextlib.ExitStack() as stack:
        for name in tracks:
            path = stack.enter_context(replacing(folder / name, lambda made, name=name: writers[name].check(made)))
            writers[name] = stack.enter_context(Writer(path, contigs))
        wanted = range(min(tracks.values()), max(tracks.values()) + 1)
        for place in range(len(LEVELS)):
            for part in parts:
                blocks = part.blocks(place, wanted)
                for name, track in tracks.items():
                    own = blocks[track - wanted.start]
                    writers[name].add(own.table, own.body)
            for name, track in tracks.items():
                if place:
                    cut = np.concatenate([part.cut(place - 1, track) for part in parts])
                    writers[name].join(cut, FINISHED[place - 1])
                writers[name].end_level()
        for name in tracks:
            writers[name].finish(coarse[name])
    return list(tracks)


def _make_missing(folder: Path, plan: Mapping[str, Any], missing: Sequence[int]) -> None:
    """Makes pieces from results, on all processors."""
    values = len(missing) * min(plan["settings"]["part_size"], plan_of(plan).size) * len(track_names(plan["settings"]))
    processes = min(os.cpu_count() or 1, len(missing))
    if processes < 2 or values < _WORTH_PROCESSES:
        make_pieces(folder, plan, missing)
        return
    command = [sys.executable, "-m", "genomics.scan.join", str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    running = [
        subprocess.Popen(
            [*command, *map(str, missing[first::processes])], env=environment, stderr=subprocess.PIPE, text=True
        )
        for first in range(processes)
    ]
    errors = [process.communicate()[1].strip() for process in running]
    for process, error in zip(running, errors, strict=True):
        if process.returncode:
            raise InputError(error.splitlines()[-1] if error else f"{folder}: the tracks could not be written")


def make_pieces(folder: Path, plan: Mapping[str, Any], numbers: Sequence[int]) -> None:
    """Makes the pieces of some parts from their results."""
    made = tracks_of(plan["contigs"], plan["settings"])
    for number in numbers:
        part = read_shard(part_path(folder, number))
        write_pieces(folder, part, made(part))


if __name__ == "__main__":
    try:
        make_pieces(Path(sys.argv[1]), manifest.read_plan(Path(sys.argv[1])), list(map(int, sys.argv[2:])))
    except InputError as error:
        sys.exit(str(error))
