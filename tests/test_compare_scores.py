"""The table of two `scores.h5`: `benchmarks/compare_scores.py`."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from benchmarks.compare_scores import compared
from genomics.errors import InputError


@pytest.fixture
def files(tmp_path):
    scores = np.random.default_rng(0).normal(size=(2, 1, 5, 4)).astype(np.float32)
    scores[0, 0, 0] = np.nan
    scores[1, 0, 0, 0] = 4.0
    for name in ("one", "other"):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file.attrs["fingerprint"] = "f"
            file["sequences"] = np.zeros((2, 5), np.uint8)
            file["logits"] = np.ones((2, 1), np.float32)
            file["ism/scores"] = scores
    return tmp_path / "one.h5", tmp_path / "other.h5"


def rows(files):
    with h5py.File(files[0]) as one, h5py.File(files[1]) as other:
        return compared((Path("one"), Path("other")), one, other)[2:]


def test_differences_by_method(files):
    assert rows(files) == ["| logits | 0.0e+00 | 0.0e+00 | 0.00% |", "| ism | 0.0e+00 | 0.0e+00 | 0.00% |"]
    with h5py.File(files[1], "r+") as file:
        file["ism/scores"][1, 0, 3, 2] += 0.5
    assert rows(files)[1].startswith("| ism | 5.0e-01 | 1.2e-01 | 2.78% |")  # one of 36 known scores


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda file: file["ism/scores"].__setitem__((1, 0, 3, 2), np.nan), "ism/scores has NaN at other places"),
        (lambda file: file.attrs.__setitem__("fingerprint", "g"), "fingerprint is not that of one"),
        (lambda file: file["sequences"].__setitem__((0, 0), 1), "sequences is not that of one"),
        (lambda file: file.move("ism", "saliency"), "ism/scores, saliency/scores"),
    ],
)
def test_what_cannot_be_compared(files, change, message):
    with h5py.File(files[1], "r+") as file:
        change(file)
    with pytest.raises(InputError, match=message):
        rows(files)
