"""The one place where the project writes files: each is whole under its name, or absent.

A file is created under a random name of its own, written, closed, checked by its format's reader, synchronised to the
disk, and renamed:

* `write_text`, `write_bytes`: what is small enough to be made in memory first; read again and compared.
* `replacing`: for libraries that write to a path; the caller gives the check.
* `append_text`: for a log; what did not get through is taken back.

HDF5 goes through `genomics.io.hdf5_write`, figures through `genomics.io.png`, and both of them through this file.
"""

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from genomics.errors import InputError
from genomics.io import owner

#: `.tmp-MACHINE-PROCESS-START-RANDOM.<end of the file's name>`: libraries go by the ending.
_TEMPORARY = re.compile(r"\.tmp-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{16}\..*", re.DOTALL)
#: Bytes of the file's own name that are kept of it: file systems take 255 for all.
_KEPT_BYTES = 150
#: Bytes that a library may have held back when it gave up.
_ASKED_BYTES = 1 << 20
#: Folders from which this process has cleared what dead ones left.
_cleared: set[tuple[int, str]] = set()


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], check: Callable[[Path], object]) -> Iterator[Path]:
    """Yields the path of an empty file beside `path`, which is checked and renamed to `path` after the block.

    A file that exists under its final name is therefore complete, whenever the process was killed and whatever error a
    library has kept to itself. The temporary file belongs to this process alone: it is created exclusively, under a
    random name with the ending of `path`. It is removed when anything fails; that of a killed process is removed by
    the next one on the same machine that writes into the folder.

    Args:
      path: the file to write; its folder is made when absent.
      check: reads the finished temporary file with the format's own reader, and raises InputError or OSError where it
        does not hold what was written.

    Yields:
      The path to write to, in the same folder (so that the rename is atomic). The block writes the file and closes it.

    Raises:
      InputError: the folder cannot be made or written, the disk is full, or the file is not whole; the message names
        the file and the cause.
    """
    path = Path(path)
    temporary = None
    with _naming(path):
        try:
            temporary = _create(path)
            yield temporary
            _check(path, temporary, check)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(path)
        finally:
            # Renamed by now, or never made; an error of the clean-up must not hide the one that is on its way.
            if temporary is not None:
                with contextlib.suppress(OSError):
                    temporary.unlink()


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file that holds these bytes.

    Raises:
      InputError: it cannot be written; the message names the file and the cause.
    """

    def check(written: Path) -> None:
        if written.read_bytes() != data:
            raise InputError(f"{written}: does not hold what was written")

    with replacing(path, check) as temporary, temporary.open("wb") as file:
        file.write(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes a text as UTF-8, its lines ended as they are in it.

    Raises:
      InputError: it cannot be written; the message names the file and the cause.
    """
    write_bytes(path, text.encode("utf-8"))


def append_text(path: str | os.PathLike[str], text: str) -> None:
    """Adds a text at the end of a file, in one piece: where that fails, the file is as it was.

    A process that is killed in the act may leave a part of it, so readers drop a last line without its end.

    Raises:
      InputError: it cannot be written; the message names the file and the cause.
    """
    path, data = Path(path), text.encode("utf-8")
    with _naming(path):
        _make_folder(path.parent)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o666)
        try:
            before = os.fstat(file).st_size
            try:
                written = 0
                while written < len(data):
                    written += os.write(file, data[written:])
            except BaseException:
                os.ftruncate(file, before)
                raise
        finally:
            os.close(file)


def clear(folder: Path, *, of_all: bool = False) -> None:
    """Removes the temporary files of processes that do not run any more.

    Args:
      folder: in which they lie; those in folders within it are left.
      of_all: also those of other machines, of which nobody can say that here; for whoever holds the folder's lock.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _TEMPORARY.fullmatch(entry.name)
            if match is None:
                continue
            here = match[1] == owner.machine()
            if (not here and of_all) or (here and not owner.runs(int(match[2]), int(match[3]))):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Turns what the system raises inside the block into an `InputError` that names the file."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise InputError(f"{path}: cannot be written: {reason}") from error


def _make_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "", str(folder))
    folder.mkdir(parents=True, exist_ok=True)


def _create(path: Path) -> Path:
    """A new empty file beside `path`."""
    folder, pid = path.parent, os.getpid()
    _make_folder(folder)
    if (pid, str(folder)) not in _cleared:
        _cleared.add((pid, str(folder)))
        clear(folder)
    name = path.name.encode("utf-8", "surrogateescape")[-_KEPT_BYTES:].decode("utf-8", "ignore")
    while True:
        place = f"{owner.machine()}-{pid}-{owner.started(pid)}-{secrets.token_hex(8)}"
        temporary = folder / f".tmp-{place}.{name}"
        try:
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            continue
        return temporary


def _check(path: Path, temporary: Path, check: Callable[[Path], object]) -> None:
    try:
        check(temporary)
    except InputError as error:
        ask_disk(temporary)
        reason = str(error).removeprefix(f"{temporary}: ").replace(str(temporary), str(path))
        raise InputError(f"{path}: was not written whole: {reason}") from error


def ask_disk(temporary: Path) -> None:
    """Writes on at the end of a file that a library could not finish, to learn what the library does not tell.

    Raises:
      OSError: the disk takes no more.
    """
    with temporary.open("ab") as file:
        file.write(bytes(_ASKED_BYTES))
        file.flush()
        os.fsync(file.fileno())
