"""Reading Keras files: the four layouts that Keras 2 and 3 write, their older forms, and files that are damaged."""

import gzip
import json
import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import KerasModel, read
from genomics.io.keras.weights import snake_case

FILES = ("lab_keras2.h5", "lab_keras2.keras", "lab_keras3.h5", "lab_keras3.keras")


@pytest.fixture(scope="module")
def keras_file(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Path of a fixture, unpacked where it is stored with gzip."""
    folder, unpacked = repository / "tests/fixtures/keras", tmp_path_factory.mktemp("keras")

    def find(name: str) -> Path:
        if (folder / name).exists():
            return folder / name
        path = unpacked / name
        path.write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))
        return path

    return find


def weights(model: KerasModel) -> dict[tuple[str, str], np.ndarray]:
    return {(layer.name, role): array for layer in model.layers.values() for role, array in layer.weights.items()}


def edit_config(path: Path, change: Callable[[dict], object]) -> None:
    """Changes the model's configuration in a whole-model HDF5 file."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        changed = change(config)
        file.attrs["model_config"] = json.dumps(config if changed is None else changed)


def rewrite(path: Path, members: dict[str, bytes | None], **options: int) -> None:
    """Replaces members of a zip; None drops one."""
    with zipfile.ZipFile(path) as archive:
        whole = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in (whole | members).items():
            if data is not None:
                archive.writestr(name, data)


@pytest.mark.parametrize("name", FILES)
def test_every_layout_gives_the_same_record(keras_file, name):
    model = read(keras_file(name))
    version, shape = {"2": "2.15.0", "3": "3.15.1"}[name[9]], (200, 4)
    assert (model.keras_version, model.inputs[0].shape) == (version, shape)
    classes = [model.layers[call.layer].class_name for call in model.calls]
    assert classes == [
        *("InputLayer", "Conv1D", "MaxPooling1D", "Conv1D", "MaxPooling1D", "Flatten", "Dense", "Dense"),
    ]
    for previous, call in zip(model.calls, model.calls[1:], strict=False):
        assert call.inputs == (previous.key,)
    first, last = model.layers[model.calls[1].layer], model.layers[model.calls[-1].layer]
    assert {role: array.shape for role, array in first.weights.items()} == {"kernel": (19, 4, 8), "bias": (8,)}
    assert (first.config["activation"], last.config["activation"]) == ("relu", "sigmoid")
    assert all(array.dtype == np.float32 for array in weights(model).values())


def test_both_formats_hold_the_same_numbers(keras_file):
    for generation in (2, 3):
        for network in ("lab", "sequential", "functional"):
            first, second = (read(keras_file(f"{network}_keras{generation}.{kind}")) for kind in ("h5", "keras"))
            assert first.calls == second.calls
            found, expected = weights(first), weights(second)
            assert found.keys() == expected.keys()
            for key, array in found.items():
                np.testing.assert_array_equal(array, expected[key], err_msg=str(key))


def test_kind_is_told_from_the_bytes_not_the_name(keras_file, tmp_path):
    shutil.copy(keras_file("lab_keras3.keras"), tmp_path / "model.h5")
    shutil.copy(keras_file("lab_keras3.h5"), tmp_path / "model.keras")
    assert read(tmp_path / "model.h5").calls == read(tmp_path / "model.keras").calls


def test_a_shared_layer_is_called_three_times(keras_file):
    for name in ("functional_keras2.keras", "functional_keras3.h5"):
        model = read(keras_file(name))
        shared = [call for call in model.calls if call.layer == "shared"]
        assert [call.index for call in sorted(shared, key=lambda call: call.index)] == [0, 1, 2]
        done: set[tuple[str, int]] = set()
        for call in model.calls:
            assert set(call.inputs) <= done
            done.add(call.key)
        # `x + y` is an Add, whatever the generation calls it.
        assert sum(layer.class_name == "Add" for layer in model.layers.values()) == 2


def test_twelve_layers_of_one_class_keep_their_order(keras_file):
    for generation in (2, 3):
        model = read(keras_file(f"deep_keras{generation}.keras"))
        shapes = [model.layers[f"deep_{i}"].weights["kernel"].shape for i in range(12)]
        assert shapes == [(48 if i == 0 else 4 + (i - 1) % 3, 4 + i % 3) for i in range(12)]


@pytest.mark.parametrize(
    ("class_name", "key"),
    [
        ("Conv1D", "conv1d"),
        ("MaxPooling1D", "max_pooling1d"),
        ("BatchNormalization", "batch_normalization"),
        ("PReLU", "p_re_lu"),
        ("ReLU", "re_lu"),
        ("LeakyReLU", "leaky_re_lu"),
        ("ELU", "elu"),
        ("GlobalAveragePooling1D", "global_average_pooling1d"),
        ("SeparableConv1D", "separable_conv1d"),
    ],
)
def test_snake_case(class_name, key):
    assert snake_case(class_name) == key


def test_layer_list_of_early_keras_2(keras_file, tmp_path):
    """Before 2.2.3 a Sequential model's configuration is the list itself, and the shape stands on the first layer."""
    path = shutil.copy(keras_file("lab_keras2.h5"), tmp_path / "old.h5")

    def change(config):
        source, first, *rest = config["config"]["layers"]
        first["config"]["batch_input_shape"] = source["config"]["batch_input_shape"]
        config["config"] = [first, *rest]

    edit_config(path, change)
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = np.bytes_("2.2.0")
        group = file["model_weights"]
        names = [name.encode() for name in group.attrs["layer_names"]]
        del group.attrs["layer_names"]
        # Long attributes are split, and old h5py returns bytes.
        group.attrs["layer_names0"], group.attrs["layer_names1"] = names[:4], names[4:]
    model = read(path)
    assert (model.keras_version, model.inputs[0].shape, len(model.calls)) == ("2.2.0", (200, 4), 8)
    expected = weights(read(keras_file("lab_keras2.h5")))
    assert all(np.array_equal(array, expected[key]) for key, array in weights(model).items())


def test_input_shape_of_a_model_built_by_its_first_call(keras_file, tmp_path):
    path = shutil.copy(keras_file("lab_keras3.h5"), tmp_path / "built.h5")

    def change(config):
        config["config"]["layers"].pop(0)
        config["config"]["build_input_shape"] = [None, 200, 4]

    edit_config(path, change)
    assert read(path).inputs[0].shape == (200, 4)


def test_weights_in_half_precision_double_and_bfloat16(keras_file, tmp_path):
    path = shutil.copy(keras_file("lab_keras3.h5"), tmp_path / "half.h5")
    exact = weights(read(path))
    with h5py.File(path, "r+") as file:
        arrays = {}
        file.visititems(lambda name, item: arrays.update({name: item[...]}) if isinstance(item, h5py.Dataset) else None)
        for name, array in arrays.items():
            if "model_weights" not in name:
                continue
            del file[name]
            if name.endswith("bias"):
                file[name] = array.astype(np.float64)
            elif "dense" in name:
                file[name] = array.astype(np.float16)
            else:
                upper = (array.view(np.uint32) >> 16).astype("<u2")
                file[name] = upper.view("V2")
                file[name].attrs["dtype"] = "bfloat16"
    for (layer, role), array in weights(read(path)).items():
        tolerance = 0 if role == "bias" else 2**-10 if "dense" in layer else 2**-7
        np.testing.assert_allclose(array, exact[layer, role], rtol=tolerance, atol=1e-7)
        assert array.dtype == np.float32


def test_group_name_of_keras_2_13(keras_file, tmp_path):
    path = shutil.copy(keras_file("lab_keras2.keras"), tmp_path / "m.keras")
    inner = tmp_path / "inner.h5"
    with zipfile.ZipFile(path) as archive:
        inner.write_bytes(archive.read("model.weights.h5"))
    with h5py.File(inner, "r+") as file:
        file.move("layers", "_layer_checkpoint_dependencies")
    rewrite(path, {"model.weights.h5": inner.read_bytes()})
    assert read(path).inputs[0].shape == (200, 4)


def test_compressed_archives_are_read(keras_file, tmp_path):
    path = shutil.copy(keras_file("lab_keras3.keras"), tmp_path / "m.keras")
    rewrite(path, {}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 30_000
    assert read(path).calls == read(keras_file("lab_keras3.keras")).calls


@pytest.mark.parametrize("name", ["lab_keras2.h5", "lab_keras3.keras"])
def test_truncated_files_are_one_clear_error(keras_file, tmp_path, name):
    whole = keras_file(name).read_bytes()
    rng = random.Random(0)
    path = tmp_path / name
    for keep in [0, 1, 3, 4, 8, 100, *(rng.randrange(len(whole)) for _ in range(25)), len(whole) - 1]:
        path.write_bytes(whole[:keep])
        with pytest.raises(InputError) as error:
            read(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


def test_flipped_bytes_in_an_archive_are_found_or_harmless(keras_file, tmp_path):
    """Its members carry checksums, so damage is an error, or lies in bytes that say nothing about the network."""
    whole = keras_file("lab_keras3.keras").read_bytes()
    expected = weights(read(keras_file("lab_keras3.keras")))
    path, rng, errors = tmp_path / "m.keras", random.Random(1), 0
    directory = range(len(whole) - 350, len(whole))
    for place in [*rng.sample(range(len(whole)), 30), *rng.sample(directory, 60)]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            found = weights(read(path))
        except InputError:
            errors += 1
            continue
        assert found.keys() == expected.keys()
        assert all(np.array_equal(array, expected[key]) for key, array in found.items()), place
    assert errors >= 40


def test_flipped_bytes_in_an_hdf5_file_never_raise_anything_else(keras_file, tmp_path):
    whole = keras_file("lab_keras3.h5").read_bytes()
    path, rng, errors = tmp_path / "m.h5", random.Random(2), 0
    for _ in range(80):
        damaged = bytearray(whole)
        for place in rng.sample(range(len(whole)), 6):
            damaged[place] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            model = read(path)
        except InputError:
            errors += 1
            continue
        assert all(np.isfinite(array).all() for array in weights(model).values())
    assert errors >= 5
