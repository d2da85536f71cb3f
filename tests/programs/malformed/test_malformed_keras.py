"""Networks saved by Keras, as the model of interpret.py."""

import io
import json
import shutil
import zipfile

import h5py
import numpy as np
import pytest


@pytest.fixture
def explain(refused, good, finished):
    def check(message, path):
        output = (f"--output={finished / 'scores'}", "--methods=saliency", f"--sequences={good / 'few.fa'}")
        refused(f"{path}: .*({message})", "interpret", f"--model={path}", *output, keeps=finished)

    return check


@pytest.fixture(scope="module")
def fixtures(repository):
    return repository / "tests" / "fixtures" / "keras"


BYTES = {
    "empty": (b"", "is not an HDF5 file"),
    "text": (b"Keras\n", "is not an HDF5 file"),
    "junk": (bytes(range(256)) * 9, "is not an HDF5 file"),
    "HDF5 signature alone": (b"\x89HDF\r\n\x1a\n", "is not an HDF5 file|cannot be read"),
    "zip of nothing": (b"PK\5\6" + bytes(18), "is not an HDF5 file|metadata.json: is 0 times in the archive"),
    "zip signature alone": (b"PK\3\4", "cannot be unpacked, the file is damaged or truncated"),
}


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("name", BYTES)
def test_bytes(name, suffix, explain, tmp_path):
    content, message = BYTES[name]
    path = tmp_path / f"model.{suffix}"
    path.write_bytes(content)
    explain(message, path)


@pytest.mark.parametrize("name", ["lab_keras2.h5", "lab_keras3.h5", "lab_keras3.keras"])
@pytest.mark.parametrize("place", range(5))
def test_cut(name, place, fixtures, explain, tmp_path):
    path = tmp_path / name
    data = (fixtures / name).read_bytes()
    path.write_bytes(data[: len(data) * place // 5 + 17])
    explain("cannot be read, the file may be damaged or truncated|cannot be unpacked|is not an HDF5 file", path)


def remove(*keys):
    def change(file):
        for key in keys:
            del file[key]

    return change


def attribute(owner, name, value):
    def change(file):
        file[owner].attrs[name] = value

    return change


def array(name, values):
    def change(file):
        del file[name]
        file[name] = values

    return change


def link(name):
    def change(file):
        del file[name]
        file[name] = h5py.ExternalLink("/etc/passwd", "/x")

    return change


KERNEL = "model_weights/conv1d/conv1d/kernel:0"
DAMAGE = {
    "no configuration": (lambda file: file.attrs.pop("model_config"), "attribute model_config: is absent"),
    "configuration is no JSON": (attribute("/", "model_config", "{"), "attribute model_config: is not JSON"),
    "configuration is a number": (attribute("/", "model_config", 3), "attribute model_config: must be one text"),
    "configuration of nothing": (attribute("/", "model_config", "{}"), "has no class_name and config"),
    "deep configuration": (attribute("/", "model_config", "[" * 20_000), "attribute model_config: is not JSON"),
    "another version": (attribute("/", "keras_version", "1.2.2"), "keras_version: is '1.2.2', must be 2.x or 3.x"),
    "no weights": (remove("model_weights"), "model_weights: is not in the file, which must hold it"),
    "weights of another shape": (array(KERNEL, np.zeros((3, 4, 5), "f4")), r"kernel has shape \(3, 4, 5\) in the file"),
    "nan": (array(KERNEL, np.full((19, 4, 32), np.nan, "f4")), "holds NaN or infinity; weights must be finite"),
    "whole numbers": (array(KERNEL, np.zeros((19, 4, 32), "i4")), "has type int32; weights must be floating-point"),
    "a link to elsewhere": (link(KERNEL), "is a link to another file"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_contents(name, fixtures, explain, tmp_path):
    change, message = DAMAGE[name]
    path = shutil.copy(fixtures / "lab_keras2.h5", tmp_path / "model.h5")
    with h5py.File(path, "a") as file:
        change(file)
    explain(message, path)


def test_a_heap_that_would_trap_the_library(fixtures, explain, tmp_path):
    data = bytearray((fixtures / "lab_keras2.h5").read_bytes())
    place = data.index(b"GCOL") + 24
    data[place : place + 8] = (1 << 40).to_bytes(8, "little")
    (tmp_path / "model.h5").write_bytes(data)
    explain("global heap at byte .*; the file is damaged", tmp_path / "model.h5")


def _sequential(*layers):
    return json.dumps({"class_name": "Sequential", "config": {"layers": layers}}).encode()


MEMBERS = {
    "no metadata": ({"metadata.json": None}, "metadata.json: is 0 times in the archive"),
    "metadata is no object": ({"metadata.json": b"3"}, "metadata.json: keras_version: is absent"),
    "configuration is no JSON": ({"config.json": b"\xff\xfe"}, "config.json: is not JSON"),
    "Lambda": (
        {"config.json": _sequential({"class_name": "Lambda", "config": {"name": "l", "function": "exit"}})},
        "a Lambda layer is Python code, which is never run",
    ),
    "a layer without a name": (
        {"config.json": _sequential({"class_name": "Dense", "config": {}})},
        "layers.0. is .*; it must be an object with class_name, config and a printable name",
    ),
    "weights are no HDF5": ({"model.weights.h5": b"no"}, "model.weights.h5: cannot be read"),
    "weights of zeros": ({"model.weights.h5": bytes(1 << 12)}, "model.weights.h5: cannot be read"),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name, fixtures, explain, tmp_path):
    changes, message = MEMBERS[name]
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(fixtures / "lab_keras3.keras") as old, zipfile.ZipFile(path, "w") as new:
        for member, data in ({each: old.read(each) for each in old.namelist()} | changes).items():
            if data is not None:
                new.writestr(member, data)
    explain(message, path)


def test_a_flipped_bit_in_an_archive(fixtures, explain, tmp_path):
    data = bytearray((fixtures / "lab_keras3.keras").read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        place = archive.getinfo("model.weights.h5").header_offset + 2000
    data[place] ^= 1
    (tmp_path / "model.keras").write_bytes(data)
    explain("cannot be unpacked, the file is damaged or truncated: Bad CRC-32", tmp_path / "model.keras")


@pytest.mark.parametrize(("name", "message"), [("absent.h5", "no such file"), ("folder.h5", "is a folder")])
def test_no_file(name, message, explain, tmp_path):
    (tmp_path / "folder.h5").mkdir()
    explain(message, tmp_path / name)
