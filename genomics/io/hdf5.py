"""HDF5 files of unknown make: every fault is one line with file and key. https://docs.hdfgroup.org/hdf5/latest/ ."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from genomics.errors import InputError

_BLOCK_BYTES = 8 << 20
_CHUNK_CACHE_BYTES = 64 << 20


@contextlib.contextmanager
def reading(path: Path, place: str) -> Iterator[None]:
    """Turns what h5py raises on a damaged file inside the block into an `InputError` that names the place."""
    try:
        yield
    except InputError:
        raise
    # h5py has no error of its own: damage shows as any of these, according to which structure it hits.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, MemoryError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: {place}: cannot be read, the file may be damaged or truncated: {reason}") from error


@contextlib.contextmanager
def open_hdf5(path: Path) -> Iterator[h5py.File]:
    """The file, open for reading.

    Raises:
      InputError: it is absent, unreadable, no HDF5 file, or truncated.
    """
    if not path.is_file():
        raise InputError(f"{path}: {'is not a file' if path.exists() else 'no such file'}")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: cannot be read: permission denied")
    if not h5py.is_hdf5(path):
        raise InputError(f"{path}: is not an HDF5 file")
    with reading(path, "HDF5 header"):
        file = h5py.File(path, "r", rdcc_nbytes=_CHUNK_CACHE_BYTES)
    with file:
        yield file


def numeric(path: Path, file: h5py.File, key: str, rule: str) -> h5py.Dataset:
    """The data set `key`, which must exist and hold real numbers; `rule` is the shape that messages ask for."""
    with reading(path, key):
        keys = sorted(file)
        if key not in keys:
            shown = " ".join(", ".join(keys).split()) or "none"
            raise InputError(f"{path}: has no data set {key} {rule}; keys found: {shown}")
        found = file[key]
        if not isinstance(found, h5py.Dataset):
            raise InputError(f"{path}: {key} is a group; it must be a data set {rule}")
        if found.dtype.kind not in "biuf" or found.shape is None:
            raise InputError(f"{path}: {key} {found.shape} has dtype {found.dtype}; it must be numeric {rule}")
        return found


def blocks(path: Path, key: str, dataset: h5py.Dataset) -> Iterator[tuple[int, np.ndarray]]:
    """First row and rows of consecutive blocks of some megabytes, in order.

    Blocks end where chunks end, so that no chunk is unpacked twice; a chunk larger than a block stays in HDF5's cache.
    """
    row_bytes = int(np.prod(dataset.shape[1:])) * dataset.dtype.itemsize
    rows = max(1, _BLOCK_BYTES // max(1, row_bytes))
    if dataset.chunks and dataset.chunks[0] <= rows:
        rows -= rows % dataset.chunks[0]
    for start in range(0, dataset.shape[0], rows):
        with reading(path, key):
            block = dataset[start : start + rows]
        yield start, block


def names(path: Path, file: h5py.File, key: str) -> tuple[str, ...] | None:
    """The root attribute `key` as names; None where there is none.

    Raises:
      InputError: it is not a list of texts.
    """
    with reading(path, f"attribute {key}"):
        if key not in file.attrs:
            return None
        value = np.asarray(file.attrs[key]).ravel().tolist()
        found = [name.decode("utf-8") if isinstance(name, bytes) else name for name in value]
    if not found or not all(isinstance(name, str) and name.strip() for name in found):
        raise InputError(f"{path}: attribute {key} is {found!r}; it must be a list of names")
    return tuple(name.strip() for name in found)
