"""An entry that declares less than it holds: refused, and never unpacked beyond what it declares."""

import struct
import tracemalloc
import zipfile

import pytest

from genomics.errors import InputError
from genomics.io.keras.archive import MEMBERS, unpack
from genomics.io.torch.archive import open_archive
from genomics.io.zip_member import read_member

HELD, DECLARED, MEMORY = 200 << 20, 1000, 20 << 20


def forged(path, names):
    """A zip whose entries hold 200 MiB of zeros and declare 1,000 bytes, in both places where a zip declares."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(HELD))
        places = [info.header_offset + 22 for info in archive.infolist()]
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\1\2")
    while at >= 0:
        places.append(at + 24)
        at = data.find(b"PK\1\2", at + 4)
    for place in places:
        assert struct.unpack_from("<I", data, place) == (HELD,)
        struct.pack_into("<I", data, place, DECLARED)
    path.write_bytes(data)
    return path


@pytest.fixture
def memory():
    tracemalloc.start()
    yield
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < MEMORY


def test_read_member(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"ACGT" * 1_000_000)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert read_member(archive, archive.infolist()[0]) == b"ACGT" * 1_000_000


def test_pytorch(tmp_path, request):
    path = forged(tmp_path / "m.pt2", ["m/models/model.json"])
    request.getfixturevalue("memory")
    with pytest.raises(InputError, match="cannot be unpacked, the file is damaged"), open_archive(path) as archive:
        archive.member("models/model.json")


def test_keras(tmp_path, request):
    path = forged(tmp_path / "m.keras", list(MEMBERS)[:1])
    request.getfixturevalue("memory")
    with pytest.raises(InputError, match="cannot be unpacked, the file is damaged"):
        unpack(path)
