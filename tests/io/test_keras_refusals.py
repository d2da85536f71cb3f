"""What a Keras file must not hold: each fault is one line that names the file, the place, the value and the rule."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import archive, datasets, read


@pytest.fixture
def whole_model(repository: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(repository / "tests/fixtures/keras/lab_keras2.h5", tmp_path / "model.h5"))


@pytest.fixture
def archived(repository: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(repository / "tests/fixtures/keras/lab_keras3.keras", tmp_path / "model.keras"))


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read(path)
    message = str(error.value)
    assert message.startswith(str(path))
    assert message.isprintable()
    assert len(message) < 1200
    return message


def rewrite(path: Path, members: dict[str, bytes | None], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path) as old:
        whole = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w", compression=compression) as new:
        for name, data in (whole | members).items():
            if data is not None:
                new.writestr(name, data)


def edit_weights(path: Path, change: Callable[[h5py.File], object]) -> None:
    with zipfile.ZipFile(path) as old:
        buffer = io.BytesIO(old.read("model.weights.h5"))
    with h5py.File(buffer, "r+") as file:
        change(file)
    rewrite(path, {"model.weights.h5": buffer.getvalue()})


# The file as a whole.


def test_no_file_and_no_keras_file(tmp_path):
    assert "no such file" in refused(tmp_path / "absent.h5")
    (tmp_path / "folder").mkdir()
    assert "is a folder" in refused(tmp_path / "folder")
    (tmp_path / "empty.h5").write_bytes(b"")
    assert "not an HDF5 file" in refused(tmp_path / "empty.h5")
    (tmp_path / "text.keras").write_text("hello, world")
    assert "not an HDF5 file" in refused(tmp_path / "text.keras")
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["X_train"] = np.zeros(3)
    assert "holds no Keras model" in refused(tmp_path / "data.h5")


def test_weights_alone(whole_model, archived, tmp_path):
    with h5py.File(whole_model, "r+") as file:
        del file.attrs["model_config"]
        file.attrs["layer_names"] = ["conv1d"]
    assert "weights alone" in refused(whole_model)
    with zipfile.ZipFile(archived) as old:
        (tmp_path / "m.weights.h5").write_bytes(old.read("model.weights.h5"))
    assert "weights alone" in refused(tmp_path / "m.weights.h5")


@pytest.mark.parametrize(
    ("version", "text"),
    [(None, "is absent, as in files of Keras 1"), ("1.2.2", "'1.2.2'"), ("4.0.0", "'4.0.0'"), ("", "''"), ("x", "'x'")],
)
def test_version(whole_model, archived, version, text):
    with h5py.File(whole_model, "r+") as file:
        del file.attrs["keras_version"]
        if version is not None:
            file.attrs["keras_version"] = version
    assert f"attribute keras_version: {text}" in refused(whole_model).replace("is '", "'")
    rewrite(archived, {"metadata.json": json.dumps({"keras_version": version} if version is not None else {}).encode()})
    assert f"metadata.json: keras_version: {text}" in refused(archived).replace("is '", "'")


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "\x00", '{"class_name": "Sequential"'], ids=range(6)
)
def test_bad_json(whole_model, archived, text):
    with h5py.File(whole_model, "r+") as file:
        file.attrs["model_config"] = text[:30_000].replace("\x00", "?")
    assert "attribute model_config: is not JSON" in refused(whole_model)
    rewrite(archived, {"config.json": text.encode()})
    assert "config.json: is not JSON" in refused(archived)
    rewrite(archived, {"config.json": b"\xff\xfe\xff"})
    assert "config.json: is not JSON" in refused(archived)


@pytest.mark.parametrize("name", ["metadata.json", "config.json", "model.weights.h5"])
def test_archive_without_a_member_or_with_two(archived, name):
    with zipfile.ZipFile(archived, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(name, b"{}")
    assert f"{name}: is 2 times in the archive" in refused(archived)
    rewrite(archived, {name: None})
    assert f"{name}: is 0 times in the archive" in refused(archived)


def test_zip_bombs(archived, monkeypatch):
    rewrite(archived, {"config.json": b" " * (20 << 20)}, compression=zipfile.ZIP_DEFLATED)
    assert archived.stat().st_size < 1 << 18
    assert "config.json: unpacks from" in refused(archived)
    monkeypatch.setitem(archive.MEMBERS, "config.json", 1 << 20)
    assert "config.json: unpacks to 20971520 bytes; at most 1048576" in refused(archived)


def test_checksums_and_encryption(archived):
    whole = bytearray(archived.read_bytes())
    whole[whole.index(b"Conv1D")] ^= 1
    archived.write_bytes(whole)
    assert "Bad CRC-32" in refused(archived)
    entry = whole.index(b"PK\x01\x02")
    whole[entry + 8] |= 1
    archived.write_bytes(whole)
    assert "encrypted" in refused(archived)


def test_members_that_are_not_needed_are_not_touched(archived):
    whole = archived.read_bytes()
    with zipfile.ZipFile(archived, "a", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr("assets/../../evil", b"\0" * (30 << 20))
    assert archived.stat().st_size < len(whole) + (1 << 17)
    assert read(archived).inputs[0].shape == (200, 4)


# The weights.


def test_layers_without_weights(whole_model, archived):
    with h5py.File(whole_model, "r+") as file:
        del file["model_weights/dense_1"]
    assert "/model_weights/dense_1: is not in the file" in refused(whole_model)
    with h5py.File(whole_model, "r+") as file:
        group = file["model_weights"]
        group.attrs["layer_names"] = [name for name in group.attrs["layer_names"] if name != "dense_1"]
    assert "layer 'dense_1' (Dense): has no weights in the file" in refused(whole_model)
    edit_weights(archived, lambda file: file.pop("layers/dense_1"))
    assert "/layers/dense_1: is not in the file" in refused(archived)
    edit_weights(archived, lambda file: file.pop("layers"))
    assert "/layers: is not in the file" in refused(archived)


def test_wrong_number_of_weights(whole_model, archived):
    with h5py.File(whole_model, "r+") as file:
        file["model_weights/dense"].attrs["weight_names"] = ["dense/kernel:0"]
    message = "layer 'dense' (Dense): its weights in the file are ['dense/kernel:0']; there must be 2: kernel, bias"
    assert message in refused(whole_model)
    with h5py.File(whole_model, "r+") as file:
        file["model_weights/dense"].attrs["weight_names"] = ["dense/kernel:0", "dense/kernel:0"]
    assert "there must be 2: kernel, bias" in refused(whole_model)
    edit_weights(archived, lambda file: file.create_dataset("layers/dense/vars/2", data=np.zeros(2, np.float32)))
    assert "its weights in the file are ['0', '1', '2']; there must be 2" in refused(archived)


def test_weights_of_another_layer(archived):
    def swap(file: h5py.File) -> None:
        file.move("layers/conv1d", "layers/x")
        file.move("layers/conv1d_1", "layers/conv1d")
        file.move("layers/x", "layers/conv1d_1")

    edit_weights(archived, swap)
    assert "its weights in /layers/conv1d/vars are those of 'conv1d_1'" in refused(archived)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.full((8, 3), np.nan, np.float32), "NaN or infinity"),
        (np.full((8, 3), 1e300), "NaN or infinity"),
        (np.zeros((8, 3), np.int32), "has type int32"),
        (np.array([b"x"]), "has type |S1"),
        (np.zeros(3, "V2"), "has type |V2"),
        (np.zeros(3, np.complex64), "has type complex64"),
        (h5py.Empty("f4"), "must be an array"),
    ],
    ids=range(7),
)
def test_arrays_that_are_not_weights(whole_model, values, text):
    with h5py.File(whole_model, "r+") as file:
        del file["model_weights/dense_1/dense_1/kernel:0"]
        file["model_weights/dense_1/dense_1/kernel:0"] = values
    message = refused(whole_model)
    assert "/model_weights/dense_1/dense_1/kernel:0: " in message
    assert text in message


def test_arrays_larger_than_their_bytes(whole_model, monkeypatch):
    with h5py.File(whole_model, "r+") as file:
        del file["model_weights/dense_1/dense_1/kernel:0"]
        file.create_dataset(
            "model_weights/dense_1/dense_1/kernel:0", (1 << 20, 1 << 20), np.float32, chunks=(1024, 1024)
        )
    assert "needs 4398046511104 bytes and is stored in 0" in refused(whole_model)
    monkeypatch.setattr(datasets, "MAXIMUM_ARRAY", 100)
    assert "at most 100 bytes" in refused(whole_model)


def test_nothing_outside_the_file_is_read(whole_model, tmp_path):
    name = "model_weights/dense_1/dense_1/kernel:0"
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = np.zeros((8, 3), np.float32)
    (tmp_path / "raw").write_bytes(bytes(96))
    layout = h5py.VirtualLayout((8, 3), np.float32)
    layout[...] = h5py.VirtualSource(tmp_path / "other.h5", "secret", (8, 3))
    for make, text in (
        (
            lambda file: file.__setitem__(name, h5py.ExternalLink(tmp_path / "other.h5", "secret")),
            "is a link to another file",
        ),
        (
            lambda file: file.__setitem__(name, h5py.SoftLink("/model_weights/dense/dense/kernel:0")),
            "is a link to elsewhere",
        ),
        (lambda file: file.create_virtual_dataset(name, layout), "lie in another file"),
        (
            lambda file: file.create_dataset(name, (8, 3), "f4", external=[(tmp_path / "raw", 0, 96)]),
            "lie in another file",
        ),
    ):
        with h5py.File(whole_model, "r+") as file:
            del file[name]
            make(file)
        assert text in refused(whole_model)


def test_names_that_are_not_texts(whole_model):
    with h5py.File(whole_model, "r+") as file:
        file["model_weights/dense"].attrs["weight_names"] = [1, 2]
    assert "/model_weights/dense attribute weight_names: must be a list of names" in refused(whole_model)
    with h5py.File(whole_model, "r+") as file:
        del file["model_weights/dense"].attrs["weight_names"]
    assert "/model_weights/dense attribute weight_names: is not in the file" in refused(whole_model)
    with h5py.File(whole_model, "r+") as file:
        file.attrs["model_config"] = 3
    assert "attribute model_config: must be one text" in refused(whole_model)


def test_heaps_that_would_trap_the_hdf5_library(whole_model):
    whole = whole_model.read_bytes()
    for signature, offset, value in ((b"GCOL", 24, 1 << 40), (b"GCOL", 24, 2**64 - 16), (b"HEAP", 16, 1 << 20)):
        damaged = bytearray(whole)
        place = whole.index(signature) + offset
        damaged[place : place + 8] = value.to_bytes(8, "little")
        whole_model.write_bytes(damaged)
        assert "heap at byte" in refused(whole_model)
