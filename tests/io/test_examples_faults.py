"""Data sets that break the layout: one line with the file, the place, the value and the rule."""

import contextlib

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.examples import read_examples
from genomics.sequence.one_hot import to_channels_first


def replace(path, key, values):
    with h5py.File(path, "a") as file:
        del file[key]
        if values is not None:
            file[key] = values


def valid_rows():
    bases = np.random.default_rng(0).integers(0, 5, (2, 10), dtype=np.uint8)
    return to_channels_first(bases).astype(np.float32)


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
def test_faults_name_file_key_shape_and_rule(fault, path, key, values, message):
    replace(path, key, values)
    assert fault(path).startswith(message)


def test_a_group_is_no_data_set(fault, path):
    with h5py.File(path, "a") as file:
        del file["X_train"]
        file.create_group("X_train")
    assert fault(path) == "X_train is a group; it must be a data set (N, 4, L)"


def test_faults_are_placed_across_blocks(dataset, fault, path, monkeypatch):
    monkeypatch.setattr("genomics.io.hdf5._BLOCK_BYTES", 85)
    rows = to_channels_first(dataset.splits["train"].bases)
    rows[5, :, 3] = [0, 1, 0, 1]
    replace(path, "X_train", rows)
    assert fault(path).startswith(
        "X_train (6, 4, 10): row 5, position 3 (from 0) is [0, 1, 0, 1]; every position must be"
    )


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
    def test_impossible_motifs(self, fault, path, part, value, found):
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
    def test_parts_that_do_not_fit(self, fault, path, key, values, message):
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
    def test_attributes_that_do_not_fit(self, fault, path, attribute, value, message):
        with h5py.File(path, "a") as file:
            del file.attrs[attribute]
            if value is not None:
                file.attrs[attribute] = value
        assert fault(path).startswith(message)


class TestDamage:
    def test_files_that_are_none(self, fault, tmp_path):
        assert fault(tmp_path / "absent.h5") == "no such file"
        assert fault(tmp_path) == "is not a file"
        (tmp_path / "text.h5").write_text("X_train\n")
        assert fault(tmp_path / "text.h5") == "is not an HDF5 file"
        (tmp_path / "empty.h5").touch()
        assert fault(tmp_path / "empty.h5") == "is not an HDF5 file"

    def test_truncation_at_any_length(self, fault, path, tmp_path):
        whole = path.read_bytes()
        for length in np.linspace(8, len(whole) - 1, 40, dtype=int):
            (tmp_path / "cut.h5").write_bytes(whole[:length])
            assert "truncated" in fault(tmp_path / "cut.h5")

    def test_a_damaged_chunk(self, fault, path):
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
            noisy[rng.integers(len(whole))] ^= rng.integers(1, 256, dtype=np.uint8)
            (tmp_path / "noisy.h5").write_bytes(noisy.tobytes())
            with contextlib.suppress(InputError):
                read_examples(tmp_path / "noisy.h5")
                read += 1
        assert 0 < read < 140
