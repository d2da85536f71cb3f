"""From a Keras file's record to a function: input layouts, lengths, and the final activation."""

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.keras import KerasModel, LayerCall, Source
from genomics.models.keras import build
from tests.models.single import built, ended

CONV = ("Conv1D", {"filters": 2, "kernel_size": [3], "strides": [1], "padding": "valid"})
KERNEL = {"kernel": np.ones((3, 4, 2), np.float32), "bias": np.zeros(2, np.float32)}
POOL = ("GlobalMaxPooling1D", {})


def dense(units: int, size: int, activation: str | None = None) -> tuple:
    kernel = np.random.default_rng(0).normal(size=(size, units)).astype(np.float32)
    return ("Dense", {"units": units, "use_bias": False, "activation": activation}, {"kernel": kernel})


def value(model: KerasModel, x: np.ndarray) -> np.ndarray:
    imported = built(model)
    return np.asarray(imported.apply(imported.parameters, jnp.asarray(x, jnp.float32)))


def refused(model: KerasModel, length: int | None = None) -> str:
    with pytest.raises(InputError) as error:
        built(model, length=length)
    message = str(error.value)
    assert message.startswith("m.h5: ")
    assert "\n" not in message
    return message


# Lengths and layouts of the input.


def test_open_lengths_need_to_be_stated(network):
    for shape in ((None, 4), (4, None)):
        model = network(shape, ("Permute", {"dims": [1, 2]}), ("Flatten", {}))
        assert "leaves the length open: state it, --length=L" in refused(model)
        assert built(model, length=7).num_tasks == 28
    model = network((None, 4), (*CONV, KERNEL), POOL)
    assert built(model, length=30).length == 30
    assert "does not fit an input of 2; the sequence is too short" in refused(model, 2)
    fixed = network((20, 4), (*CONV, KERNEL), POOL)
    assert built(fixed, length=20).length == 20
    assert "the input is x (20, 4); the length 30 asked for is not in it" in refused(fixed, 30)


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
def test_every_layout_of_the_input(network, shape, as_keras):
    x = np.arange(24.0).reshape(6, 4)
    np.testing.assert_array_equal(value(network(shape, ("Flatten", {})), x), as_keras(x).ravel())
    unknown = tuple(None if n == 6 else n for n in shape)
    assert built(network(unknown, ("Flatten", {})), length=6).num_tasks == 24


@pytest.mark.parametrize("shape", [(24,), (6, 3), (2, 6, 4), (6, 6, 4, 1)])
def test_inputs_that_are_not_sequences(network, shape):
    assert f"no input is a sequence; the inputs are 0 x {shape}" in refused(network(shape, ("Flatten", {})))


def test_an_input_that_leaves_more_than_its_length_open(network):
    for shape in ((None, None), (None,) * 3):
        assert "leaves more than one axis open" in refused(network(shape, ("Flatten", {})), 8)


def test_outputs_of_more_than_one_axis(network):
    (output,) = build(network((20, 4), (*CONV, KERNEL))).outputs
    assert output.shape == (18, 2)


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
def test_final_activations_are_removed(network, tail, removed):
    x = np.random.default_rng(1).normal(size=(2, 4))
    model = network((2, 4), ("Flatten", {}), *tail)
    assert built(model).removed_activation == removed
    logits = x.ravel() @ tail[0][2]["kernel"]
    expected = {"tanh": np.tanh, "hard_sigmoid": lambda y: np.clip(y / 6 + 0.5, 0, 1)}.get(
        tail[0][1]["activation"], lambda y: y
    )
    np.testing.assert_allclose(value(model, x), expected(logits), rtol=1e-5, atol=1e-5)


def test_a_softmax_over_positions_is_not_the_last_activation(network):
    model = network((2, 4), ("Softmax", {"axis": 1}), ("Flatten", {}))
    assert built(model).removed_activation is None
    x = np.random.default_rng(1).normal(size=(2, 4))
    np.testing.assert_allclose(value(model, x), (np.exp(x) / np.exp(x).sum(0)).ravel(), rtol=1e-5)


def test_an_activation_before_other_layers_stays(network):
    x = np.random.default_rng(1).normal(size=(2, 4))
    model = network((2, 4), ("Flatten", {}), dense(3, 8, "sigmoid"), dense(2, 3))
    assert built(model).removed_activation is None
    hidden = 1 / (1 + np.exp(-x.ravel() @ dense(3, 8)[2]["kernel"]))
    np.testing.assert_allclose(value(model, x), hidden @ dense(2, 3)[2]["kernel"], rtol=1e-5, atol=1e-5)


def test_only_the_last_use_of_a_shared_layer_loses_its_activation(network):
    x = np.random.default_rng(1).normal(size=(2, 4))
    once = network((2, 4), ("Flatten", {}), dense(8, 8, "sigmoid"))
    again = LayerCall(layer="dense_1", index=1, inputs=(Source("dense_1", 0),))
    twice = replace(once, calls=(*once.calls, again), outputs=ended([again]))
    kernel = dense(8, 8)[2]["kernel"]
    hidden = 1 / (1 + np.exp(-x.ravel() @ kernel))
    np.testing.assert_allclose(value(twice, x), hidden @ kernel, rtol=1e-5, atol=1e-5)
    assert built(twice).layer_names == ("flatten_0", "dense_1", "dense_1:1")
    assert list(built(twice).parameters) == ["dense_1"]


def test_a_shared_layer_on_inputs_of_two_shapes(network):
    """A collapsed kernel depends on the input's shape, so the second use has parameters of its own."""
    x = np.random.default_rng(1).normal(size=(6, 4))
    config = {"filters": 1, "kernel_size": [3, 1], "strides": [1, 1], "padding": "same", "use_bias": False}
    kernel = np.array([1.0, 2.0, 3.0], np.float32).reshape(3, 1, 1, 1)
    model = network((6, 4, 1), ("Conv2D", config, {"kernel": kernel}), ("Cropping2D", {"cropping": [[0, 0], [1, 1]]}))
    layers = dict(model.layers) | {"flat": replace(model.layers["x"], name="flat", class_name="Flatten")}
    calls = (
        *model.calls,
        LayerCall(layer="conv2d_0", index=1, inputs=(Source("cropping2d_1", 0),)),
        LayerCall(layer="flat", index=0, inputs=(Source("conv2d_0", 1),)),
    )
    model = replace(model, layers=layers, calls=calls, outputs=ended(calls))

    def smooth(y):
        padded = np.pad(y, ((1, 1), (0, 0)))
        return padded[:-2] + 2 * padded[1:-1] + 3 * padded[2:]

    np.testing.assert_allclose(value(model, x), smooth(smooth(x)[:, 1:3]).ravel(), rtol=1e-5)
    assert list(built(model).parameters) == ["conv2d_0", "conv2d_0:1"]
