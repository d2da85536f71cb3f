"""A scan from plan to parts on the disk: what is there already is kept, the rest is computed."""

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from genomics.errors import InputError
from genomics.io.shard import check_shard, part_path, read_attributes
from genomics.progress import progress
from genomics.scan.job import Job, Parts
from genomics.scan.writer import background_writer

#: (job, numbers of parts, function to call with finished units) -> the parts, in any order.
Engine = Callable[[Job, Iterable[int], Callable[[int], object]], Parts]


def settings_digest(settings: Mapping[str, Any]) -> str:
    """A name for the settings, by which a part tells to which scan it belongs."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


def missing_parts(job: Job, folder: Path, numbers: Iterable[int], settings: str) -> list[int]:
    """Those of the parts that are not there, or are damaged.

    Raises:
      InputError: a part was computed from other bases: the genome has changed.
    """
    missing = []
    for number in numbers:
        path = part_path(folder, number)
        if not path.exists():
            missing.append(number)
            continue
        attributes = part_attributes(path, number, settings)
        if attributes is None:
            print(f"{path}: is damaged or of another scan: computed again")
            missing.append(number)
        elif attributes["input_crc32"] != job.digest(number):
            raise InputError(f"{path}: was computed from other bases: the input has changed; give another --output")
    return missing


def part_attributes(path: Path, number: int, settings: str) -> dict[str, Any] | None:
    """The attributes of a part, if it is whole, has this number, and is of the scan with these settings.

    All of it is read: a file system that lost some of it may give zeros, which would mean "no effect".
    """
    try:
        attributes = read_attributes(path)
        check_shard(path)
    except InputError:
        return None
    return told_by(attributes, number, settings)


def told_by(attributes: dict[str, Any], number: int, settings: str) -> dict[str, Any] | None:
    """The attributes of a part, if they are those of this number and scan."""
    counted = all(isinstance(attributes.get(name), int) for name in ("part", "input_crc32"))
    of_bases = isinstance(attributes.get("unknown_bases"), int)
    of_records = isinstance(attributes.get("alleles"), int) and isinstance(attributes.get("skipped"), dict)
    timed = all(isinstance(attributes.get(name, 0.0), float) for name in ("time", "rounding_error"))
    whole = counted and timed and (of_bases or of_records) and attributes["part"] == number
    return attributes if whole and attributes.get("settings") == settings else None


def run_parts(
    job: Job,
    engine: Engine,
    folder: Path,
    numbers: list[int],
    settings: str,
    provenance: Mapping[str, Any],
    compression: str | None = None,
) -> None:
    """Computes parts and writes them, and says how fast it was.

    Args:
      job: the scan.
      engine: what computes.
      folder: of the parts.
      numbers: of the parts to compute.
      settings: digest of the settings, see `settings_digest`.
      provenance: further attributes of each part.
      compression: None or `gzip`.

    Raises:
      InputError: a part cannot be written, or the input is faulty.
    """
    started = time.monotonic()
    done = 0

    def count(units: int) -> None:
        nonlocal done
        done += units
        advance(units)

    total = job.units * len(numbers) // max(job.num_parts, 1)
    with (
        progress("scan", total, unit=job.unit, end=False) as advance,
        background_writer(folder, compression, job.with_tracks, job.stages) as write,
        contextlib.closing(engine(job, numbers, count)) as parts,
    ):
        for number, shard in parts:
            stamped = {**shard.attributes, "settings": settings, **provenance, "time": time.time()}
            write(number, replace(shard, attributes=stamped))
    seconds = time.monotonic() - started
    print(f"{done:,} {job.unit} in {seconds:.1f} s: {done / max(seconds, 1e-9):,.0f} {job.unit}/s")
