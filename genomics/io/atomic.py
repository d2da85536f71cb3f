"""Files that are either whole or absent."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from genomics.errors import InputError


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yields a temporary path beside `path`, and renames it to `path` when the block ends without an error.

    A file that exists under its final name is therefore complete, whenever the process was killed. The temporary file
    is removed when the block raises; a killed process leaves `.<name>.<pid>.tmp`, which nothing reads.

    Args:
      path: the file to write; its folder is made when absent.

    Yields:
      The path to write to, in the same folder (so that the rename is atomic). The block creates the file and closes it.

    Raises:
      InputError: the folder cannot be made or written, or the disk is full; the message names the file and the cause.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name}.{os.getpid()}.tmp"
    try:
        if path.parent.exists() and not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "", str(path.parent))
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path}: cannot be written: {reason}") from error
    finally:
        # Renamed by now, or never made; an error of the clean-up must not hide the one that is on its way.
        with contextlib.suppress(OSError):
            temporary.unlink()
