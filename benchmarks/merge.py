"""CPU and wall seconds of joining the tracks of a scan, beside a copy of the same bytes.

    python -m benchmarks.merge --track=FILE.bw [--bases=100000000] [--folder=DIR]

The parts are those of a scan with --summary_only of three tasks on one contig; their values are those of a track that a
scan wrote, again and again. They are made here, which takes most of the time and is not counted.
"""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from absl import app, flags

from benchmarks.bigwig import TRACK, read
from genomics.io import manifest
from genomics.io.bigwig.pieces import find_pieces, write_pieces
from genomics.io.shard import Shard, part_path, write_shard
from genomics.scan.bases import interval_arrays
from genomics.scan.join import write_tracks
from genomics.scan.plan import plan_of
from genomics.scan.run import settings_digest
from genomics.scan.tracks import tracks_of

BASES = flags.DEFINE_integer("bases", 10**8, "Of the contig.", lower_bound=1)
FOLDER = flags.DEFINE_string("folder", None, "Where the files lie for the time being.")
_PART, _TASKS = 1 << 20, 3


def main(argv: list[str]) -> None:
    del argv
    values = read(TRACK.value or "", _PART)
    with tempfile.TemporaryDirectory(dir=FOLDER.value) as name:
        folder = Path(name)
        plan = _parts(folder, values)
        subprocess.run(["sync"], check=True)
        started, clock = os.times(), time.monotonic()
        files = write_tracks(folder, plan, [find_pieces(folder, number) for number in range(plan_of(plan).num_parts)])
        ended, wall = os.times(), time.monotonic() - clock
        subprocess.run(["sync"], check=True)
        size = sum((folder / name).stat().st_size for name in files)
        clock = time.monotonic()
        (folder / "copy").mkdir()
        subprocess.run(["cp", *(folder / name for name in files), folder / "copy"], check=True)
        subprocess.run(["sync", *(folder / "copy" / name for name in files)], check=True)
        copy = time.monotonic() - clock
        print(f"{plan_of(plan).num_parts} parts of {BASES.value:,} bases, {len(files)} tracks, {size / 1e9:.2f} GB")
        print(
            f"joined in {sum(ended[:4]) - sum(started[:4]):.2f} CPU-s, {wall:.2f} s; copied and synced in {copy:.2f} s"
        )


def _parts(folder: Path, values: np.ndarray) -> dict[str, Any]:
    contigs = {"c": BASES.value}
    settings = {
        "vcf": None,
        "part_size": _PART,
        "what": "effects",
        "summary_only": True,
        "tasks": [f"task_{task}" for task in range(_TASKS)],
    }
    plan = {"settings": settings, "contigs": contigs, "intervals": [["c", 0, BASES.value]], "provenance": {}}
    manifest.write_json(folder / manifest.PLAN, plan)
    made = tracks_of(contigs, settings)
    for number in range(plan_of(plan).num_parts):
        pieces = plan_of(plan).pieces(number)
        rows = np.stack([np.roll(values, number * 1009 + task) for task in range(_TASKS)], 1)[: len(pieces[0])]
        arrays = {**interval_arrays(pieces), "max": rows.astype(np.float16), "mean": (rows / 3).astype(np.float16)}
        attributes = {"part": number, "settings": settings_digest(settings), "time": time.time()}
        shard = Shard(arrays=arrays, attributes=attributes | {"input_crc32": 0, "unknown_bases": 0})
        write_shard(part_path(folder, number), shard)
        write_pieces(folder, shard, made(shard))
    return plan


if __name__ == "__main__":
    app.run(main)
