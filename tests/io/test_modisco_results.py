"""What modisco-lite writes, read back."""

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.modisco_results import read_patterns


def write(path, groups=("pos_patterns", "neg_patterns"), row=(0, 3), window=20):
    with h5py.File(path, "w") as file:
        file.attrs["window_size"] = window
        for name in groups:
            file.create_group(name)
        for number in (10, 2) if "pos_patterns" in groups else ():
            group = file.create_group(f"pos_patterns/pattern_{number}")
            group["sequence"], group["contrib_scores"] = np.eye(4)[[0, 1, 2]], np.eye(4)[[0, 1, 2]] * number
            group["seqlets/example_idx"], group["seqlets/is_revcomp"] = np.array(row), np.array([False, True])
            group["seqlets/start"], group["seqlets/end"] = np.array([0, 5]), np.array([3, 8])
    return path


@pytest.mark.parametrize(("length", "window", "shift"), [(20, 20, 0), (25, 20, 2), (24, 20, 2), (25, 24, 0)])
def test_sites_lie_in_the_whole_sequence(tmp_path, length, window, shift):
    first, second = read_patterns(write(tmp_path / "x.h5", window=window), 4, length)
    assert (first.name, second.name) == ("pos.pattern_2", "pos.pattern_10")
    np.testing.assert_array_equal(first.start, [shift, 5 + shift])
    np.testing.assert_array_equal(first.end, [3 + shift, 8 + shift])
    assert first.reverse.tolist() == [False, True]
    np.testing.assert_array_equal(second.contributions, np.eye(4)[[0, 1, 2]] * 10)


def test_without_patterns_there_are_none(tmp_path):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        file.create_group("pos_patterns")
    assert read_patterns(path, 4, 20) == []
    assert read_patterns(write(tmp_path / "y.h5", groups=()), 4, 20) == []


def test_other_files_are_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_group("other")
    with pytest.raises(InputError, match="neither pos_patterns nor neg_patterns"):
        read_patterns(tmp_path / "a.h5", 4, 20)
    with pytest.raises(InputError, match="outside of 3 sequences of 20 bases"):
        read_patterns(write(tmp_path / "b.h5"), 3, 20)
    with pytest.raises(InputError, match="outside of"):
        read_patterns(write(tmp_path / "c.h5"), 4, 7)
    with h5py.File(write(tmp_path / "d.h5"), "a") as file:
        del file["pos_patterns/pattern_2/seqlets/end"]
    with pytest.raises(InputError, match=r"pos\.pattern_2: is damaged"):
        read_patterns(tmp_path / "d.h5", 4, 20)
    with h5py.File(write(tmp_path / "e.h5"), "a") as file:
        del file["pos_patterns/pattern_2/seqlets/start"]
        file["pos_patterns/pattern_2/seqlets/start"] = np.array([0.0, 5.5])
    with pytest.raises(InputError, match=r"pos\.pattern_2: must have .* whole rows, starts and ends"):
        read_patterns(tmp_path / "e.h5", 4, 20)
