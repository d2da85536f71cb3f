"""What a Keras network must not hold to become a function: each fault is one line with layer, value and rule."""

import copy
import gzip
import json
import random

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import KerasModel
from genomics.models.keras import build, load

CONV = ("Conv1D", {"filters": 2, "kernel_size": [3], "strides": [1], "padding": "valid"})
KERNEL = {"kernel": np.ones((3, 4, 2), np.float32), "bias": np.zeros(2, np.float32)}


def refused(model: KerasModel, length: int | None = None) -> str:
    with pytest.raises(InputError) as error:
        build(model, length=length)
    message = str(error.value)
    assert message.startswith("m.h5: ")
    assert "\n" not in message
    return message


ONES = np.ones
REFUSALS = [
    (
        (*CONV, KERNEL | {"kernel": ONES((3, 5, 2))}),
        "kernel has shape (3, 5, 2) in the file; its configuration and input",
    ),
    ((*CONV, KERNEL | {"bias": ONES(3)}), "bias has shape (3,) in the file"),
    (("Conv1D", CONV[1] | {"filters": "2"}, KERNEL), "filters='2': must be a whole number from 1"),
    (("Conv1D", {}, KERNEL), "has no field 'kernel_size', which Keras always writes"),
    (("Conv1D", CONV[1] | {"kernel_size": [0]}, KERNEL), "kernel_size=[0]: must be 1 whole number"),
    (("Conv1D", CONV[1] | {"kernel_size": [3, 3]}, KERNEL), "kernel_size=[3, 3]: must be 1 whole number"),
    (("Conv1D", CONV[1] | {"kernel_size": [10**30]}, KERNEL), "kernel_size=[1000000000000000000000000000000]: must"),
    (("Conv1D", CONV[1] | {"padding": "reflect"}, KERNEL), "padding='reflect': must be 'valid' or 'same' or 'causal'"),
    (("Conv1D", CONV[1] | {"data_format": "channels_first"}, KERNEL), "data_format='channels_first': must be"),
    (("Conv1D", CONV[1] | {"groups": 3}, KERNEL), "groups=3: must divide the 4 input channels and the 2 filters"),
    (("Conv1D", CONV[1] | {"kernel_size": [21]}, KERNEL), "a window of 21 positions does not fit an input of 20"),
    (("Conv1D", CONV[1] | {"activation": "swosh"}, KERNEL), "activation 'swosh' is not understood"),
    (("Conv1D", CONV[1] | {"activation": ["relu"]}, KERNEL), "activation ['relu'] is not understood"),
    (
        ("Conv1D", CONV[1] | {"activation": {"class_name": "function", "config": "f", "module": "builtins"}}, KERNEL),
        "activation 'f' of 'builtins' is code that is not in the file",
    ),
    (
        ("Conv1D", CONV[1] | {"activation": {"class_name": "PReLU", "config": {}, "module": "keras.layers"}}, KERNEL),
        "activation 'PReLU' of 'keras.layers' is code that is not in the file, or unknown",
    ),
    (
        ("Conv1D", CONV[1] | {"activation": {"class_name": "__lambda__", "config": {"code": "4wEA"}}}, KERNEL),
        "activation '__lambda__' of None is code",
    ),
    (("Dense", {"units": 2}, {"kernel": ONES((5, 2))}), "kernel has shape (5, 2)"),
    (("Conv2D", {"filters": 2}, {}), "its input has shape (20, 4); it must have 3 axes"),
    (("MaxPooling1D", {"pool_size": [21], "padding": "valid"}), "a window of 21 positions does not fit"),
    (("MaxPooling2D", {"pool_size": [2, 2]}), "must have 3 axes"),
    (("BatchNormalization", {"axis": 3}, {}), "axis=3: must be one axis from 1 to 2"),
    (("BatchNormalization", {"axis": [1, 2]}, {}), "axis=[1, 2]: must be one axis"),
    (("BatchNormalization", {"renorm": True}, {}), "renorm=True"),
    (("BatchNormalization", {"epsilon": "x"}, {"moving_variance": ONES(4)}), "epsilon='x': must be a finite number"),
    (
        ("BatchNormalization", {}, {"moving_variance": -ONES(4), "moving_mean": ONES(4)}),
        "moving_variance + epsilon reaches -0.999; it must be positive",
    ),
    (("LayerNormalization", {"axis": [2, 1]}, {}), "axis=[2, 1]: must be axes in rising order"),
    (("LayerNormalization", {"rms_scaling": True}, {}), "rms_scaling=True"),
    (("PReLU", {"shared_axes": [3]}, {"alpha": ONES((20, 4))}), "shared_axes=[3]: must be axes from 1 to 2"),
    (("PReLU", {"shared_axes": [1]}, {"alpha": ONES((20, 4))}), "alpha has shape (20, 4) in the file"),
    (("LeakyReLU", {"alpha": None}), "alpha=None: must be a finite number"),
    (("ReLU", {"max_value": 10**400}), "must be a finite number"),
    (("Reshape", {"target_shape": [3, 3]}), "target_shape=[3, 3]: does not hold the 80 numbers"),
    (("Reshape", {"target_shape": [-1, -1]}), "target_shape=[-1, -1]: must be"),
    (("Reshape", {"target_shape": [0, 80]}), "target_shape=[0, 80]: must be"),
    (("Reshape", {"target_shape": [2, 2, 2, 2, 1, 5]}), "target_shape=[2, 2, 2, 2, 1, 5]: must be one to five"),
    (("Permute", {"dims": [1, 1]}), "dims=[1, 1]: must hold each of 1 to 2 once"),
    (("ZeroPadding1D", {"padding": [-1, 0]}), "padding=[-1, 0]: must be whole numbers"),
    (("ZeroPadding1D", {"padding": 1 << 28}), "padding=268435456: must be whole numbers"),
    (("Cropping1D", {"cropping": [10, 10]}), "cropping=[10, 10]: nothing is left"),
    (("GlobalMaxPooling1D", {"keepdims": 1}), "keepdims=1: must be true or false"),
    (("Add", {}), "has 1 inputs; it must have at least 2"),
]


@pytest.mark.parametrize(("layer", "text"), REFUSALS, ids=range(len(REFUSALS)))
def test_fields_and_weights(network, layer, text):
    message = refused(network((20, 4), layer, ("Flatten", {})))
    assert f"({layer[0]}" in message
    assert text in message


CONV2D = {"filters": 2, "strides": [1, 1], "padding": "valid", "use_bias": False}
TWO_DIMENSIONS = [
    (
        (20, 4, 1),
        ("MaxPooling2D", {"pool_size": [2, 2]}),
        "pool_size=[2, 2], strides=[2, 2] on an input (20, 4, 1): must be 1",
    ),
    ((4, 20, 1), ("MaxPooling2D", {"pool_size": [1, 2], "strides": [2, 2]}), "must be 1 along the axis that is not"),
    ((20, 1, 4), ("MaxPooling2D", {"pool_size": [2, 2]}), "a window of 2 positions does not fit an input of 1"),
    ((20, 4, 1), ("Softmax", {"axis": 1}), "axis=1: must be the last axis, the channels"),
    ((20, 4, 1), ("Conv1D", {"kernel_size": [3]}, {}), "must have 2 axes"),
    (
        (20, 4, 1),
        ("Conv2D", CONV2D | {"kernel_size": [3, 1], "groups": 2}, {"kernel": ONES((3, 1, 1, 2))}),
        "groups=2: must be 1 where the input (20, 4, 1) has two axes",
    ),
    (
        (20, 1, 4),
        ("Conv2D", CONV2D | {"kernel_size": [1, 3]}, {"kernel": ONES((1, 3, 4, 2))}),
        "a window of 3 positions does not fit an input of 1",
    ),
]


@pytest.mark.parametrize(("shape", "layer", "text"), TWO_DIMENSIONS, ids=range(len(TWO_DIMENSIONS)))
def test_fields_in_two_dimensions(network, shape, layer, text):
    assert text in refused(network(shape, layer, ("Flatten", {})))


def test_images_have_no_axis_to_fold(network):
    first = ("Conv2D", CONV2D | {"kernel_size": [3, 3], "filters": 32}, {"kernel": ONES((3, 3, 1, 32), np.float32)})
    second = ("Conv2D", CONV2D | {"kernel_size": [3, 3], "filters": 256}, {"kernel": ONES((3, 3, 32, 256), np.float32)})
    image = ("Reshape", {"target_shape": [64, 64, 1]})
    message = refused(network((1024, 4), image, first, second, ("Flatten", {})))
    assert "layer 'conv2d_2' (Conv2D): an input (62, 62, 32) has no short axis to fold" in message


def test_tensors_beyond_reason(network):
    layers = [("ZeroPadding1D", {"padding": 1 << 24})] * 5
    assert "numbers are computed" in refused(network((20, 4), *layers, ("Flatten", {})))


def test_damaged_configurations_raise_nothing_else(repository, tmp_path):
    """Fields of real files replaced by every sort of wrong value: an error of ours, or a network that computes."""
    folder, rng = repository / "tests/fixtures/keras", random.Random(0)
    wrong = [
        None,
        -1,
        0,
        3,
        "x",
        "relu",
        [],
        {},
        [1, 2, 3],
        True,
        1e300,
        float("inf"),
        10**30,
        [[1, 2]],
        {"config": {}},
    ]
    path, outcomes = tmp_path / "m.h5", {"refused": 0, "read": 0}
    for name in ("functional_keras2.h5", "sequential_keras3.h5"):
        whole = gzip.decompress((folder / f"{name}.gz").read_bytes())
        path.write_bytes(whole)
        with h5py.File(path) as file:
            config = json.loads(file.attrs["model_config"])
        for _ in range(30):
            damaged = copy.deepcopy(config)
            place = damaged
            while True:
                keys = list(place) if isinstance(place, dict) else list(range(len(place)))
                key = rng.choice(keys)
                if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.1:
                    break
                place = place[key]
            place[key] = rng.choice(wrong)
            with h5py.File(path, "r+") as file:
                file.attrs["model_config"] = json.dumps(damaged)
            try:
                model = load(path)
            except InputError:
                outcomes["refused"] += 1
                continue
            arrays = [jnp.zeros(each.shape) for each in model.inputs]
            found = jax.eval_shape(model.apply, model.parameters, *arrays)
            assert [y.shape for y in found] == [output.shape for output in model.outputs]
            outcomes["read"] += 1
    assert min(outcomes.values()) > 10, outcomes
