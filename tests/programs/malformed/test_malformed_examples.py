"""HDF5 data sets, for train.py and interpret.py."""

import gzip
import shutil

import h5py
import numpy as np
import pytest

ONE_HOT = np.eye(4, dtype=np.uint8)[np.random.default_rng(0).integers(0, 4, (6, 24))].swapaxes(1, 2)


@pytest.fixture
def train_refused(refused, good, trained):
    def check(message, path):
        arguments = (f"--config={good / 'lab.py'}", f"--config.data.path={path}", f"--workdir={trained}")
        return refused(f"{path}: {message}", "train", *arguments, keeps=trained)

    return check


BYTES = {
    "empty": (b"", "is not an HDF5 file"),
    "text": (b"ACGT\n", "is not an HDF5 file"),
    "junk": (bytes(range(256)) * 20, "is not an HDF5 file"),
    "signature alone": (b"\x89HDF\r\n\x1a\n", "(is not an HDF5 file|HDF5 header: cannot be read)"),
    "signature and junk": (
        b"\x89HDF\r\n\x1a\n" + bytes(range(256)),
        "(is not an HDF5 file|HDF5 header: cannot be read)",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name, train_refused, tmp_path):
    content, message = BYTES[name]
    (tmp_path / "bad.h5").write_bytes(content)
    train_refused(message, tmp_path / "bad.h5")


def test_compressed_as_a_whole(good, train_refused, tmp_path):
    (tmp_path / "bad.h5").write_bytes(gzip.compress((good / "data.h5").read_bytes()))
    train_refused("is not an HDF5 file", tmp_path / "bad.h5")


@pytest.mark.parametrize("place", range(8))
def test_cut(place, good, train_refused, tmp_path):
    data = (good / "data.h5").read_bytes()
    (tmp_path / "bad.h5").write_bytes(data[: 20 + len(data) * place // 8])
    train_refused("(is not an HDF5 file|HDF5 header: cannot be read)", tmp_path / "bad.h5")


@pytest.mark.parametrize("place", range(8))
def test_damaged_structure(place, good, train_refused, tmp_path):
    """Headers and indices of the file carry checksums."""
    data = bytearray((good / "data.h5").read_bytes())
    signatures = (b"OHDR", b"FRHP", b"FHDB", b"BTHD")
    starts = [at for signature in signatures for at in range(len(data)) if data.startswith(signature, at)]
    data[starts[place % len(starts)] + 5 + place] ^= 1 << (place % 8)
    (tmp_path / "bad.h5").write_bytes(data)
    train_refused(".*: cannot be read, the file may be damaged or truncated", tmp_path / "bad.h5")


def put(**arrays):
    """Replaces data sets."""

    def change(file):
        for key, values in arrays.items():
            del file[key]
            file[key] = values

    return change


def edit(key, place, value, kind=None):
    """Sets one number of a data set, stored as `kind`."""

    def change(file):
        values = file[key][()].astype(kind or file[key].dtype)
        values[place] = value
        put(**{key: values})(file)

    return change


def attributes(**values):
    return lambda file: file.attrs.update(values)


def remove(key):
    return lambda file: file.__delitem__(key)


def group(key):
    def change(file):
        del file[key]
        file.create_group(key)

    return change


def never_written(shape, **options):
    def change(file):
        del file["X_train"]
        file.create_dataset("X_train", shape, np.uint8, **options)

    return change


def half_written(file):
    del file["X_train"]
    file.create_dataset("X_train", (20, 4, 24), np.uint8, chunks=(5, 4, 24))[:10] = 0


def damaged_chunk(file):
    values = file["Y_train"][()]
    del file["Y_train"]
    file.create_dataset("Y_train", data=values, chunks=(20, 2), compression="gzip").id.write_direct_chunk(
        (0, 0), b"x\x9cno deflate"
    )


def link_to_nowhere(file):
    del file["X_train"]
    file["X_train"] = h5py.SoftLink("/elsewhere")


X, Y = ("X_train", (3, 1, 7)), ("Y_valid", (2, 1))
CASES = {
    "no X": (remove("X_train"), r"has no data set X_train \(N, 4, L\); keys found: X_test, X_valid, Y_test"),
    "no Y": (remove("Y_test"), r"has no data set Y_test \(N, T\); keys found"),
    "X is a group": (group("X_valid"), "X_valid is a group; it must be a data set"),
    "X leads nowhere": (link_to_nowhere, "X_train: cannot be read, the file may be damaged or truncated"),
    "X holds texts": (put(X_train=[b"ACGT"] * 20), r"X_train \(20,\) has dtype .*; it must be numeric"),
    "X holds complex numbers": (put(X_train=np.zeros((20, 4, 24), complex)), "X_train .* has dtype complex128"),
    "X is channels-last": (
        put(X_train=np.zeros((20, 24, 4))),
        r"X_train has shape \(20, 24, 4\) \(channels-last; store it with swapaxes\(1, 2\)\); it must be \(N, 4, L\)",
    ),
    "X has two axes": (put(X_train=np.zeros((20, 24))), r"X_train has shape \(20, 24\); it must be \(N, 4, L\)"),
    "X has five bases": (put(X_train=np.zeros((20, 5, 24))), r"X_train has shape \(20, 5, 24\); it must be"),
    "X is empty": (put(X_valid=np.zeros((0, 4, 24))), r"X_valid \(0, 4, 24\) and Y_valid .* must not be empty"),
    "X holds 2": (edit(*X, 2), r"row 3, position 7 \(from 0\) is \[.*2.*\]; every position must be one-hot"),
    "X holds two ones": (edit("X_train", (3, slice(None), 7), [1, 1, 0, 0]), r"row 3, position 7 .* is \[1, 1, 0, 0\]"),
    "X holds halves": (edit(*X, 0.5, "f4"), "row 3, position 7 .*0.5"),
    "X is negative": (edit(*X, -1, "i1"), "row 3, position 7 .*-1"),
    "X holds nan": (edit(*X, np.nan, "f8"), "row 3, position 7 .*nan"),
    "X holds inf": (edit(*X, np.inf, "f2"), "row 3, position 7 .*inf"),
    "X was never written": (never_written((20, 4, 24)), r"X_train \(20, 4, 24\) needs 1920 bytes and is stored in 0"),
    "X is huge": (
        never_written((1 << 40, 4, 24), chunks=(1, 4, 24)),
        "X_train .* is stored in 0: it was never written",
    ),
    "X is half written": (half_written, "X_train .*: 2 of 4 chunks were written; all must be"),
    "Y holds 2": (edit(*Y, 2), r"Y_valid \(6, 2\): row 2, task 1 \(from 0\) is 2; labels must be 0 or 1"),
    "Y is negative": (edit(*Y, -1, "i4"), r"row 2, task 1 \(from 0\) is -1; labels"),
    "Y holds halves": (edit(*Y, 0.5, "f4"), "row 2, task 1 .* is 0.5; labels"),
    "Y holds nan": (edit(*Y, np.nan, "f4"), "row 2, task 1 .* is nan; labels"),
    "Y has one axis": (put(Y_train=np.zeros(20)), r"Y_train has shape \(20,\); it must be \(N, T\)"),
    "Y has more rows": (put(Y_train=np.zeros((21, 2))), "X_train .* holds 20 sequences but Y_train .* labels 21"),
    "Y has more tasks": (put(Y_test=np.zeros((6, 3))), "Y_test has T = 3 but Y_train has T = 2; all splits must agree"),
    "Y is damaged": (damaged_chunk, "Y_train: cannot be read, the file may be damaged or truncated"),
    "splits of other lengths": (
        put(X_valid=ONE_HOT[:, :, :23]),
        "X_valid has L = 23 but X_train has L = 24; all splits must agree",
    ),
    "three names for two tasks": (attributes(tasks=["a", "b", "c"]), "the attribute tasks .* are 3 but the labels"),
    "equal names": (
        attributes(tasks=["CTCF", "ctcf"]),
        "the attribute tasks .* must all differ, in any case of letters",
    ),
    "names are numbers": (attributes(tasks=[1, 2]), r"attribute tasks is \[1, 2\]; it must be a list of names"),
    "names are blank": (attributes(tasks=["a", " "]), "attribute tasks is .*; it must be a list of names"),
    "names are not UTF-8": (attributes(tasks=np.array([b"a", b"\xe4"])), "attribute tasks: cannot be read"),
    "no factors": (lambda file: file.attrs.pop("factors"), "has truth_ data sets but no root attribute factors"),
    "no widths": (lambda file: file.attrs.pop("widths"), "has truth_ data sets but no root attribute widths"),
    "negative widths": (
        attributes(widths=[-5]),
        r"attribute widths \[-5\] must hold a width >= 1 for each of 1 factors",
    ),
    "no strands": (remove("truth_train_strand"), "has no data set truth_train_strand"),
    "a motif past the end": (
        edit("truth_test_start", (0, 0), 22),
        r"truth_test_start.*: row 0, column 0 .* is \(22, 0",
    ),
    "an unknown factor": (edit("truth_test_factor", (0, 0), 7), "row 0, column 0 .*; must be .* of one of 1 factors"),
    "starts are fractions": (edit("truth_test_start", (0, 0), 0.5, "f4"), "truth_test_start .* has dtype float32"),
}


@pytest.mark.parametrize("name", CASES)
def test_contents(name, good, train_refused, tmp_path):
    change, message = CASES[name]
    path = shutil.copy(good / "data.h5", tmp_path / "bad.h5")
    with h5py.File(path, "a") as file:
        change(file)
    train_refused(f"{message}|.*{message}", path)


def test_a_heap_that_would_trap_the_library(train_refused, tmp_path):
    path = tmp_path / "bad.h5"
    with h5py.File(path, "w") as file:
        file.attrs["tasks"] = ["alpha", "beta"]
    data = bytearray(path.read_bytes())
    place = data.index(b"GCOL") + 24
    data[place : place + 8] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(data)
    train_refused("global heap at byte .*; the file is damaged", path)


@pytest.mark.parametrize(("name", "message"), [("absent.h5", "absent; give an HDF5 file"), ("", "is not a file")])
def test_no_file(name, message, good, trained, refused, tmp_path):
    arguments = (f"--config={good / 'lab.py'}", f"--config.data.path={tmp_path / name}", f"--workdir={trained}")
    refused(f"{tmp_path / name}: {message}", "train", *arguments, keeps=trained)


INTERPRET = {
    "no split": (remove("X_test"), r"has no data set X_test \(N, 4, L\)"),
    "another length": (put(X_test=ONE_HOT[:, :, :23]), "X_test has sequences of 23 bases; the network takes 24"),
    "not one-hot": (edit("X_test", (3, 1, 7), 2), "row 3, position 7 .*; every position must be one-hot"),
    "labels of 2": (edit("Y_test", (2, 1), 2), "Y_test .*: row 2, task 1 .* is 2; labels must be 0 or 1"),
    "other rows": (put(X_test=ONE_HOT), "holds scores for another question"),
}


@pytest.mark.parametrize("name", INTERPRET)
def test_contents_asked_about(name, good, interpret_refused, tmp_path):
    change, message = INTERPRET[name]
    path = shutil.copy(good / "data.h5", tmp_path / "bad.h5")
    with h5py.File(path, "a") as file:
        change(file)
    interpret_refused(message, f"--data={path}", "--methods=saliency")


@pytest.mark.parametrize("kind", ["f8", "i8", "bool", "f2"])
def test_unusual_and_legal(kind, good, trained, command, tmp_path):
    """Any numbers that are 0 and 1, compressed or not, are the same data as those that the run was trained on."""
    path = shutil.copy(good / "data.h5", tmp_path / "same.h5")
    with h5py.File(path, "a") as file:
        for key in [key for key in file if key[:2] in ("X_", "Y_")]:
            values = file[key][()].astype(kind)
            del file[key]
            file.create_dataset(key, data=values, compression="gzip" if kind == "f8" else None)
    arguments = (f"--config={good / 'lab.py'}", f"--config.data.path={path}", f"--workdir={trained}")
    end = command("train", *arguments)
    # The digest over the examples agrees; the file's name is what differs.
    assert end.status == 2
    assert "holds a run with another configuration: data.path (then" in end.err
    assert "data_digest" not in end.err
