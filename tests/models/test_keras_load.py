"""From a Keras file's record to a function: input layouts, lengths, the final activation, and what is refused."""

import copy
import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import KerasLayer, KerasModel, LayerCall
from genomics.models.keras import build, load

CONV = ("Conv1D", {"filters": 2, "kernel_size": [3], "strides": [1], "padding": "valid"})
KERNEL = {"kernel": np.ones((3, 4, 2), np.float32), "bias": np.zeros(2, np.float32)}
POOL = ("GlobalMaxPooling1D", {})


def network(shape: tuple[int | None, ...], *layers: tuple) -> KerasModel:
    """A Sequential model: each layer is (class, fields) or (class, fields, weights)."""
    names = ["x", *(f"{class_name.lower()}_{i}" for i, (class_name, *_) in enumerate(layers))]
    described = [("InputLayer", {}), *layers]
    named = {
        name: KerasLayer(
            file=Path("m.h5"),
            generation=3,
            name=name,
            class_name=class_name,
            config=config,
            weights=weights[0] if weights else {},
        )
        for name, (class_name, config, *weights) in zip(names, described, strict=True)
    }
    calls = [LayerCall(layer=name, index=0, inputs=((names[i - 1], 0),) if i else ()) for i, name in enumerate(names)]
    return KerasModel(file=Path("m.h5"), keras_version="3.0.0", input_shape=shape, layers=named, calls=tuple(calls))


def dense(units: int, size: int, activation: str | None = None) -> tuple:
    kernel = np.random.default_rng(0).normal(size=(size, units)).astype(np.float32)
    return ("Dense", {"units": units, "use_bias": False, "activation": activation}, {"kernel": kernel})


def value(model: KerasModel, x: np.ndarray) -> np.ndarray:
    imported = build(model)
    return np.asarray(imported.apply(imported.parameters, jnp.asarray(x, jnp.float32)))


def refused(model: KerasModel, length: int | None = None) -> str:
    with pytest.raises(InputError) as error:
        build(model, length=length)
    message = str(error.value)
    assert message.startswith("m.h5: ")
    assert "\n" not in message
    return message


# Lengths and layouts of the input.


def test_open_lengths_need_to_be_stated():
    for shape in ((None, 4), (4, None)):
        model = network(shape, ("Permute", {"dims": [1, 2]}), ("Flatten", {}))
        assert "leaves the length open; state it (length=L)" in refused(model)
        assert build(model, length=7).num_tasks == 28
    model = network((None, 4), (*CONV, KERNEL), POOL)
    assert build(model, length=30).length == 30
    assert "does not fit an input of 2; the sequence is too short" in refused(model, 2)
    fixed = network((20, 4), (*CONV, KERNEL), POOL)
    assert build(fixed, length=20).length == 20
    assert "the length is 20, not the 30 asked for" in refused(fixed, 30)


@pytest.mark.parametrize(
    ("shape", "as_keras"),
    [
        ((6, 4), lambda x: x),
        ((4, 6), lambda x: x.T),
        ((6, 1, 4), lambda x: x[:, None]),
        ((1, 6, 4), lambda x: x[None]),
        ((6, 4, 1), lambda x: x[..., None]),
        ((4, 6, 1), lambda x: x.T[..., None]),
    ],
)
def test_every_layout_of_the_input(shape, as_keras):
    x = np.arange(24.0).reshape(6, 4)
    np.testing.assert_array_equal(value(network(shape, ("Flatten", {})), x), as_keras(x).ravel())
    unknown = tuple(None if n == 6 else n for n in shape)
    assert build(network(unknown, ("Flatten", {})), length=6).num_tasks == 24


@pytest.mark.parametrize(
    "shape", [(24,), (6, 5), (6, 1, 5), (2, 6, 4), (6, 6, 4, 1), (1, 4, 6), (None, None), (None,) * 3]
)
def test_inputs_that_are_not_sequences(shape):
    assert f"input shape {shape}: must be (L, 4), (4, L), (L, 1, 4)" in refused(network(shape, ("Flatten", {})))


def test_two_dimensional_inputs_shorter_than_the_alphabet():
    assert "the length is 3; must be at least 4" in refused(network((4, 3, 1), ("Flatten", {})))


def test_outputs_that_are_not_one_number_a_task():
    message = refused(network((20, 4), (*CONV, KERNEL)))
    assert message == (
        "m.h5: layer 'conv1d_0': the network maps (20, 4) to (18, 2); it must map to (T,), one number for each task"
    )


# The final activation.


@pytest.mark.parametrize(
    ("tail", "removed"),
    [
        ([dense(3, 8, "sigmoid")], "sigmoid"),
        ([dense(3, 8, "softmax")], "softmax"),
        ([dense(3, 8), ("Activation", {"activation": "sigmoid"})], "sigmoid"),
        ([dense(3, 8), ("Softmax", {"axis": -1})], "softmax"),
        ([dense(3, 8), ("Softmax", {"axis": 1})], "softmax"),
        ([dense(3, 8), ("Activation", {"activation": {"class_name": "Softmax", "config": {}}})], "softmax"),
        ([dense(3, 8, "sigmoid"), ("Dropout", {}), ("Reshape", {"target_shape": [3]}), ("Flatten", {})], "sigmoid"),
        ([dense(3, 8, "sigmoid"), ("Activation", {"activation": "linear"})], "sigmoid"),
        ([dense(3, 8)], None),
        ([dense(3, 8, "tanh")], None),
        ([dense(3, 8, "hard_sigmoid")], None),
    ],
)
def test_final_activations_are_removed(tail, removed):
    x = np.random.default_rng(1).normal(size=(2, 4))
    model = network((2, 4), ("Flatten", {}), *tail)
    assert build(model).removed_activation == removed
    logits = x.ravel() @ tail[0][2]["kernel"]
    expected = {"tanh": np.tanh, "hard_sigmoid": lambda y: np.clip(y / 6 + 0.5, 0, 1)}.get(
        tail[0][1]["activation"], lambda y: y
    )
    np.testing.assert_allclose(value(model, x), expected(logits), rtol=1e-5, atol=1e-5)


def test_a_softmax_over_positions_is_not_the_last_activation():
    model = network((2, 4), ("Softmax", {"axis": 1}), ("Flatten", {}))
    assert build(model).removed_activation is None
    x = np.random.default_rng(1).normal(size=(2, 4))
    np.testing.assert_allclose(value(model, x), (np.exp(x) / np.exp(x).sum(0)).ravel(), rtol=1e-5)


def test_an_activation_before_other_layers_stays():
    x = np.random.default_rng(1).normal(size=(2, 4))
    model = network((2, 4), ("Flatten", {}), dense(3, 8, "sigmoid"), dense(2, 3))
    assert build(model).removed_activation is None
    hidden = 1 / (1 + np.exp(-x.ravel() @ dense(3, 8)[2]["kernel"]))
    np.testing.assert_allclose(value(model, x), hidden @ dense(2, 3)[2]["kernel"], rtol=1e-5, atol=1e-5)


def test_only_the_last_use_of_a_shared_layer_loses_its_activation():
    x = np.random.default_rng(1).normal(size=(2, 4))
    once = network((2, 4), ("Flatten", {}), dense(8, 8, "sigmoid"))
    again = LayerCall(layer="dense_1", index=1, inputs=(("dense_1", 0),))
    twice = replace(once, calls=(*once.calls, again))
    kernel = dense(8, 8)[2]["kernel"]
    hidden = 1 / (1 + np.exp(-x.ravel() @ kernel))
    np.testing.assert_allclose(value(twice, x), hidden @ kernel, rtol=1e-5, atol=1e-5)
    assert build(twice).layer_names == ("flatten_0", "dense_1", "dense_1:1")
    assert list(build(twice).parameters) == ["dense_1"]


def test_a_shared_layer_on_inputs_of_two_shapes():
    """A collapsed kernel depends on the input's shape, so the second use has parameters of its own."""
    x = np.random.default_rng(1).normal(size=(6, 4))
    config = {"filters": 1, "kernel_size": [3, 1], "strides": [1, 1], "padding": "same", "use_bias": False}
    kernel = np.array([1.0, 2.0, 3.0], np.float32).reshape(3, 1, 1, 1)
    model = network((6, 4, 1), ("Conv2D", config, {"kernel": kernel}), ("Cropping2D", {"cropping": [[0, 0], [1, 1]]}))
    layers = dict(model.layers) | {"flat": replace(model.layers["x"], name="flat", class_name="Flatten")}
    calls = (
        *model.calls,
        LayerCall(layer="conv2d_0", index=1, inputs=(("cropping2d_1", 0),)),
        LayerCall(layer="flat", index=0, inputs=(("conv2d_0", 1),)),
    )
    model = replace(model, layers=layers, calls=calls)

    def smooth(y):
        padded = np.pad(y, ((1, 1), (0, 0)))
        return padded[:-2] + 2 * padded[1:-1] + 3 * padded[2:]

    np.testing.assert_allclose(value(model, x), smooth(smooth(x)[:, 1:3]).ravel(), rtol=1e-5)
    assert list(build(model).parameters) == ["conv2d_0", "conv2d_0:1"]


# Refusals.

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
    (("LayerNormalization", {"axis": 1}, {}), "axis=1: must be the last axis"),
    (("LayerNormalization", {"rms_scaling": True}, {}), "rms_scaling=True"),
    (("PReLU", {"shared_axes": [3]}, {"alpha": ONES((20, 4))}), "shared_axes=[3]: must be axes from 1 to 2"),
    (("PReLU", {"shared_axes": [1]}, {"alpha": ONES((20, 4))}), "alpha has shape (20, 4) in the file"),
    (("LeakyReLU", {"alpha": None}), "alpha=None: must be a finite number"),
    (("ReLU", {"max_value": 10**400}), "must be a finite number"),
    (("Reshape", {"target_shape": [3, 3]}), "target_shape=[3, 3]: does not hold the 80 numbers"),
    (("Reshape", {"target_shape": [-1, -1]}), "target_shape=[-1, -1]: must be"),
    (("Reshape", {"target_shape": [0, 80]}), "target_shape=[0, 80]: must be"),
    (("Reshape", {"target_shape": [2, 2, 2, 10]}), "target_shape=[2, 2, 2, 10]: must be one to three"),
    (("Permute", {"dims": [1, 1]}), "dims=[1, 1]: must hold each of 1 to 2 once"),
    (("ZeroPadding1D", {"padding": [-1, 0]}), "padding=[-1, 0]: must be whole numbers"),
    (("ZeroPadding1D", {"padding": 1 << 28}), "padding=268435456: must be whole numbers"),
    (("Cropping1D", {"cropping": [10, 10]}), "cropping=[10, 10]: nothing is left"),
    (("GlobalMaxPooling1D", {"keepdims": 1}), "keepdims=1: must be true or false"),
    (("Add", {}), "has 1 inputs; it must have at least 2"),
]


@pytest.mark.parametrize(("layer", "text"), REFUSALS, ids=range(len(REFUSALS)))
def test_fields_and_weights(layer, text):
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
    ((20, 4, 1), ("LayerNormalization", {"axis": [1, 2, 3]}, {}), "must be one axis"),
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
def test_fields_in_two_dimensions(shape, layer, text):
    assert text in refused(network(shape, layer, ("Flatten", {})))


def test_images_have_no_axis_to_fold():
    first = ("Conv2D", CONV2D | {"kernel_size": [3, 3], "filters": 32}, {"kernel": ONES((3, 3, 1, 32), np.float32)})
    second = ("Conv2D", CONV2D | {"kernel_size": [3, 3], "filters": 256}, {"kernel": ONES((3, 3, 32, 256), np.float32)})
    image = ("Reshape", {"target_shape": [64, 64, 1]})
    message = refused(network((1024, 4), image, first, second, ("Flatten", {})))
    assert "layer 'conv2d_2' (Conv2D): an input (62, 62, 32) has no short axis to fold" in message


def test_tensors_beyond_reason():
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
        for _ in range(60):
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
            shape = jax.eval_shape(model.apply, model.parameters, jnp.zeros((model.length, 4))).shape
            assert shape == (model.num_tasks,)
            outcomes["read"] += 1
    assert min(outcomes.values()) > 20, outcomes
