"""What lies in another file is not followed, whichever reader is asked."""

import shutil

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io import hdf5
from genomics.io.examples import read_examples
from genomics.io.keras.read import read
from genomics.io.scores import read_attributes, read_questions, read_rows
from genomics.io.shard import Shard, check_shard, read_shard, write_shard

KINDS = {
    "virtual": "is a virtual data set: its values lie in another file",
    "external": "is stored outside: its values lie in another file",
    "link": "is a link to another file",
}


def put_elsewhere(path, key, kind):
    """Replaces a data set by one of the same shape that lies in another file."""
    with h5py.File(path, "r+") as file:
        shape, dtype = file[key].shape, file[key].dtype
        del file[key]
        if kind == "virtual":
            layout = h5py.VirtualLayout(shape=shape, dtype=dtype)
            layout[...] = h5py.VirtualSource("absent.h5", "data", shape=shape)
            file.create_virtual_dataset(key, layout)
        elif kind == "external":
            secret = path.with_name("secret")
            secret.write_bytes(bytes(int(np.prod(shape)) * dtype.itemsize))
            file.create_dataset(key, shape, dtype, external=[(str(secret), 0, h5py.h5f.UNLIMITED)])
        else:
            file[key] = h5py.ExternalLink("other.h5", "data")


def examples(path):
    with h5py.File(path, "w") as file:
        for split in ("train", "valid", "test"):
            file[f"X_{split}"] = np.eye(4, dtype=np.uint8)[np.zeros((3, 5), int)].swapaxes(1, 2)
            file[f"Y_{split}"] = np.ones((3, 1), np.uint8)
    return {"X_train": [read_examples], "Y_valid": [read_examples]}


def part(path):
    effects = np.zeros((3, 4, 1), np.float16)
    write_shard(path, Shard(arrays={"effects": effects}, attributes={"part": 0}))
    return {"effects": [read_shard, check_shard]}


def scores(path):
    with h5py.File(path, "w") as file:
        file["sequences"], file["names"] = np.zeros((2, 5), np.uint8), ["a", "b"]
        file["index"], file["tasks"], file["logits"] = np.arange(2, dtype=np.int32), ["t"], np.zeros((2, 1), np.float32)
        file["ism/scores"] = np.zeros((2, 1, 5, 4), np.float32)
    readers = [read_questions, read_attributes, lambda path: read_rows(path, "ism", slice(None))]
    return {"ism/scores": readers, "logits": readers[:1]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [examples, part, scores])
def test_readers(tmp_path, make, kind):
    for key, readers in make(tmp_path / "whole.h5").items():
        path = tmp_path / "file.h5"
        shutil.copy(tmp_path / "whole.h5", path)
        put_elsewhere(path, key, kind)
        for reader in readers:
            with pytest.raises(InputError) as caught:
                reader(path)
            assert str(caught.value).startswith(f"{path}: /{key}: {KINDS[kind]}")


@pytest.mark.parametrize("kind", KINDS)
def test_keras(tmp_path, repository, kind):
    path = tmp_path / "net.h5"
    shutil.copy(repository / "tests/fixtures/keras/lab_keras3.h5", path)
    names = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    put_elsewhere(path, names[0], kind)
    with pytest.raises(InputError, match=KINDS[kind]):
        read(path)


def test_links_within_the_file_and_circles_are_passed(tmp_path):
    path = tmp_path / "file.h5"
    with h5py.File(path, "w") as file:
        file["group/data"] = np.arange(3)
        file["group/back"] = file["/"]
        file["soft"] = h5py.SoftLink("/group/data")
        file["dangling"] = h5py.SoftLink("/nowhere")
    with hdf5.open_hdf5(path) as file:
        assert file["soft"][()].tolist() == [0, 1, 2]
