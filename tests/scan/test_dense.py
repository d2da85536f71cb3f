"""Dense evaluation at its edges: `tests/networks` holds it equal to `predict` on every window for every network."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.scan.dense import dense, program
from genomics.scan.effects_program import central_effects
from tests.networks import NETWORKS, plain
from tests.networks.layers import conv, max_pool, weighted
from tests.networks.layers import dense as dense_layer

LENGTH, WINDOWS = 20, 9
CODES = np.array([4, 4, 0, 1, 2, 3, 3, 1, 0, 2, 2, 1, 4, 3, 0, 0, 1, 3, 2, 1, 1, 0, 2, 3, 1, 3, 0, 4], np.uint8)


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(program, "_SAID", set())
    monkeypatch.setattr(program.logging, "warning", lambda text, *values: lines.append(text % values))
    return lines


def check(predict, codes, length=LENGTH):
    def both(codes):
        fast = dense(predict, length)(jax.nn.one_hot(codes, 4)), central_effects(predict, length)(codes)
        return fast, plain.scanned(predict, codes, length)

    with plain.exactly():
        (predictions, effects), (true_predictions, true_effects) = plain.compiled(both)(jnp.asarray(codes))
    known = codes[length // 2 :][: len(codes) - length + 1] != 4
    assert np.abs(true_effects[..., known]).max() > 0.01
    np.testing.assert_allclose(predictions, true_predictions, atol=1e-11)
    np.testing.assert_allclose(effects[..., known], true_effects[..., known], atol=1e-11)


def test_a_missing_number_among_the_constants_equals_nothing(said):
    """One position has a constant that is NaN, which the network reads as missing: its column is like no other."""
    table = jnp.ones((LENGTH, 1)).at[3].set(jnp.nan).at[LENGTH - 5].set(jnp.nan)

    def predict(x):
        h = jax.nn.relu(conv(x, 3, 5, padding="SAME")) * table
        return jnp.where(jnp.isnan(h), 0.7, h).sum(0) @ weighted(x, 5, 3)

    check(predict, CODES)
    assert not said


@pytest.mark.parametrize("name", ["pooled twice", "bpnet", "both strands", "overlapping pools", "image of bases"])
def test_windows_share_everything_up_to_the_dense_layers(name, said):
    network = NETWORKS[name]
    jax.eval_shape(central_effects(network.predict, network.length), jnp.zeros(network.length + 8, jnp.uint8))
    assert not said


@pytest.mark.parametrize(("name", "primitive"), [("attention", "dot_general"), ("elman", "scan")])
def test_what_windows_cannot_share_is_said_once(name, primitive, said):
    network = NETWORKS[name]
    for _ in range(2):
        jax.eval_shape(central_effects(network.predict, network.length), jnp.zeros(network.length + 8, jnp.uint8))
    (line,) = said
    assert f"{primitive} at " in line
    assert "tests/networks/mixing.py" in line


def test_known_answer():
    # Counts of "C" in windows of 3: the effect of any change at the centre is -1 where it is C, +1 for C elsewhere.
    count = lambda x: x[:, 1].sum(keepdims=True)  # noqa: E731
    codes = jnp.array([1, 0, 1, 1, 2], jnp.uint8)
    np.testing.assert_array_equal(jax.jit(dense(count, 3))(np.eye(4)[codes]), [[2.0], [2.0], [2.0]])
    # centres A, C, C; alternatives in order base + 1, + 2, + 3
    np.testing.assert_array_equal(jax.jit(central_effects(count, 3))(codes)[0], [[1, -1, -1], [0, -1, -1], [0, -1, -1]])


def test_a_single_window():
    network = NETWORKS["pooled twice"]
    check(network.predict, np.arange(network.length, dtype=np.uint8) % 4, network.length)


def test_a_prediction_without_the_sequence():
    constant = lambda x: jnp.arange(3.0)  # noqa: E731
    one_hot = jax.nn.one_hot(CODES, 4)
    np.testing.assert_array_equal(dense(constant, LENGTH)(one_hot), np.tile(np.arange(3.0), (WINDOWS, 1)))
    assert not central_effects(constant, LENGTH)(jnp.asarray(CODES)).any()


def test_a_mutation_that_strides_step_over():
    predict = lambda x: conv(x, 1, 5, stride=3).sum(0) @ weighted(x, 5, 3)  # noqa: E731
    effects = jax.jit(central_effects(predict, LENGTH))(jnp.asarray(CODES))  # index 10 is not a multiple of 3
    assert effects.shape == (3, 3, WINDOWS)
    assert not effects.any()


def test_arithmetic_is_shared():
    def predict(x):
        h = max_pool(jax.nn.relu(conv(x, 9, 16)), 4, padding="SAME")
        return dense_layer(max_pool(jax.nn.relu(conv(h, 4, 16)), 8, padding="SAME"), 8)

    length, windows = 100, 256
    shared = work(dense(predict, length), (windows + length - 1, 4))
    assert shared < windows * work(predict, (length, 4)) / 8


def work(function, shape):
    """Multiplications and additions by XLA's count."""
    return jax.jit(function).lower(jax.ShapeDtypeStruct(shape, jnp.float32)).cost_analysis()["flops"]
