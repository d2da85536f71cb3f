"""Dense evaluation: equal to `predict` on every window, whatever the network, and shared where it can be."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.scan.dense import dense, program
from genomics.scan.effects_program import central_effects

LENGTH, WINDOWS = 20, 9
CODES = np.array([4, 4, 0, 1, 2, 3, 3, 1, 0, 2, 2, 1, 4, 3, 0, 0, 1, 3, 2, 1, 1, 0, 2, 3, 1, 3, 0, 4], np.uint8)


class Weights:
    """Normal random weights, another array at each call."""

    def __init__(self, seed):
        self.generator = np.random.default_rng(seed)

    def __call__(self, *shape):
        return jnp.asarray(self.generator.normal(size=shape) / np.sqrt(np.prod(shape[:-1])), jnp.float32)


def conv(x, w, stride=1, padding="VALID", dilation=1, groups=1):
    return lax.conv_general_dilated(
        x[None], w, (stride,), padding, rhs_dilation=(dilation,), feature_group_count=groups,
        dimension_numbers=("NWC", "WIO", "NWC"),
    )[0]  # fmt: skip


def pool(x, size, stride=None, padding="SAME", dilation=1):
    stride = stride or size
    return lax.reduce_window(x, -jnp.inf, lax.max, (size, 1), (stride, 1), padding, window_dilation=(dilation, 1))


def average(x, size, padding="SAME"):
    total = lambda x: lax.reduce_window(x, 0.0, lax.add, (size, 1), (size, 1), padding)  # noqa: E731
    return total(x) / total(jnp.ones((x.shape[0], 1)))


def valid(w):
    weights = [w(5, 4, 6), w(6), w(3, 6, 5), w(2 * 5, 3)]
    return lambda x: (
        pool(conv(pool(jax.nn.relu(conv(x, weights[0]) + weights[1]), 2), weights[2], padding="SAME"), 4).reshape(-1)
        @ weights[3]
    )


def strided(w):
    weights = [w(4, 4, 6), w(3, 3, 6), w(5 * 6, 3)]
    return lambda x: (
        weights[2].T
        @ conv(jnp.tanh(conv(x, weights[0], 2, "SAME")), weights[1], 2, ((2, 1),), dilation=2, groups=2).reshape(-1)
    )


def residual(w):
    weights = [w(5, 4, 6), w(6), w(3, 6, 6), w(3, 6, 6), w(6, 3)]

    def predict(x):
        h = jax.nn.silu(conv(x, weights[0], padding="SAME") + weights[1])
        for dilation, kernel in ((1, weights[2]), (2, weights[3])):
            h = h + jax.nn.relu(conv(h, kernel, padding="SAME", dilation=dilation))
        return jnp.concatenate([h.mean(0), h.max(0)]) @ jnp.concatenate([weights[4], weights[4]])

    return predict


def both_strands(w):
    weights = [w(5, 4, 6), w(3, 6, 5), w(5, 3)]

    def strand(x):
        return conv(pool(conv(x, weights[0]), 3, 2), weights[1]).max(0)

    return lambda x: (strand(x) + strand(x[::-1, ::-1])) @ weights[2]


def overlapping_pools(w):
    weights = [w(4, 4, 6), w(4, 6, 6), w(6, 3)]
    return lambda x: (
        average(conv(average(conv(x, weights[0]), 3), weights[1], padding="SAME"), 2) @ weights[2]
        + pool(conv(x, weights[0], 3, "SAME"), 3, 2, dilation=2)[:3] @ weights[2]
    ).sum(0)


def image(w):
    kernel, dense = w(4, 5, 1, 6), w(6, 3)

    def predict(x):
        h = lax.conv_general_dilated(
            x.T[None, :, :, None], kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return jax.nn.relu(h)[0, 0].max(0) @ dense

    return predict


def pointwise_and_edges(w):
    weights = [w(4, 6), w(LENGTH, 6), w(6, 3)]

    def predict(x):
        h = jax.nn.relu(x @ weights[0])
        h = (h - h.mean(-1, keepdims=True)) / jnp.sqrt(h.var(-1, keepdims=True) + 1e-3)
        h = jnp.pad(h[2:-1:2], ((1, 2), (0, 0)), constant_values=0.5)
        h = jnp.concatenate([h, jnp.cumsum(h, 1)], 1).T
        return lax.clamp(-9.0, (h[:6] + h[6:]).sum(1), 9.0) @ weights[2]

    return predict


def positional(w):
    weights = [w(5, 4, 6), w(LENGTH, 6), w(LENGTH, 6, 3)]
    return lambda x: jnp.einsum("lf,lft->t", jax.nn.relu(conv(x, weights[0], padding="SAME") + weights[1]), weights[2])


def attention(w):
    weights = [w(5, 4, 6), w(6, 6), w(6, 3)]

    def predict(x):
        h = pool(conv(x, weights[0]), 4)
        return (jax.nn.softmax(h @ weights[1] @ h.T) @ h).mean(0) @ weights[2]

    return predict


def recurrent(w):
    weights = [w(5, 4, 6), w(6, 6), w(6, 3)]

    def predict(x):
        steps = pool(conv(x, weights[0]), 4)
        last, _ = lax.scan(lambda state, step: (jnp.tanh(state @ weights[1] + step), None), jnp.zeros(6), steps)
        return last @ weights[2]

    return predict


#: Windows share everything up to the dense layers.
SHARED = (valid, strided, residual, both_strands, overlapping_pools, image, pointwise_and_edges, positional)
#: From some primitive on, each window is computed by itself.
BY_THEMSELVES = (attention, recurrent)


@pytest.fixture
def said(monkeypatch):
    lines = []
    monkeypatch.setattr(program, "_SAID", set())
    monkeypatch.setattr(program.logging, "warning", lambda text, *values: lines.append(text % values))
    return lines


def naive(predict, codes):
    """(C, T) and (T, 3, C): every window and every mutant by itself."""
    windows = jnp.stack([codes[s : s + LENGTH] for s in range(len(codes) - LENGTH + 1)])
    evaluate = jax.vmap(lambda window: predict(jax.nn.one_hot(window, 4)))
    before = evaluate(windows)
    centre = windows[:, LENGTH // 2]
    after = [evaluate(windows.at[:, LENGTH // 2].set((centre + k) % 4)) for k in (1, 2, 3)]
    return before, jnp.stack([mutants - before for mutants in after]).transpose(2, 0, 1)


def check(predict, codes):
    @functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})  # compiles twice as fast
    def both(codes):
        fast = dense(predict, LENGTH)(jax.nn.one_hot(codes, 4)), central_effects(predict, LENGTH)(codes)
        return fast, naive(predict, codes)

    with jax.default_matmul_precision("highest"):
        (predictions, effects), (true_predictions, true_effects) = both(jnp.asarray(codes))
    known = codes[LENGTH // 2 :][: len(codes) - LENGTH + 1] != 4
    assert np.abs(true_effects[..., known]).max() > 0.01
    np.testing.assert_allclose(predictions, true_predictions, atol=1e-5)
    np.testing.assert_allclose(effects[..., known], true_effects[..., known], atol=1e-5)


@pytest.mark.parametrize("network", SHARED, ids=lambda n: n.__name__)
def test_equal_to_windows_and_shared(network, said):
    check(network(Weights(0)), CODES)
    assert not said


@pytest.mark.parametrize("network", BY_THEMSELVES, ids=lambda n: n.__name__)
def test_other_primitives_are_exact_too_and_said_once(network, said):
    check(network(Weights(0)), CODES)
    assert len(said) == 1
    assert "test_dense.py" in said[0]


def test_a_missing_number_among_the_constants_equals_nothing(said):
    """One position has a constant that is NaN, which the network reads as missing: its column is like no other."""
    w = Weights(4)
    kernel, last = w(3, 4, 5), w(5, 3)
    table = jnp.ones((LENGTH, 1)).at[3].set(jnp.nan).at[LENGTH - 5].set(jnp.nan)

    def predict(x):
        h = jax.nn.relu(conv(x, kernel, padding="SAME")) * table
        return jnp.where(jnp.isnan(h), 0.7, h).sum(0) @ last

    check(predict, CODES)
    assert not said


def test_known_answer():
    # Counts of "C" in windows of 3: the effect of any change at the centre is -1 where it is C, +1 for C elsewhere.
    count = lambda x: x[:, 1].sum(keepdims=True)  # noqa: E731
    codes = jnp.array([1, 0, 1, 1, 2], jnp.uint8)
    np.testing.assert_array_equal(jax.jit(dense(count, 3))(np.eye(4)[codes]), [[2.0], [2.0], [2.0]])
    # centres A, C, C; alternatives in order base + 1, + 2, + 3
    np.testing.assert_array_equal(jax.jit(central_effects(count, 3))(codes)[0], [[1, -1, -1], [0, -1, -1], [0, -1, -1]])


def test_a_single_window():
    check(SHARED[0](Weights(1)), CODES[1 : LENGTH + 1])


def test_a_prediction_without_the_sequence():
    constant = lambda x: jnp.arange(3.0)  # noqa: E731
    one_hot = jax.nn.one_hot(CODES, 4)
    np.testing.assert_array_equal(dense(constant, LENGTH)(one_hot), np.tile(np.arange(3.0), (WINDOWS, 1)))
    assert not central_effects(constant, LENGTH)(jnp.asarray(CODES)).any()


def test_a_mutation_that_strides_step_over():
    w = Weights(2)
    first, last = w(1, 4, 5), w(5, 3)
    predict = lambda x: conv(x, first, 3).sum(0) @ last  # noqa: E731
    effects = jax.jit(central_effects(predict, LENGTH))(jnp.asarray(CODES))  # index 10 is not a multiple of 3
    assert effects.shape == (3, 3, WINDOWS)
    assert not effects.any()


def test_arithmetic_is_shared():
    w = Weights(3)
    first, second, last = w(9, 4, 16), w(4, 16, 16), w(3 * 16, 8)

    def predict(x):
        h = pool(jax.nn.relu(conv(x, first)), 4)
        return pool(jax.nn.relu(conv(h, second)), 8).reshape(-1) @ last

    length, windows = 100, 256
    shared = work(dense(predict, length), (windows + length - 1, 4))
    assert shared < windows * work(predict, (length, 4)) / 8


def work(function, shape):
    """Multiplications and additions by XLA's count."""
    return jax.jit(function).lower(jax.ShapeDtypeStruct(shape, jnp.float32)).cost_analysis()["flops"]
