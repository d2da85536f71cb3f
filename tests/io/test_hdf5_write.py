import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import hdf5, hdf5_write
from genomics.io.hdf5_write import CHECKSUM, Rows, put, verify, writing

ROWS = np.random.default_rng(0).normal(size=(1000, 4, 3)).astype(np.float32)
STORAGES = [
    {},
    {"chunks": (90, 4, 3)},
    {"chunks": (90, 4, 3), "compression": "gzip", "shuffle": True},
    {"chunks": (90, 4, 3), "fletcher32": True},
]


def check(path):
    with hdf5.open_hdf5(path) as file:
        verify(path, file, required=True)


@pytest.mark.parametrize("storage", STORAGES, ids=str)
def test_what_is_put_is_there_and_verified(tmp_path, storage):
    path = tmp_path / "a.h5"
    names = np.array(["a", "", "äöü"], object)
    with writing(path) as file:
        put(file, "rows", ROWS, storage)
        put(file.create_group("group"), "half", ROWS.astype(np.float16))
        put(file, "names", names)
        put(file, "bytes", np.array([b"chr1", b"chr22"]))
        put(file, "none", np.zeros((0, 3)))
    check(path)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["rows"], ROWS)
        assert file["names"].asstr()[()].tolist() == names.tolist()
        assert file["group/half"].dtype == np.float16
    assert [each.name for each in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.parametrize("storage", STORAGES, ids=str)
def test_rows_that_come_in_blocks_are_the_same_data_set(tmp_path, storage):
    storage = storage or {"chunks": (1000, 4, 3)}
    with writing(tmp_path / "a.h5") as file:
        put(file, "rows", ROWS, storage)
    with writing(tmp_path / "b.h5") as file:
        rows = Rows(file, "rows", ROWS.shape, ROWS.dtype, storage)
        for start in range(0, 1000, 70):
            rows.add(ROWS[start : start + 70])
        rows.close()
    check(tmp_path / "b.h5")
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_rows_that_do_not_come_are_told(tmp_path):
    def write():
        with writing(tmp_path / "b.h5") as file:
            rows = Rows(file, "rows", ROWS.shape, ROWS.dtype, {})
            rows.add(ROWS[:999])
            rows.close()

    with pytest.raises(ValueError, match="/rows: 999 of 1000 rows were given"):
        write()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("key", ["rows", "names", "group/half"])
def test_a_value_that_changed_is_found(tmp_path, key):
    path = tmp_path / "a.h5"
    with writing(path) as file:
        put(file, "rows", ROWS)
        put(file.create_group("group"), "half", ROWS.astype(np.float16))
        put(file, "names", np.array(["a", "b"], object))
    with h5py.File(path, "r+") as file:
        file[key][1] = file[key][0]
    with pytest.raises(InputError, match=rf"a.h5: {key}: is damaged: the crc32 of its values is \w+; must be \w+$"):
        check(path)


def test_a_chunk_that_was_never_written_is_found(tmp_path):
    """HDF5 gives zeros for it, and no checksum of its own would tell."""
    path = tmp_path / "a.h5"

    def write(count):
        with writing(path) as file:
            made = file.create_dataset("rows", ROWS.shape, "f4", chunks=(90, 4, 3), compression="gzip", fletcher32=True)
            made[:count] = ROWS[:count]

    with pytest.raises(InputError, match=r"a.h5: was not written whole: rows .*: 10 of 12 chunks were written"):
        write(900)
    assert not list(tmp_path.iterdir())
    write(1000)
    with pytest.raises(InputError, match=rf"rows: has no {CHECKSUM}"):
        check(path)


def test_a_file_grows_and_the_old_one_is_there_until_it_has(tmp_path):
    path = tmp_path / "a.h5"
    with writing(path) as file:
        put(file, "rows", ROWS)
    before = path.read_bytes()
    with writing(path, grown_from=path) as file:
        put(file, "more", ROWS)
        assert path.read_bytes() == before
    check(path)
    with h5py.File(path) as file:
        assert sorted(file) == ["more", "rows"]


class Failing:
    """A file whose writes fail from some number on."""

    def __init__(self, file, writes, error):
        self._file, self._writes, self._error = file, writes, error

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, data):
        self._writes -= 1
        if self._writes < 0:
            raise self._error
        return self._file.write(data)


@pytest.mark.parametrize("writes", range(0, 14, 2))
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_what_the_disk_says_is_raised_and_hdf5_never_hears_of_it(tmp_path, monkeypatch, writes, error):
    class Full(hdf5_write._Disk):
        def __init__(self, path):
            super().__init__(path)
            self._file = Failing(self._file, writes, error)

    monkeypatch.setattr(hdf5_write, "_Disk", Full)

    def write():
        with writing(tmp_path / "a.h5") as file:
            rows = Rows(file, "rows", ROWS.shape, ROWS.dtype, STORAGES[2])
            for start in range(0, 1000, 70):  # parts of chunks, which HDF5 reads back to fill them up
                rows.add(ROWS[start : start + 70])
            rows.close()
            put(file, "names", np.array(["a", "b"], object))

    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt) as caught:
        write()
    if isinstance(error, OSError):
        assert str(caught.value) == f"{tmp_path / 'a.h5'}: cannot be written: No space left on device"
    assert not list(tmp_path.iterdir())
    # No file is left for HDF5 to close at the end of the process.
    assert not h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE)
