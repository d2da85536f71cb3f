"""Pieces of all tracks of a part of a scan, in a file of its own until they are joined: `tracks-00012.h5`.

| key | type | holds |
|---|---|---|
| `/bytes_0` `/bytes_32` ... | uint8 | compressed blocks of each level (`LEVELS`), track by track |
| `/blocks` | `BLOCK` | what each of them covers, level by level |
| `/counts` | int64 (levels, K) | how many of them each track has |
| `/cut` `/cut_counts` | `BIN`, int64 (levels, K) | bins that neighbouring parts may share |
| `/coarse` `/coarse_counts` | `BIN`, int64 (K,) | bins from which the coarser levels are made |

| `/part` | uint8 | JSON: attributes of the part, shapes of its data sets, and the size of its file |

Nothing in it has a variable length, and all of it has checksums, so that no other search for damage is needed.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genomics.errors import InputError
from genomics.io import hdf5_write
from genomics.io.bigwig.form import BIN, BLOCK
from genomics.io.bigwig.piece import FINISHED, LEVELS, Blocks, Piece
from genomics.io.json_text import parse_json
from genomics.io.shard import Shard, part_path

_TABLES = ("part", "blocks", "counts", "cut", "cut_counts", "coarse", "coarse_counts")


def pieces_path(folder: Path, number: int) -> Path:
    """The file of the pieces of part `number`."""
    return folder / f"tracks-{number:05d}.h5"


def packed_pieces(pieces: Sequence[Piece]) -> dict[str, np.ndarray]:
    """The arrays of a file, of one piece a track."""
    found = {
        f"bytes_{level}": np.frombuffer(b"".join(each.blocks[place].body for each in pieces), np.uint8)
        for place, level in enumerate(LEVELS)
    }
    by_level = [[each.blocks[place].table for each in pieces] for place in range(len(LEVELS))]
    cut = [[each.cut[place] for each in pieces] for place in range(len(FINISHED))]
    coarse = [each.coarse for each in pieces]
    return found | {
        "blocks": np.concatenate([table for level in by_level for table in level] or [np.zeros(0, BLOCK)]),
        "counts": _lengths(by_level),
        "cut": np.concatenate([bins for level in cut for bins in level] or [np.zeros(0, BIN)]),
        "cut_counts": _lengths(cut),
        "coarse": np.concatenate(coarse or [np.zeros(0, BIN)]),
        "coarse_counts": _lengths([coarse])[0],
    }


def _lengths(arrays: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    return np.array([[len(each) for each in row] for row in arrays], np.int64)


def write_pieces(folder: Path, part: Shard, tracks: Shard) -> None:
    """Writes the pieces of a part whose own file is there.

    Raises:
      InputError: the file cannot be written.
    """
    number = part.attributes["part"]
    told = {
        "attributes": dict(part.attributes),
        "shapes": {name: values.shape for name, values in part.arrays.items()},
        "size": part_path(folder, number).stat().st_size,
    }
    with hdf5_write.writing(pieces_path(folder, number)) as file:
        hdf5_write.put(file, "part", np.frombuffer(json.dumps(told).encode(), np.uint8))
        for name, values in tracks.arrays.items():
            hdf5_write.put(file, name, values)


def find_pieces(folder: Path, number: int) -> "Pieces | None":
    """The pieces of part `number`, where they are there, whole, and made of the part as it is."""
    try:
        found = Pieces(pieces_path(folder, number))
        return found if part_path(folder, number).stat().st_size == found.part_size else None
    except (InputError, OSError):
        return None


def discard_pieces(folder: Path, number: int) -> None:
    """Removes the pieces of part `number`, if any."""
    pieces_path(folder, number).unlink(missing_ok=True)


class Pieces:
    """A file of pieces: its tables are read at once, its blocks when they are asked for.

    Attributes:
      part: the attributes of the part, and under `shapes` those of its data sets.
      part_size: bytes of the part's file.

    Raises:
      InputError: the file is damaged.
    """

    def __init__(self, path: Path):
        self._path = path
        tables = hdf5_write.read_checked(path, *_TABLES)
        told = parse_json(tables["part"].tobytes().decode(), f"{path}: part")
        shapes = {name: tuple(shape) for name, shape in told["shapes"].items()}
        self.part: dict[str, Any] = {**told["attributes"], "shapes": shapes}
        self.part_size: int = told["size"]
        self._blocks = _split(tables["blocks"], tables["counts"])
        self._cut = _split(tables["cut"], tables["cut_counts"])
        self._coarse = _split(tables["coarse"], tables["coarse_counts"][None])[0]

    @property
    def num_tracks(self) -> int:
        """Tracks in the file."""
        return len(self._coarse)

    def coarse(self, track: int) -> np.ndarray:
        """`BIN` of a track; none where it has no value."""
        return self._coarse[track]

    def cut(self, place: int, track: int) -> np.ndarray:
        """`BIN` of a track, of the level `FINISHED[place]`."""
        return self._cut[place][track]

    def blocks(self, place: int, tracks: range) -> list[Blocks]:
        """The blocks of the level `LEVELS[place]` of some tracks."""
        name = f"bytes_{LEVELS[place]}"
        body = memoryview(hdf5_write.read_checked(self._path, name)[name].data).cast("B")
        ends = np.cumsum([int(table["size"].sum()) for table in self._blocks[place]]).tolist()
        starts = [0, *ends[:-1]]
        return [Blocks(table=self._blocks[place][track], body=body[starts[track] : ends[track]]) for track in tracks]


def _split(rows: np.ndarray, counts: np.ndarray) -> list[list[np.ndarray]]:
    """Rows by level and track."""
    ends = np.cumsum(counts.ravel())
    parts = np.split(rows, ends[:-1]) if counts.size else []
    return [parts[start : start + counts.shape[1]] for start in range(0, counts.size, max(counts.shape[1], 1))]


def as_shard(pieces: Sequence[Piece]) -> Shard:
    """Pieces as they travel with their part."""
    return Shard(arrays=packed_pieces(pieces), attributes={})
