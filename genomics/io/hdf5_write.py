"""Writing HDF5 files: no error of the disk is lost, and every data set carries a checksum of what it was given.

The HDF5 library loses the error of the last flush, and one of its own files that could not be closed brings the process
down when it ends (seen in HDF5 2.0: exit status 139). It therefore writes into an object of ours that never fails it,
and that tells us afterwards what the disk said; interrupts wait until HDF5 has had its way.

Each data set has the attribute `crc32`: of its type, shape and values, rows in order
(https://www.rfc-editor.org/rfc/rfc1952 , section 8). `verify` compares, and counts the chunks that were stored: one
that was never written reads as zeros, whatever checksum of its own it was to have.
"""

import contextlib
import io
import itertools
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from genomics.errors import InputError
from genomics.interrupts import uninterrupted
from genomics.io import hdf5
from genomics.io.atomic import replacing
from genomics.io.deflate import crc32
from genomics.io.direct import ALIGNMENT, Direct
from genomics.io.present import check_readable

CHECKSUM = "crc32"
_TEXT = h5py.string_dtype()


@contextlib.contextmanager
@uninterrupted
def writing(path: str | os.PathLike[str], *, grown_from: str | os.PathLike[str] | None = None) -> Iterator[h5py.File]:
    """Yields an HDF5 file to fill by `put` and `Rows`; after the block it is closed, checked and renamed to `path`.

    Args:
      path: the file.
      grown_from: a file whose content it starts with.

    Raises:
      InputError: the file cannot be written; the message names it and the cause.
    """
    with replacing(path, _check_stored) as temporary:
        if grown_from is not None:
            shutil.copyfile(grown_from, temporary)
        with _Disk(temporary) as disk:
            mode = "w" if grown_from is None else "r+"
            with h5py.File(disk, mode, libver=hdf5.CHECKED, **ALIGNMENT) as file:
                try:
                    yield file
                except (OSError, RuntimeError):
                    if disk.error is not None:  # HDF5 may stumble over what it could not write; this is why
                        raise disk.error from None
                    raise
            if disk.error is not None:
                raise disk.error


def put(group: h5py.Group, name: str, values: np.ndarray, storage: Mapping[str, Any] | None = None) -> None:
    """Writes a data set as a whole.

    Args:
      group: an open file of `writing`, or a group of it.
      name: of the data set.
      values: numbers, or texts: of fixed length as bytes, of any length as str.
      storage: how it is stored, by h5py's names (`chunks`, `compression`, ...); contiguous by default.
    """
    if values.dtype.kind in "OU":
        made = group.create_dataset(name, data=values.astype(object), dtype=_TEXT, track_times=False)
    else:
        made = group.create_dataset(name, data=values, track_times=False, **(storage or {}))
    made.attrs[CHECKSUM] = _crc32(made, [values])


class Rows:
    """A data set that is filled from its first row on, block by block."""

    def __init__(self, group: h5py.Group, name: str, shape: Sequence[int], dtype: np.dtype, storage: Mapping[str, Any]):
        self._made = group.create_dataset(name, tuple(shape), dtype, track_times=False, **storage)
        self._crc32 = _start(self._made)
        self._end = 0

    def add(self, rows: np.ndarray) -> None:
        """Writes the rows that follow those written before."""
        rows = np.ascontiguousarray(rows, self._made.dtype)
        self._made[self._end : self._end + len(rows)] = rows
        self._crc32 = crc32(_bytes(rows), self._crc32)
        self._end += len(rows)

    def close(self) -> None:
        """Says that no more rows follow.

        Raises:
          ValueError: there are fewer than the data set has.
        """
        if self._end != len(self._made):
            raise ValueError(f"{self._made.name}: {self._end} of {len(self._made)} rows were given")
        self._made.attrs[CHECKSUM] = self._crc32


def verify(path: str | os.PathLike[str], file: h5py.Group, *, required: bool) -> None:
    """Checks that an open file, or a group of it, holds what was written: all values are read.

    Args:
      path: of the file, for messages.
      file: what to check, with all groups within.
      required: whether a data set without a checksum is a fault; files of others have none.

    Raises:
      InputError: a value is not the one that was written, or was never written.
    """
    path = Path(path)
    for key, dataset in _datasets(path, file):
        hdf5.check_stored(path, key, dataset)
        with hdf5.reading(path, key):
            expected = dataset.attrs.get(CHECKSUM)
        if expected is None:
            if required:
                raise InputError(f"{path}: {key}: has no {CHECKSUM}; it is of an older version, or damaged")
            continue
        if not dataset.shape:
            raise InputError(f"{path}: {key}: is damaged: must have rows")
        found = _crc32(dataset, (block for _, block in hdf5.blocks(path, key, dataset)))
        if found != expected:
            raise InputError(
                f"{path}: {key}: is damaged: the {CHECKSUM} of its values is {found:08x}; must be {int(expected):08x}"
            )


def read_checked(path: str | os.PathLike[str], *names: str) -> dict[str, np.ndarray]:
    """Whole data sets of numbers of a file of our own, each compared with its checksum.

    Raises:
      InputError: the file is absent, or does not hold what was written.
    """
    path, found = Path(path), {}
    check_readable(path)
    with hdf5.reading(path, "HDF5 header"):
        opened = h5py.File(path, "r")  # not searched as a foreign file is
    with opened as file:
        for name in names:
            with hdf5.reading(path, name):
                dataset = file[name]
            assert isinstance(dataset, h5py.Dataset)
            hdf5.check_stored(path, name, dataset)
            with hdf5.reading(path, name):
                found[name], expected = dataset[()], dataset.attrs.get(CHECKSUM)
            if expected != crc32(_bytes(found[name]), _start(dataset)):
                raise InputError(f"{path}: {name}: is damaged: its values are not those of its {CHECKSUM}; delete it")
    return found


def _check_stored(path: Path) -> None:
    """That all of our own file reached the disk; its values are not read again, nor is it searched as a foreign one."""
    with hdf5.reading(path, "HDF5 header"):
        opened = h5py.File(path, "r")
    with opened as file:
        for key, dataset in _datasets(path, file):
            hdf5.check_stored(path, key, dataset)


def _datasets(path: Path, group: h5py.Group) -> Iterator[tuple[str, h5py.Dataset]]:
    with hdf5.reading(path, group.name or "/"):
        items = [(f"{group.name or ''}/{name}".lstrip("/"), group[name]) for name in group]
    for key, item in items:
        if isinstance(item, h5py.Dataset):
            yield key, item
        elif isinstance(item, h5py.Group):
            yield from _datasets(path, item)


def _start(dataset: h5py.Dataset) -> int:
    kind = "text" if h5py.check_string_dtype(dataset.dtype) else dataset.dtype.str
    return crc32(f"{kind} {dataset.shape}".encode())


def _crc32(dataset: h5py.Dataset, blocks: Any) -> int:
    found = _start(dataset)
    for block in blocks:
        found = crc32(_bytes(block), found)
    return found


def _bytes(values: np.ndarray) -> Any:
    """Values as they are told to the checksum: numbers as they lie in memory, of texts each with its length before."""
    if values.dtype.kind in "OUS":
        found = []
        for text, run in itertools.groupby(values.ravel().tolist()):  # names of contigs come many at a time
            data = text if isinstance(text, bytes) else str(text).encode()
            found.append(b"%d:%s" % (len(data), data) * sum(1 for _ in run))
        return b"".join(found)
    return np.ascontiguousarray(values).reshape(-1).view(np.uint8)


class _Disk(io.RawIOBase):
    """A file that never fails HDF5, which writes to it: what the disk refuses is kept in memory until it is closed."""

    def __init__(self, path: Path):
        self._file = path.open("r+b", buffering=0)
        self._direct = Direct(path)
        self._kept: list[tuple[int, bytes]] = []  # where and what, later ones over earlier ones
        self._place = self._end = 0
        #: What went wrong first.
        self.error: BaseException | None = None

    def __enter__(self) -> "_Disk":
        self._end = self._file.seek(0, os.SEEK_END)
        return self

    def __exit__(self, *_: object) -> None:
        self._direct.close()
        try:
            self._file.close()
        except OSError as error:
            self.error = self.error or error

    @uninterrupted
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._place = offset + (0, self._place, self._end)[whence]
        return self._place

    @uninterrupted
    def tell(self) -> int:
        return self._place

    @uninterrupted
    def write(self, data: Any, /) -> int:
        data = memoryview(data).cast("B")
        written = 0
        try:
            if self.error is None:
                written = self._direct.write(data, self._place)
                self._file.seek(self._place + written)
                while written < len(data):
                    written += self._file.write(data[written:]) or 0
        except BaseException as error:  # an interrupt too, in a process that has handlers of its own
            self.error = error
        if written < len(data):
            self._kept.append((self._place + written, bytes(data[written:])))
        self._place += len(data)
        self._end = max(self._end, self._place)
        return len(data)

    @uninterrupted
    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._place)
        count = self._file.readinto(view) or 0
        for start, data in self._kept:
            first, last = max(start, self._place), min(start + len(data), self._place + len(view))
            if first < last:
                view[first - self._place : last - self._place] = data[first - start : last - start]
                count = max(count, last - self._place)
        self._place += count
        return count

    @uninterrupted
    def truncate(self, size: int | None = None, /) -> int:
        self._end = self._place if size is None else size
        try:
            if self.error is None:
                self._file.truncate(self._end)
        except BaseException as error:
            self.error = error
        return self._end

    @uninterrupted
    def flush(self) -> None:
        """Nothing waits here."""
