import dataclasses
import hashlib
import time

import h5py
import numpy as np
import pytest

from genomics.io.examples import SPLITS, read_examples, write_examples
from genomics.sequence.one_hot import to_channels_first


def assert_equal(ours, theirs):
    for one, other in zip(dataclasses.astuple(ours), dataclasses.astuple(theirs), strict=True):
        np.testing.assert_equal(one, other)


def test_what_is_written_comes_back(dataset, path):
    assert_equal(read_examples(path), dataset)
    with h5py.File(path) as file:
        assert file["X_train"].shape == (6, 4, 10)
        assert np.array_equal(file["X_train"], to_channels_first(dataset.splits["train"].bases))


def test_only_the_splits_asked_for_are_read(path):
    with h5py.File(path, "a") as file:
        del file["X_train"]
    assert list(read_examples(path, splits=("test",)).splits) == ["test"]


def test_equal_data_give_equal_bytes(dataset, path, tmp_path):
    time.sleep(1.1)  # HDF5 keeps times in whole seconds
    write_examples(tmp_path / "again.h5", dataset)
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, tmp_path / "again.h5")}
    assert len(digests) == 1


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", ">f8"])
@pytest.mark.parametrize("storage", [{}, {"chunks": (4, 1, 5), "compression": "gzip"}, {"chunks": (6, 4, 10)}])
def test_any_numeric_dtype_and_storage(dataset, tmp_path, dtype, storage):
    """A file as others write it: no attributes, one-hot rows and labels of any numeric dtype."""
    with h5py.File(tmp_path / "lab.h5", "w") as file:
        for name, part in dataset.splits.items():
            rows = to_channels_first(part.bases).astype(dtype)
            options = storage if len(rows) >= 6 else {}
            file.create_dataset(f"X_{name}", data=rows, **options)
            file[f"Y_{name}"] = part.labels.astype(dtype)
    found = read_examples(tmp_path / "lab.h5")
    assert found.tasks == ("task_0", "task_1")
    for name in SPLITS:
        assert np.array_equal(found.splits[name].bases, dataset.splits[name].bases)
        assert np.array_equal(found.splits[name].labels, dataset.splits[name].labels)
        assert found.splits[name].truth is None


def test_reading_in_blocks_gives_the_same(dataset, path, monkeypatch):
    monkeypatch.setattr("genomics.io.hdf5._BLOCK_BYTES", 85)
    assert_equal(read_examples(path), dataset)


class TestTaskNames:
    def test_given_names_set_the_spelling(self, path):
        assert read_examples(path, tasks=("a", "B")).tasks == ("a", "B")

    def test_given_names_fill_in(self, path):
        with h5py.File(path, "a") as file:
            del file.attrs["tasks"]
        assert read_examples(path, tasks=("x", "y")).tasks == ("x", "y")
        assert read_examples(path).tasks == ("task_0", "task_1")

    @pytest.mark.parametrize("stored", [np.array([b"A", b"B"]), ["A", "B"], np.array(["A ", "B"], "S2")])
    def test_text_of_any_kind(self, path, stored):
        with h5py.File(path, "a") as file:
            file.attrs["tasks"] = stored
        assert read_examples(path).tasks == ("A", "B")

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (("B", "A"), "its tasks are ('A', 'B') but ('B', 'A') were given; they must be the same in the same order"),
            (("A",), "the given task names ('A',) are 1 but the labels (N, T) have T = 2"),
            (("A", "a"), "the given task names ('A', 'a') must all differ"),
        ],
    )
    def test_given_names_that_do_not_fit(self, fault, path, given, message):
        assert fault(path, tasks=given).startswith(message)

    @pytest.mark.parametrize(
        ("stored", "message"),
        [
            (["A", "B", "C"], "the attribute tasks ('A', 'B', 'C') are 3 but the labels (N, T) have T = 2"),
            (["A", "A"], "the attribute tasks ('A', 'A') must all differ"),
            ([1, 2], "attribute tasks is [1, 2]; it must be a list of names"),
            (["A", ""], "attribute tasks is ['A', '']; it must be a list of names"),
            (h5py.Empty("f4"), "attribute tasks"),
            (np.array([b"A", b"\xff"]), "attribute tasks: cannot be read"),
        ],
    )
    def test_stored_names_that_do_not_fit(self, fault, path, stored, message):
        with h5py.File(path, "a") as file:
            file.attrs["tasks"] = stored
        assert fault(path).startswith(message)


def test_the_labs_layout_on_real_windows(shared):
    found = read_examples(shared / "data" / "chipseq_hg19.h5", tasks=("CTCF", "Arid3a", "MAFK"))
    assert found.tasks == ("CTCF", "Arid3a", "MAFK")
    assert {name: part.bases.shape for name, part in found.splits.items()} == {
        "train": (12174, 200),
        "valid": (2202, 200),
        "test": (2596, 200),
    }
    assert found.length == 200
    with h5py.File(shared / "data" / "chipseq_hg19.h5") as file:
        assert np.array_equal(found.splits["test"].bases, file["X_test"][:].argmax(1))
        assert np.array_equal(found.splits["test"].labels, file["Y_test"][:])


def test_reading_is_fast(tmp_path):
    rows = to_channels_first(np.random.default_rng(0).integers(0, 4, (17_500, 200), dtype=np.uint8)).astype(np.float32)
    with h5py.File(tmp_path / "large.h5", "w") as file:
        file["X_train"], file["Y_train"] = rows, np.zeros((17_500, 3), np.float32)
    seconds = []
    for _ in range(3):  # other tests run beside this one
        start = time.perf_counter()
        read_examples(tmp_path / "large.h5", splits=("train",))
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1
