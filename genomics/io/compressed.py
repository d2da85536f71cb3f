"""Files that may be compressed by gzip or bgzip, read so that a cut one is never taken for a shorter one.

gzip: https://www.rfc-editor.org/rfc/rfc1952 . bgzip (BGZF) is gzip in blocks, its last one empty to mark the end:
https://samtools.github.io/hts-specs/SAMv1.pdf , section 4.1.
"""

import gzip
import os
import zlib
from pathlib import Path

from genomics.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
_BGZIP_FIELD = b"BC"
#: The block with which bgzip ends a file.
BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def read_whole(path: Path) -> bytes:
    """All bytes of a plain or compressed file, unpacked.

    Raises:
      InputError: the file is absent, no file, cannot be read, or is damaged or cut.
    """
    try:
        data = path.read_bytes()
        check_end(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: damaged or truncated gzip file: {error}") from error


def is_bgzip(start: bytes) -> bool:
    """Whether a file that starts with these (at least 14) bytes is compressed by bgzip."""
    return start.startswith(GZIP_MAGIC) and start[12:14] == _BGZIP_FIELD


def check_end(path: Path) -> None:
    """Checks that a file compressed by bgzip has its end: one that is cut between two blocks unpacks without an error.

    Raises:
      InputError: it has not.
      OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if not is_bgzip(file.read(14)):
            return
        file.seek(-min(len(BGZIP_END), path.stat().st_size), os.SEEK_END)
        if file.read() != BGZIP_END:
            raise InputError(
                f"{path}: is truncated: it must end with the empty block that bgzip writes last. It was cut off, or "
                f"put together without it: if it is whole, gzip -dc {path} | bgzip > NEW adds the block"
            )
