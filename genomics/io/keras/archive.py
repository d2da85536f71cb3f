"""The `.keras` archive: a zip of `metadata.json`, `config.json` and `model.weights.h5`, unpacked in memory."""

import zipfile
import zlib
from pathlib import Path

from genomics.errors import InputError
from genomics.io.zip_member import read_member

#: Largest size of each member that is read, in bytes, unpacked.
MEMBERS = {"metadata.json": 1 << 20, "config.json": 64 << 20, "model.weights.h5": 2 << 30}
#: A member above this size that unpacks to more than this ratio is a bomb; trained weights hardly compress.
_RATIO_FROM = 16 << 20
_MAXIMUM_RATIO = 200


def unpack(path: Path) -> dict[str, bytes]:
    """The three members by name. Sizes are checked before anything is unpacked; other members are not touched.

    Raises:
      InputError: not a whole zip, a member is missing, twice there, encrypted, too large, or fails its checksum.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: _member(path, archive, name) for name in MEMBERS}
    # What zipfile and its decompressors raise on damaged or exotic archives.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: cannot be unpacked, the file is damaged or truncated: {reason}") from error


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    found = [info for info in archive.infolist() if info.filename == name]
    if len(found) != 1:
        held = ", ".join(info.filename for info in archive.infolist()[:8])
        raise InputError(f"{path}: {name}: is {len(found)} times in the archive ({held}); a .keras file holds it once")
    info = found[0]
    if info.file_size > MEMBERS[name]:
        raise InputError(f"{path}: {name}: unpacks to {info.file_size} bytes; at most {MEMBERS[name]} are read")
    if info.file_size > _RATIO_FROM and info.file_size > _MAXIMUM_RATIO * max(1, info.compress_size):
        raise InputError(
            f"{path}: {name}: unpacks from {info.compress_size} to {info.file_size} bytes; "
            f"at most {_MAXIMUM_RATIO} times is read"
        )
    if info.flag_bits & 1:
        raise InputError(f"{path}: {name}: is encrypted; encrypted files are not read")
    return read_member(archive, info)
