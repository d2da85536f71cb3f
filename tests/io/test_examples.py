import contextlib
import dataclasses
import hashlib
import time

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.examples import SPLITS, Dataset, Split, read_examples, write_examples
from genomics.io.truth import Truth
from genomics.sequence.one_hot import to_channels_first

RNG = np.random.default_rng(0)
SIZES = {"train": 6, "valid": 2, "test": 3}


def split(count, length=10, tasks=2):
    truth = Truth(
        start=np.tile(np.array([[2, -1]], np.int16), (count, 1)),
        factor=np.tile(np.array([[1, -1]], np.int16), (count, 1)),
        strand=np.tile(np.array([[-1, 0]], np.int16), (count, 1)),
    )
    return Split(
        bases=RNG.integers(0, 5, (count, length), dtype=np.uint8),
        labels=RNG.integers(0, 2, (count, tasks), dtype=np.uint8),
        truth=truth,
    )


DATASET = Dataset(
    tasks=("A", "B"),
    splits={name: split(count) for name, count in SIZES.items()},
    factors=("A", "B", "C"),
    widths=(4, 8, 3),
    provenance={"recipe": "by hand", "seed": 3},
)


@pytest.fixture
def path(tmp_path):
    write_examples(tmp_path / "set.h5", DATASET)
    return tmp_path / "set.h5"


def assert_equal(ours, theirs):
    for one, other in zip(dataclasses.astuple(ours), dataclasses.astuple(theirs), strict=True):
        np.testing.assert_equal(one, other)


def replace(path, key, values):
    with h5py.File(path, "a") as file:
        del file[key]
        if values is not None:
            file[key] = values


def fault(path, **options):
    """The one line that reading `path` ends in."""
    with pytest.raises(InputError) as error:
        read_examples(path, **options)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_what_is_written_comes_back(path):
    assert_equal(read_examples(path), DATASET)
    with h5py.File(path) as file:
        assert file["X_train"].shape == (6, 4, 10)
        assert np.array_equal(file["X_train"], to_channels_first(DATASET.splits["train"].bases))


def test_only_the_splits_asked_for_are_read(path):
    replace(path, "X_train", None)
    assert list(read_examples(path, splits=("test",)).splits) == ["test"]


def test_equal_data_give_equal_bytes(path, tmp_path):
    time.sleep(1.1)  # HDF5 keeps times in whole seconds
    write_examples(tmp_path / "again.h5", DATASET)
    digests = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, tmp_path / "again.h5")}
    assert len(digests) == 1


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float32", ">f8"])
@pytest.mark.parametrize("storage", [{}, {"chunks": (4, 1, 5), "compression": "gzip"}, {"chunks": (6, 4, 10)}])
def test_any_numeric_dtype_and_storage(tmp_path, dtype, storage):
    """A file as others write it: no attributes, one-hot rows and labels of any numeric dtype."""
    with h5py.File(tmp_path / "lab.h5", "w") as file:
        for name, part in DATASET.splits.items():
            rows = to_channels_first(part.bases).astype(dtype)
            options = storage if len(rows) >= 6 else {}
            file.create_dataset(f"X_{name}", data=rows, **options)
            file[f"Y_{name}"] = part.labels.astype(dtype)
    found = read_examples(tmp_path / "lab.h5")
    assert found.tasks == ("task_0", "task_1")
    for name in SPLITS:
        assert np.array_equal(found.splits[name].bases, DATASET.splits[name].bases)
        assert np.array_equal(found.splits[name].labels, DATASET.splits[name].labels)
        assert found.splits[name].truth is None


def test_reading_in_blocks_gives_the_same(path, monkeypatch):
    monkeypatch.setattr("genomics.io.hdf5._BLOCK_BYTES", 85)
    assert_equal(read_examples(path), DATASET)


def test_faults_are_placed_across_blocks(path, monkeypatch):
    monkeypatch.setattr("genomics.io.hdf5._BLOCK_BYTES", 85)
    rows = to_channels_first(DATASET.splits["train"].bases)
    rows[5, :, 3] = [0, 1, 0, 1]
    replace(path, "X_train", rows)
    assert fault(path).startswith(
        "X_train (6, 4, 10): row 5, position 3 (from 0) is [0, 1, 0, 1]; every position must be"
    )


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
    def test_given_names_that_do_not_fit(self, path, given, message):
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
    def test_stored_names_that_do_not_fit(self, path, stored, message):
        with h5py.File(path, "a") as file:
            file.attrs["tasks"] = stored
        assert fault(path).startswith(message)


def valid_rows():
    return to_channels_first(DATASET.splits["valid"].bases).astype(np.float32)


def with_label(value):
    labels = np.zeros((2, 2))
    labels[1, 0] = value
    return labels


def with_column(column):
    rows = valid_rows()
    rows[1, :, 7] = column
    return rows


@pytest.mark.parametrize(
    ("key", "values", "message"),
    [
        ("X_valid", None, "has no data set X_valid (N, 4, L); keys found: X_test, X_train, Y_test"),
        ("Y_valid", None, "has no data set Y_valid (N, T); keys found: "),
        ("X_valid", valid_rows().swapaxes(1, 2), "X_valid has shape (2, 10, 4) (channels-last; store it with swapaxes"),
        ("X_valid", valid_rows()[:, :3], "X_valid has shape (2, 3, 10); it must be (N, 4, L)"),
        ("X_valid", valid_rows()[:, :, None], "X_valid has shape (2, 4, 1, 10); it must be (N, 4, L)"),
        ("X_valid", np.float32(1), "X_valid has shape (); it must be (N, 4, L)"),
        ("X_valid", valid_rows()[:1], "X_valid (1, 4, 10) holds 1 sequences but Y_valid (2, 2) labels 2; the numbers"),
        ("X_valid", valid_rows()[:0], "X_valid (0, 4, 10) and Y_valid (2, 2) must not be empty"),
        (
            "X_valid",
            np.pad(valid_rows(), [(0, 0), (0, 0), (0, 1)]),
            "X_valid has L = 11 but X_train has L = 10; all splits must agree",
        ),
        ("X_valid", np.full((2, 4, 10), b"A"), "X_valid (2, 4, 10) has dtype |S1; it must be numeric"),
        ("X_valid", np.zeros((2, 4, 10), complex), "X_valid (2, 4, 10) has dtype complex128; it must be numeric"),
        ("X_valid", h5py.Empty("f4"), "X_valid None has dtype float32; it must be numeric"),
        ("X_valid", with_column([1, 0, 1, 0]), "X_valid (2, 4, 10): row 1, position 7 (from 0) is [1, 0, 1, 0]; every"),
        ("X_valid", with_column(0.25), "X_valid (2, 4, 10): row 1, position 7 (from 0) is [0.25, 0.25, 0.25, 0.25]"),
        ("X_valid", with_column(np.nan), "X_valid (2, 4, 10): row 1, position 7 (from 0) is [nan, nan, nan, nan]"),
        ("Y_valid", with_label(np.nan), "Y_valid (2, 2): row 1, task 0 (from 0) is nan; labels must be 0 or 1"),
        ("Y_valid", with_label(0.5), "Y_valid (2, 2): row 1, task 0 (from 0) is 0.5; labels must be 0 or 1"),
        ("Y_valid", with_label(-1), "Y_valid (2, 2): row 1, task 0 (from 0) is -1; labels must be 0 or 1"),
        ("Y_valid", np.zeros(2), "Y_valid has shape (2,); it must be (N, T), and (N, 1) for a single task"),
        ("Y_valid", np.zeros((2, 0)), "X_valid (2, 4, 10) and Y_valid (2, 0) must not be empty"),
        ("Y_valid", np.zeros((2, 3)), "Y_valid has T = 3 but Y_train has T = 2; all splits must agree"),
    ],
)
def test_faults_name_file_key_shape_and_rule(path, key, values, message):
    replace(path, key, values)
    assert fault(path).startswith(message)


def test_a_group_is_no_data_set(path):
    with h5py.File(path, "a") as file:
        del file["X_train"]
        file.create_group("X_train")
    assert fault(path) == "X_train is a group; it must be a data set (N, 4, L)"


class TestTruth:
    @pytest.mark.parametrize(
        ("part", "value", "found"),
        [
            ("start", 3, "(3, 1, -1)"),  # 3 + 8 > 10
            ("start", -2, "(-2, 1, -1)"),
            ("start", -1, "(-1, 1, -1)"),
            ("factor", 3, "(2, 3, -1)"),
            ("factor", -1, "(2, -1, -1)"),
            ("strand", 0, "(2, 1, 0)"),
            ("strand", 2, "(2, 1, 2)"),
        ],
    )
    def test_impossible_motifs(self, path, part, value, found):
        with h5py.File(path, "a") as file:
            file[f"truth_test_{part}"][2, 0] = value
        message = fault(path)
        assert message.startswith(f"truth_test_start, _factor, _strand: row 2, column 0 (from 0) is {found}; must be")

    @pytest.mark.parametrize(
        ("key", "values", "message"),
        [
            ("truth_test_factor", None, "has no data set truth_test_factor (N, K)"),
            (
                "truth_test_factor",
                np.zeros((3, 1), np.int16),
                "truth_test_factor (3, 1) has dtype int16; it must be integers (3, K)",
            ),
            (
                "truth_test_start",
                np.zeros((2, 2), np.int16),
                "truth_test_start (2, 2) has dtype int16; it must be integers (3, K)",
            ),
            ("truth_test_strand", np.zeros((3, 2)), "truth_test_strand (3, 2) has dtype float64; it must be integers"),
        ],
    )
    def test_parts_that_do_not_fit(self, path, key, values, message):
        replace(path, key, values)
        assert fault(path).startswith(message)

    @pytest.mark.parametrize(
        ("attribute", "value", "message"),
        [
            ("factors", None, "has truth_ data sets but no root attribute factors"),
            ("widths", None, "has truth_ data sets but no root attribute widths"),
            ("widths", [4, 8], "attribute widths [4, 8] must hold a width >= 1 for each of 3 factors"),
            ("widths", [4, 8, 0], "attribute widths [4, 8, 0] must hold"),
            ("widths", "wide", "attribute widths: cannot be read"),
        ],
    )
    def test_attributes_that_do_not_fit(self, path, attribute, value, message):
        with h5py.File(path, "a") as file:
            del file.attrs[attribute]
            if value is not None:
                file.attrs[attribute] = value
        assert fault(path).startswith(message)


class TestDamage:
    def test_files_that_are_none(self, tmp_path):
        assert fault(tmp_path / "absent.h5") == "no such file"
        assert fault(tmp_path) == "is not a file"
        (tmp_path / "text.h5").write_text("X_train\n")
        assert fault(tmp_path / "text.h5") == "is not an HDF5 file"
        (tmp_path / "empty.h5").touch()
        assert fault(tmp_path / "empty.h5") == "is not an HDF5 file"

    def test_truncation_at_any_length(self, path, tmp_path):
        whole = path.read_bytes()
        for length in np.linspace(8, len(whole) - 1, 40, dtype=int):
            (tmp_path / "cut.h5").write_bytes(whole[:length])
            assert "truncated" in fault(tmp_path / "cut.h5")

    def test_a_damaged_chunk(self, path):
        rows = valid_rows()
        replace(path, "X_valid", None)
        with h5py.File(path, "a") as file:
            stored = file.create_dataset("X_valid", data=rows, chunks=rows.shape, compression="gzip")
            offset = stored.id.get_chunk_info(0).byte_offset
        with path.open("r+b") as file:
            file.seek(offset)
            file.write(b"\0" * 8)
        assert fault(path).startswith("X_valid: cannot be read, the file may be damaged or truncated: ")

    def test_noise_gives_data_or_one_line(self, path, tmp_path):
        """Whatever byte is wrong: a data set that keeps the rules, or an InputError."""
        whole = np.frombuffer(path.read_bytes(), np.uint8)
        rng = np.random.default_rng(0)
        read = 0
        for _ in range(150):
            noisy = whole.copy()
            noisy[rng.integers(0, min(len(whole), 4096), 3)] ^= rng.integers(1, 256, 3, dtype=np.uint8)
            (tmp_path / "noisy.h5").write_bytes(noisy.tobytes())
            with contextlib.suppress(InputError):
                read_examples(tmp_path / "noisy.h5")
                read += 1
        assert 10 < read < 140


def test_the_labs_layout_on_real_windows(shared):
    dataset = read_examples(shared / "data" / "chipseq_hg19.h5", tasks=("CTCF", "Arid3a", "MAFK"))
    assert dataset.tasks == ("CTCF", "Arid3a", "MAFK")
    assert {name: part.bases.shape for name, part in dataset.splits.items()} == {
        "train": (12174, 200),
        "valid": (2202, 200),
        "test": (2596, 200),
    }
    assert dataset.length == 200
    with h5py.File(shared / "data" / "chipseq_hg19.h5") as file:
        assert np.array_equal(dataset.splits["test"].bases, file["X_test"][:].argmax(1))
        assert np.array_equal(dataset.splits["test"].labels, file["Y_test"][:])


def test_reading_is_fast(tmp_path):
    rows = to_channels_first(RNG.integers(0, 4, (17_500, 200), dtype=np.uint8)).astype(np.float32)
    with h5py.File(tmp_path / "large.h5", "w") as file:
        file["X_train"], file["Y_train"] = rows, np.zeros((17_500, 3), np.float32)
    start = time.perf_counter()
    read_examples(tmp_path / "large.h5", splits=("train",))
    assert time.perf_counter() - start < 1
