"""HDF5 files of unknown make: every fault is one line with file and key. https://docs.hdfgroup.org/hdf5/latest/ ."""

import contextlib
import functools
import math
import mmap
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
from h5py import h5o  # pyright: ignore[reportAttributeAccessIssue]

from genomics.errors import InputError
from genomics.io.heaps import check_heaps
from genomics.io.present import check_readable

#: `libver` of files to be written: from this version of the format on, metadata carry checksums: damage is an error,
#: not a crash or other data.
CHECKED = ("v110", "v110")
_BLOCK_BYTES = 8 << 20
_CHUNK_CACHE_BYTES = 64 << 20
#: Largest ratio of an array to its bytes on the disk; deflate reaches 1,032.
_MAXIMUM_RATIO = 1100
#: States of files, as for `_check_heaps`, in which nothing leads to another file.
_looked_through: set[tuple[Path, int, int]] = set()


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
      InputError: it is absent, unreadable, no HDF5 file, truncated, or would trap the HDF5 library (`check_heaps`).
    """
    check_readable(path)
    if not h5py.is_hdf5(path):
        raise InputError(f"{path}: is not an HDF5 file")
    status = path.stat()
    _check_heaps(path, status.st_size, status.st_mtime_ns)
    with reading(path, "HDF5 header"):
        file = h5py.File(path, "r", rdcc_nbytes=_CHUNK_CACHE_BYTES)
    with file:
        if (state := (path, status.st_size, status.st_mtime_ns)) not in _looked_through:
            _check_links(path, file)
            _looked_through.add(state)
        yield file


@functools.lru_cache(maxsize=1 << 16)
def _check_heaps(path: Path, size: int, changed: int) -> None:
    """Once for each state of a file, named by its size and when it was changed: all of it is read."""
    del size, changed
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        check_heaps(path, data)


def _check_links(path: Path, group: h5py.Group, seen: set[int] | None = None) -> None:
    """Raises `InputError` where anything of a file lies in another one: that could be any file on the disk.

    Damage is left for whoever reads what is damaged, and knows its key.
    """
    seen = set() if seen is None else seen
    try:
        seen.add(_address(group))
        for name in group:
            link, place = group.get(name, getlink=True), f"{group.name}/{name}".replace("//", "/")
            if isinstance(link, h5py.ExternalLink):
                raise InputError(f"{path}: {place}: is a link to another file ({link.filename[:80]})")
            item = group.get(name) if isinstance(link, h5py.HardLink) else None
            if isinstance(item, h5py.Dataset):
                _check_inside(path, item)
            elif isinstance(item, h5py.Group) and _address(item) not in seen:
                _check_links(path, item, seen)
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError):
        return


def _address(group: h5py.Group) -> int:
    return h5o.get_info(group.id).addr


def _check_inside(path: Path, dataset: h5py.Dataset) -> None:
    for elsewhere, what in ((dataset.is_virtual, "a virtual data set"), (dataset.external, "stored outside")):
        if elsewhere:
            raise InputError(
                f"{path}: {dataset.name}: is {what}: its values lie in another file; copy them into this one"
            )


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
        check_stored(path, key, found)
        return found


def check_stored(path: Path, key: str, dataset: h5py.Dataset) -> None:
    """HDF5 gives zeros for what was never written; and a damaged shape may be larger than any memory.

    Raises:
      InputError: not all of a data set was stored.
    """
    _check_inside(path, dataset)
    size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if size > stored * _MAXIMUM_RATIO:
        raise InputError(
            f"{path}: {key} {dataset.shape} needs {size} bytes and is stored in {stored}: it was never written, or the "
            f"file is damaged; at most {_MAXIMUM_RATIO} times the stored size is read"
        )
    if dataset.chunks:
        chunks = math.prod(-(-rows // step) for rows, step in zip(dataset.shape, dataset.chunks, strict=True))
        written = dataset.id.get_num_chunks()
        if written < chunks:
            raise InputError(f"{path}: {key} {dataset.shape}: {written} of {chunks} chunks were written; all must be")


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
