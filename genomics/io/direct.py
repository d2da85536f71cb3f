"""Large blocks past the system's cache: a scan writes more than memory holds, and copying it there takes longest.

Linux has `O_DIRECT` (https://man7.org/linux/man-pages/man2/open.2.html), for blocks that begin and end at multiples of
a page in memory and in the file; elsewhere, and on file systems without it, nothing is written here.
"""

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np

PAGE = 4096
#: Smaller blocks may soon be read again, from the cache.
LARGE = 1 << 20


def aligned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An empty array that begins at a page.

    Args:
      shape: of it.
      dtype: of it.
    """
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.empty(size + PAGE, np.uint8)
    start = -raw.ctypes.data % PAGE
    return raw[start : start + size].view(dtype).reshape(shape)


class Direct:
    """A file that is open elsewhere too, to which large blocks are written past the cache."""

    def __init__(self, path: Path):
        self._path = path
        self._file: int | None = None
        self._possible = hasattr(os, "O_DIRECT")

    def write(self, data: memoryview, place: int) -> int:
        """Writes the whole pages of a block.

        Args:
          data: the block.
          place: in the file, in bytes.

        Returns:
          How many bytes were written; 0 where that cannot be, for whatever reason.
        """
        if not self._possible or len(data) < LARGE or place % PAGE or np.frombuffer(data, np.uint8).ctypes.data % PAGE:
            return 0
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_DIRECT | getattr(os, "O_CLOEXEC", 0))
            return os.pwrite(self._file, data[: len(data) // PAGE * PAGE], place)
        except OSError:  # who writes it otherwise finds out why
            self._possible = False
            return 0

    def close(self) -> None:
        """Closes it; what the disk has to say is told where the other file is synchronised and closed."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None


#: How h5py opens a file whose large data sets begin at pages.
ALIGNMENT: dict[str, Any] = {"alignment_threshold": LARGE, "alignment_interval": PAGE}
