"""The zip around an exported program: its members by name, and how much of them may be unpacked."""

import os
import zipfile
import zlib
from pathlib import Path
from types import TracebackType

from genomics.errors import InputError
from genomics.io.present import check_readable
from genomics.io.torch.record import plain, shown
from genomics.io.torch.refusals import EXPORT, kind_of_file, kind_of_zip, way_out
from genomics.io.zip_member import read_member

#: Bytes that may be unpacked and widened in all: this many, and so many times the size of the file.
_FREE, _TIMES = 64 << 20, 16
#: A graph in JSON takes about this many times its bytes when it is parsed.
_PARSED = 16


class Archive:
    """An open archive of `torch.export.save`. What is read from it is counted, so a small file cannot fill the memory.

    Attributes:
      path: the file.
      model: the name of the program in it.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile, root: str, model: str):
        self.path, self.model = path, model
        self._archive, self._root = archive, root
        self._members = {info.filename: info for info in archive.infolist()}
        self._left = _FREE + _TIMES * path.stat().st_size

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()

    def error(self, place: str, problem: str) -> InputError:
        """The error for something wrong in a member."""
        return InputError(f"{self.path}: {plain(f'{place}: {problem}')}")

    def spend(self, size: int, place: str) -> None:
        """Counts bytes about to be allocated.

        Raises:
          InputError: more than a file of this size can need.
        """
        if size > self._left:
            raise self.error(
                place, f"takes {size} bytes of memory, more than a file of {self.path.stat().st_size} bytes may need"
            )
        self._left -= size

    def member(self, name: str, *, parsed: bool = False) -> bytes:
        """The bytes of a member below the archive's root.

        Args:
          name: its path.
          parsed: whether it is JSON, which takes more memory when it is parsed.

        Raises:
          InputError: it is absent, encrypted, larger than the file's size allows, or fails its checksum.
        """
        info = self._members.get(f"{self._root}{name}")
        if info is None:
            raise self.error(
                name, f"is not in the archive; it is incomplete, or of another PyTorch. Export it {EXPORT}"
            )
        if info.flag_bits & 1:
            raise self.error(name, "is encrypted; encrypted files are not read")
        self.spend(info.file_size * (_PARSED if parsed and info.file_size > 1 << 20 else 1), name)
        try:
            return read_member(self._archive, info)
        except _DAMAGES as error:
            raise _damaged(self.path, f"{name}: ", error) from error


#: What zipfile and its decompressors raise on damaged or exotic archives.
_DAMAGES = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError)


def open_archive(path: str | os.PathLike[str]) -> Archive:
    """Opens an exported program; to be closed as a context manager.

    Raises:
      InputError: the file cannot be read, is no zip, or is another kind of archive, which is named with the lines that
        export the network.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; a program exported by PyTorch is one file, .pt2. Export it {EXPORT}")
    check_readable(path)
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGES as error:
        if kind := kind_of_file(path):
            raise InputError(f"{path}: is {way_out(kind)}") from error
        raise _damaged(path, "", error) from error
    try:
        return _opened(path, archive)
    except BaseException:
        archive.close()
        raise


def _opened(path: Path, archive: zipfile.ZipFile) -> Archive:
    names = archive.namelist()
    # The end of a cut file may hold a whole zip, of the pickled sample inputs.
    if min((info.header_offset for info in archive.infolist()), default=0) > 0:
        raise InputError(f"{path}: cannot be unpacked, the file is damaged or truncated: it begins as another zip")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise InputError(f"{path}: {plain(f'{shown(twice)}: is twice in the archive')}")
    models = [name for name in names if f"/{name}".endswith(".json") and "/models/" in f"/{name}"]
    if not models:
        kind = kind_of_zip(names)
        held = ", ".join(plain(name) for name in names[:6])
        what = (
            f"is {way_out(kind)}" if kind else f"is no program exported by PyTorch, it holds {held}. Export it {EXPORT}"
        )
        raise InputError(f"{path}: {what}")
    if len(models) > 1:
        listed = ", ".join(plain(name) for name in models[:8])
        raise InputError(f"{path}: holds {len(models)} programs ({listed}); save the one that is meant alone")
    root, _, model = models[0].rpartition("models/")
    return Archive(path, archive, root, model.removesuffix(".json"))


def _damaged(path: Path, place: str, error: Exception) -> InputError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return InputError(f"{path}: {place}cannot be unpacked, the file is damaged or truncated: {plain(reason)}")
