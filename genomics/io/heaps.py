"""The heaps of an HDF5 file, checked before the HDF5 library reads them.

Names of groups and texts of variable length (in a Keras file its whole configuration) lie in heaps. The library follows
the sizes and links inside them unchecked: a damaged one makes it walk in circles and never return (seen in HDF5 2.0).
Format: https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html , sections III.D and III.E, with lengths and
addresses of 8 bytes, as h5py writes them:

* Global heap: `GCOL`, version 1, 3 reserved, size of the collection; then objects: index (2 bytes), references (2), 4
  reserved, size (8), data up to a multiple of 8. Index 0 is the free space at the end; its size counts the header.
* Local heap: `HEAP`, version 0, 3 reserved, size of the data, first free block, address of the data. A free block holds
  the offset of the next one (1 = none) and its own size.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from genomics.errors import InputError

_HEADER = 16
_NO_FREE_BLOCK = 1
_MAXIMUM_OBJECTS = 1_000_000


def check_heaps(file: Path, data: bytes | mmap.mmap) -> None:
    """Checks that every heap in a file's bytes can be walked from its first object to its end.

    What reaches past the end of the file is not looked at: the library itself refuses it.

    Raises:
      InputError: a size or link inside a heap leads nowhere.
    """
    objects = 0
    # With its reserved bytes: a shorter signature would stand by chance in some hundred gigabytes of numbers.
    for start in _found(data, b"GCOL\x01\x00\x00\x00"):
        (size,) = struct.unpack_from("<Q", data, start + 8)
        if start + size <= len(data):
            objects += _walk_global(file, data, start + _HEADER, start + size)
        if objects > _MAXIMUM_OBJECTS:
            raise InputError(f"{file}: global heaps: hold over {_MAXIMUM_OBJECTS} texts; at most as many are read")
    for start in _found(data, b"HEAP\x00\x00\x00\x00"):
        size, free, address = struct.unpack_from("<QQQ", data, start + 8)
        if address + size <= len(data):
            _walk_local(file, data, address, size, free)


def _found(data: bytes | mmap.mmap, signature: bytes) -> Iterator[int]:
    """Where a signature stands with at least 32 bytes from its start."""
    start = data.find(signature)
    while 0 <= start <= len(data) - 32:
        yield start
        start = data.find(signature, start + 1)


def _walk_global(file: Path, data: bytes | mmap.mmap, place: int, end: int) -> int:
    """Follows the objects of one global heap; returns their number."""
    count = 0
    while end - place >= _HEADER:
        index, size = struct.unpack_from("<H6xQ", data, place)
        step = _HEADER + -(-size // 8) * 8 if index else size
        if not _HEADER <= step <= end - place:
            raise InputError(
                f"{file}: global heap at byte {place}: an object of {size} bytes must lie in the {end - place} bytes "
                "that are left; the file is damaged"
            )
        place, count = place + step, count + 1
    return count


def _walk_local(file: Path, data: bytes | mmap.mmap, address: int, size: int, free: int) -> None:
    """Follows the free blocks of one local heap; there are no more of them than fit."""
    for _ in range(size // _HEADER + 1):
        if free == _NO_FREE_BLOCK:
            return
        if free > size - _HEADER:
            break
        (free,) = struct.unpack_from("<Q", data, address + free)
    raise InputError(
        f"{file}: local heap at byte {address}: the free block at {free} must lie in its {size} bytes, and the list of "
        "free blocks must end; the file is damaged"
    )
