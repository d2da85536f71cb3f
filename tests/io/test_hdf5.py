import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import hdf5


def read(path, key="x"):
    with hdf5.open_hdf5(path) as file:
        return np.concatenate([block for _, block in hdf5.blocks(path, key, hdf5.numeric(path, file, key, "(N,)"))])


def test_what_was_never_written_is_not_read_as_zeros(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("never", (10, 3), "f4")
        file.create_dataset("huge", (1 << 40, 3), "f4", chunks=(1 << 10, 3))
        some = file.create_dataset("some", (10, 3), "f4", chunks=(4, 3))
        some[:4] = 1
        file.create_dataset("whole", data=np.ones((10, 3)), chunks=(4, 2), compression="gzip")
        file.create_dataset("compact", data=np.ones(2))
        file.create_dataset("empty", (0, 3), "f4")
    assert read(path, "whole").sum() == 30
    assert read(path, "compact").sum() == 2
    with hdf5.open_hdf5(path) as file:
        assert hdf5.numeric(path, file, "empty", "(N, 3)").shape == (0, 3)
    for key in ("never", "huge"):
        with pytest.raises(InputError, match=rf"x\.h5: {key} .* is stored in 0: it was never written"):
            read(path, key)
    with pytest.raises(InputError, match=r"x\.h5: some \(10, 3\): 1 of 3 chunks were written; all must be"):
        read(path, "some")


def test_heaps_are_checked_once_for_each_state_of_a_file(tmp_path, monkeypatch):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.attrs["tasks"] = ["alpha", "beta"]
        file["x"] = [1.0]
    calls, check = [], hdf5.check_heaps
    monkeypatch.setattr(hdf5, "check_heaps", lambda *arguments: (calls.append(1), check(*arguments)))
    read(path), read(path)
    assert len(calls) == 1
    data = bytearray(path.read_bytes())
    start = data.find(b"GCOL\x01")
    data[start + 16 + 8] = 0xFF  # the size of the first text
    data[start + 16 + 15] = 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.h5: global heap at byte \d+: an object of"):
        read(path)
    assert len(calls) == 2
