"""Blocks past the system's cache are the same blocks, and what cannot be written so is written as ever."""

import errno
import mmap
import os

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import direct, hdf5_write
from genomics.io.direct import LARGE, PAGE, Direct, aligned

SHAPE = (LARGE // 8 + 77, 4)  # float16, and no whole number of pages


@pytest.fixture
def values():
    found = aligned(SHAPE, np.dtype(np.float16))
    assert found.ctypes.data % PAGE == 0
    found[:] = np.random.default_rng(0).normal(size=SHAPE)
    return found


@pytest.fixture
def past(monkeypatch):
    """Bytes of each block that went past the cache."""
    sizes, write = [], Direct.write

    def spied(self, data, place):
        sizes.append(write(self, data, place))
        return sizes[-1]

    monkeypatch.setattr(Direct, "write", spied)
    return sizes


def _written(path, values):
    with hdf5_write.writing(path) as file:
        hdf5_write.put(file, "small", values[:100])
        hdf5_write.put(file, "large", values)
        hdf5_write.put(file, "elsewhere", values[1:])  # begins at no page
    with h5py.File(path) as file:
        assert file["large"][()].tobytes() == values.tobytes()
        assert file["elsewhere"][()].tobytes() == values[1:].tobytes()
        hdf5_write.verify(path, file, required=True)


def _takes_pages(path):
    """Whether the system and the folder's file system have O_DIRECT: they take a page."""
    if not hasattr(os, "O_DIRECT"):
        return False
    try:
        file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_DIRECT)
    except OSError:
        return False
    try:
        with mmap.mmap(-1, PAGE) as page:  # begins at a page
            return os.pwrite(file, page, 0) == PAGE
    except OSError:
        return False
    finally:
        os.close(file)


def test_large_blocks_go_past_the_cache(tmp_path, values, past):
    if not _takes_pages(tmp_path / "page"):
        pytest.skip("this system, or its file system, has no O_DIRECT")
    _written(tmp_path / "x.h5", values)
    assert sorted(past)[-2:] == [0, values.nbytes // PAGE * PAGE]


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="this system has no O_DIRECT")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSPC])
@pytest.mark.parametrize("call", ["open", "pwrite"])
def test_what_cannot_be_is_written_as_ever(tmp_path, monkeypatch, values, past, call, number):
    own = getattr(os, call)

    def refuses(*arguments, **further):
        if call == "open" and not arguments[1] & os.O_DIRECT:
            return own(*arguments, **further)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(direct.os, call, refuses)
    _written(tmp_path / "x.h5", values)
    assert not max(past)


def test_a_disk_that_takes_only_the_first_pages_is_told(tmp_path, monkeypatch, values):
    monkeypatch.setattr(Direct, "write", lambda self, data, place: 0 if len(data) < LARGE else PAGE)

    class Full:
        def __init__(self, file):
            self._file = file

        def __getattr__(self, name):
            return getattr(self._file, name)

        def write(self, data):
            if len(data) > LARGE // 2:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return self._file.write(data)

    make = hdf5_write._Disk.__init__

    def full(self, path):
        make(self, path)
        self._file = Full(self._file)

    monkeypatch.setattr(hdf5_write._Disk, "__init__", full)
    with pytest.raises(InputError, match=r"x.h5: cannot be written: No space left"):
        _written(tmp_path / "x.h5", values)
    assert not list(tmp_path.iterdir())
