"""Sets of labelled sequences in HDF5, in the layout of Ploenzke's "Deep learning for genomics" lab.

Root keys, for each split train, valid and test:

| key | shape | holds |
|---|---|---|
| `X_<split>` | (N, 4, L) | one-hot bases in order A C G T, any numeric dtype; a position of four zeros is N |
| `Y_<split>` | (N, T) | labels 0 and 1, any numeric dtype |
| `truth_<split>_start`, `_factor`, `_strand` | (N, K) int16 | planted motifs, optional: see `Truth` |
| `chrom_<split>`, `start_<split>`, `kind_<split>` | (N,) | windows of a genome, optional: see `Places` |

Root attributes: `tasks` (T names, optional); with the truth `factors` and `widths`; for simulated sets `recipe`, `seed`
and `strands`; for windows at peaks `peaks` (JSON: files, settings and counts), `kinds` and `seed`; `flank` (optional):
so many bases on each side of X stand beside the window of L bases, for training that shifts it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from jaxtyping import UInt8

from genomics.errors import InputError
from genomics.io import hdf5, hdf5_write
from genomics.io.places import KINDS, Places, read_places, write_places
from genomics.io.truth import PARTS, Truth, read_factors, read_truth
from genomics.sequence.one_hot import codes_of_one_hot, to_channels_first

SPLITS = ("train", "valid", "test")
_PROVENANCE = ("recipe", "seed", "strands", "peaks")
_CHUNK_ROWS = 1024


@dataclass(frozen=True, kw_only=True)
class Split:
    """N sequences with their labels (0 or 1 for each task).

    Attributes:
      bases: of the sequences.
      labels: of each sequence for each task.
      truth: what was planted in them, where that is known.
      places: where they come from, for windows of a genome.
      flanked: the bases with `flank` further ones on each side, for windows that are stored with them.
    """

    bases: UInt8[np.ndarray, "N L"]
    labels: UInt8[np.ndarray, "N T"]
    truth: Truth | None = None
    places: Places | None = None
    flanked: UInt8[np.ndarray, "N V"] | None = None

    @property
    def flank(self) -> int:
        """Bases that are stored on each side of every window."""
        return 0 if self.flanked is None else (self.flanked.shape[1] - self.bases.shape[1]) // 2

    def with_flanks(self, flank: int) -> UInt8[np.ndarray, "N V"]:
        """The windows with so many bases, at most all that are stored, on each side."""
        if self.flanked is None or not flank:
            return self.bases
        beside = self.flank - flank
        return self.flanked[:, beside : self.flanked.shape[1] - beside]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Splits by name, over the same length and tasks.

    Attributes:
      tasks: T names.
      splits: those that were asked for, at least one.
      factors: names of the planted factors; empty without truth.
      widths: of the factors' motifs.
      provenance: `recipe`, `seed` and `strands` of a simulated set, `peaks` and `seed` of windows at peaks.
    """

    tasks: tuple[str, ...]
    splits: Mapping[str, Split]
    factors: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    provenance: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Length L of every sequence."""
        return next(iter(self.splits.values())).bases.shape[1]


def read_examples(
    path: str | os.PathLike[str], *, splits: Sequence[str] = SPLITS, tasks: Sequence[str] | None = None
) -> Dataset:
    """Reads and checks whole splits; memory beyond the result stays within some tens of megabytes.

    Args:
      path: HDF5 file in the layout above.
      splits: which of train, valid and test to read.
      tasks: names of the T tasks for a file that does not name them (without either they are `task_0`, ...). Where the
        file names its tasks, these must be the same names in the same order, and give the case of the letters.

    Returns:
      The data set.

    Raises:
      InputError: the file is absent, no HDF5 or damaged, or breaks the layout; one line that names file, key, shape,
        the first offending place and the rule.
    """
    path = Path(path)
    with hdf5.open_hdf5(path) as file:
        factors, widths = (), ()
        with hdf5.reading(path, "root group"):
            planted = any(str(key).startswith("truth_") for key in file)
            provenance = {key: _plain(file.attrs[key]) for key in _PROVENANCE if key in file.attrs}
        if planted:
            factors, widths = read_factors(path, file)
        flank = _flank(path, file)
        found = {split: _read_split(path, file, split, widths, flank) for split in splits}
        own_tasks = hdf5.names(path, file, "tasks")
    first = splits[0]
    for split in splits[1:]:
        _check_equal(path, f"X_{split}", found[split].bases.shape[1], f"X_{first}", found[first].bases.shape[1], "L")
        _check_equal(path, f"Y_{split}", found[split].labels.shape[1], f"Y_{first}", found[first].labels.shape[1], "T")
    names = _task_names(path, own_tasks, tasks, found[first].labels.shape[1])
    return Dataset(tasks=names, splits=found, factors=factors, widths=widths, provenance=provenance)


def write_examples(path: str | os.PathLike[str], dataset: Dataset) -> None:
    """Writes a data set in the layout above: equal data give equal bytes.

    The one-hot rows are bit-packed by HDF5's own scale-offset filter: an eighth of the size, faster to write and
    to read than gzip, and no outside library whose version changes the bytes.

    Raises:
      InputError: the file cannot be written.
    """
    with hdf5_write.writing(path) as file:
        file.attrs["tasks"] = _text(dataset.tasks)
        if dataset.factors:
            file.attrs["factors"] = _text(dataset.factors)
            file.attrs["widths"] = np.array(dataset.widths, np.int64)
        for key, value in dataset.provenance.items():
            file.attrs[key] = _text(value) if isinstance(value, str) else value
        if any(split.places is not None for split in dataset.splits.values()):
            file.attrs["kinds"] = _text(KINDS)
        flanks = {split.flank for split in dataset.splits.values()}
        if flanks != {0}:
            (file.attrs["flank"],) = flanks
        for name, split in dataset.splits.items():
            stored = split.with_flanks(split.flank)
            count, length = stored.shape
            storage = {"chunks": (min(count, _CHUNK_ROWS), 4, length), "scaleoffset": 0}
            rows = hdf5_write.Rows(file, f"X_{name}", (count, 4, length), np.dtype(np.uint8), storage)
            for start in range(0, count, _CHUNK_ROWS):
                rows.add(to_channels_first(stored[start : start + _CHUNK_ROWS]))
            rows.close()
            hdf5_write.put(file, f"Y_{name}", split.labels)
            if split.truth is not None:
                for part in PARTS:
                    hdf5_write.put(file, f"truth_{name}_{part}", getattr(split.truth, part))
            if split.places is not None:
                write_places(file, name, split.places)


def _text(value: str | Sequence[str]) -> np.ndarray:
    """UTF-8 of fixed length: texts of variable length lie in a heap without checksum, where HDF5 can loop for ever."""
    return np.char.encode(np.array(value), "utf-8")


def _flank(path: Path, file: h5py.File) -> int:
    with hdf5.reading(path, "attribute flank"):
        flank = int(file.attrs.get("flank", 0))
    if flank < 0:
        raise InputError(f"{path}: attribute flank is {flank}; must be at least 0")
    return flank


def _read_split(path: Path, file: h5py.File, split: str, widths: tuple[int, ...], flank: int) -> Split:
    x_key, y_key = f"X_{split}", f"Y_{split}"
    x = hdf5.numeric(path, file, x_key, "(N, 4, L)")
    y = hdf5.numeric(path, file, y_key, "(N, T)")
    if x.ndim != 3 or x.shape[1] != 4:
        last = x.ndim == 3 and x.shape[2] == 4
        hint = " (channels-last; store it with swapaxes(1, 2))" if last else ""
        raise InputError(f"{path}: {x_key} has shape {x.shape}{hint}; it must be (N, 4, L), bases A C G T second")
    if y.ndim != 2:
        raise InputError(f"{path}: {y_key} has shape {y.shape}; it must be (N, T), and (N, 1) for a single task")
    if 0 in x.shape or 0 in y.shape:
        raise InputError(f"{path}: {x_key} {x.shape} and {y_key} {y.shape} must not be empty")
    if len(x) != len(y):
        raise InputError(
            f"{path}: {x_key} {x.shape} holds {len(x)} sequences but {y_key} {y.shape} labels {len(y)}; "
            "the numbers must be equal"
        )
    if x.shape[2] <= 2 * flank:
        raise InputError(f"{path}: {x_key} is {x.shape[2]} long, with {flank} bases beside each window: none is left")
    shape = (x.shape[0], x.shape[2] - 2 * flank)
    bases = _read_bases(path, x_key, x)
    return Split(
        bases=np.ascontiguousarray(bases[:, flank : flank + shape[1]]) if flank else bases,
        flanked=bases if flank else None,
        labels=_read_labels(path, y_key, y),
        truth=read_truth(path, file, split, shape, widths),
        places=read_places(path, file, split, len(x)),
    )


def _read_bases(path: Path, key: str, x: h5py.Dataset) -> UInt8[np.ndarray, "N L"]:
    with hdf5.reading(path, key):
        bases = np.empty((x.shape[0], x.shape[2]), np.uint8)
    for start, block in hdf5.blocks(path, key, x):
        codes, wrong = codes_of_one_hot(block)
        if wrong is not None:
            row, position = wrong
            column = ", ".join(f"{value:g}" for value in block[row, :, position].astype(float))
            raise InputError(
                f"{path}: {key} {x.shape}: row {start + row}, position {position} (from 0) is [{column}]; "
                "every position must be one-hot (one 1, three 0), or four 0 for N"
            )
        bases[start : start + len(codes)] = codes
    return bases


def _read_labels(path: Path, key: str, y: h5py.Dataset) -> UInt8[np.ndarray, "N T"]:
    with hdf5.reading(path, key):
        labels = np.empty(y.shape, np.uint8)
    for start, block in hdf5.blocks(path, key, y):
        ones = block == 1
        wrong = ~(ones | (block == 0))
        if wrong.any():
            row, task = (int(place) for place in np.unravel_index(np.argmax(wrong), wrong.shape))
            raise InputError(
                f"{path}: {key} {y.shape}: row {start + row}, task {task} (from 0) is {float(block[row, task]):g}; "
                "labels must be 0 or 1"
            )
        labels[start : start + len(block)] = ones
    return labels


def _check_equal(path: Path, key: str, value: int, first_key: str, first_value: int, what: str) -> None:
    if value != first_value:
        raise InputError(
            f"{path}: {key} has {what} = {value} but {first_key} has {what} = {first_value}; all splits must agree"
        )


def _plain(value: Any) -> str | int:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else int(value)


def _task_names(path: Path, own: Sequence[str] | None, given: Sequence[str] | None, count: int) -> tuple[str, ...]:
    for names, source in ((own, "the attribute tasks"), (given, "the given task names")):
        if names is None:
            continue
        if len(names) != count:
            raise InputError(
                f"{path}: {source} {tuple(names)} are {len(names)} but the labels (N, T) have T = {count}; "
                "the numbers must be equal"
            )
        if len({name.lower() for name in names}) < count:
            raise InputError(f"{path}: {source} {tuple(names)} must all differ, in any case of letters")
    if own and given and [name.lower() for name in own] != [name.lower() for name in given]:
        raise InputError(
            f"{path}: its tasks are {tuple(own)} but {tuple(given)} were given; they must be the same in the same order"
        )
    return tuple(given or own or (f"task_{task}" for task in range(count)))
