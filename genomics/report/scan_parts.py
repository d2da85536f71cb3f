"""Reading the parts of a finished scan piece by piece."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import Float32

from genomics.errors import InputError
from genomics.io import hdf5
from genomics.io.shard import part_path, read_attributes
from genomics.scan.plan import plan_of
from genomics.scan.run import settings_digest
from genomics.sequence.intervals import Interval

#: Rows read at a time.
_ROWS = 1 << 16


def stretches(
    folder: Path, plan: Mapping[str, Any], name: str
) -> Iterator[tuple[Interval, Float32[np.ndarray, "n ..."]]]:
    """What the data set `name` of every part of a scan of bases holds, with the bases that it belongs to.

    Raises:
      InputError: a part is missing, damaged, or of another scan.
    """
    parts, tasks = plan_of(plan), len(plan["settings"]["tasks"])
    for number in range(parts.num_parts):
        pieces = parts.pieces(number)
        path, shapes, _ = _checked(folder, plan, number)
        expected = (sum(map(len, pieces)), *((4,) if name == "effects" else ()), tasks)
        if shapes.get(name) != expected:
            raise InputError(f"{path}: {name} has shape {shapes.get(name)}; by the plan it must be {expected}")
        with hdf5.open_hdf5(path) as file, hdf5.reading(path, name):
            row = 0
            for piece in pieces:
                for start in range(piece.start, piece.end, _ROWS):
                    place = Interval(contig=piece.contig, start=start, end=min(start + _ROWS, piece.end))
                    yield place, _values(path, file, name, slice(row, row + len(place)))
                    row += len(place)


def alleles(
    folder: Path, plan: Mapping[str, Any], number: int
) -> Iterator[tuple[dict[str, np.ndarray], Float32[np.ndarray, "n T"]]]:
    """Columns and effects of the alleles of part `number`.

    The columns are `chrom`, `start`, `record` and `allele`; and `reference` and `alternative`, (n, T) outputs with
    either allele, of a scan that holds them.

    Raises:
      InputError: the part is missing, damaged, or of another scan.
    """
    columns = ("chrom", "start", "record", "allele")
    path, shapes, _ = _checked(folder, plan, number)
    count = shapes.get("effects", (0,))[0]
    outputs = [name for name in plan["settings"].get("held", ()) if name in ("reference", "alternative")]
    each = count, len(plan["settings"]["tasks"])
    expected = {"effects": each, **dict.fromkeys(outputs, each), **dict.fromkeys(columns, (count,))}
    wrong = [key for key, shape in expected.items() if shapes.get(key) != shape]
    if wrong:
        raise InputError(f"{path}: {wrong[0]} has shape {shapes.get(wrong[0])}; it must be {expected[wrong[0]]}")
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "effects"):
        for start in range(0, count, _ROWS):
            rows = slice(start, start + _ROWS)
            found = {key: _dataset(file, key)[rows] for key in columns}
            found |= {key: _values(path, file, key, rows) for key in outputs}
            yield found, _values(path, file, "effects", rows)


def skipped(folder: Path, plan: Mapping[str, Any], number: int) -> dict[str, int]:
    """Alleles of part `number` that have no effect, by reason."""
    return _checked(folder, plan, number)[2]["skipped"]


def _checked(
    folder: Path, plan: Mapping[str, Any], number: int
) -> tuple[Path, dict[str, tuple[int, ...]], dict[str, Any]]:
    """Path, shapes and attributes of a part of just this scan."""
    path = part_path(folder, number)
    attributes = read_attributes(path)
    if attributes.get("settings") != settings_digest(plan["settings"]):
        raise InputError(f"{path}: is of another scan than the plan of its folder")
    return path, attributes["shapes"], attributes


def _dataset(file: h5py.File, name: str) -> h5py.Dataset:
    found = file[name]
    assert isinstance(found, h5py.Dataset)
    return found


def _values(path: Path, file: h5py.File, name: str, rows: slice) -> np.ndarray:
    found = _dataset(file, name)[rows].astype(np.float32)
    if np.isinf(found).any():
        raise InputError(f"{path}: {name}: rows {rows.start} to {rows.stop} hold an infinite value")
    return found
