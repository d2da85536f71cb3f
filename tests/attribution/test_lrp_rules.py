"""Every rule at one layer against its formula, written out with the layer's matrix."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.lrp import RULES, lrp

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(7, 4)).astype(np.float32)
BOXED = np.asarray(jax.nn.one_hot(np.array([0, 1, 2, 3, 0, 4, 1]), 4))
EPSILON, GAMMA, ALPHA = 0.3, 0.7, 1.5
OPTIONS = {"epsilon": EPSILON, "gamma": GAMMA, "alpha": ALPHA}

KERNEL = jnp.asarray(RANDOM.normal(size=(3, 4, 5)), jnp.float32)
BIAS = jnp.asarray(RANDOM.normal(size=5), jnp.float32)
SCALE = jnp.array([1.5, -2, 0.5, -1, 1])
MEAN = jnp.asarray(RANDOM.normal(size=5), jnp.float32)
DENSE = jnp.asarray(RANDOM.normal(size=(28, 6)), jnp.float32)
SUMMED = jnp.asarray(RANDOM.normal(size=6), jnp.float32)


def normalised_convolution(x):
    """Zero padding, stride, a bias, then a normalisation that turns signs."""
    h = lax.conv_general_dilated(x[None], KERNEL, (2,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")) + BIAS
    return ((h[0] - MEAN) * SCALE).reshape(-1)


def dense(x):
    return x.reshape(-1) @ DENSE + SUMMED


@functools.cache
def matrix(layer):
    """A layer's matrix and bias. In float32 they are exact enough; zeros are what the kernel does not reach."""
    nothing = jnp.zeros((7, 4))
    w, b = jax.jit(jax.jacobian(layer))(nothing), jax.jit(layer)(nothing)
    return np.asarray(w, np.float64).reshape(-1, 28), np.asarray(b, np.float64)


def by_formula(rule, layer, x):
    """The relevance of every input for every output, (outputs, inputs), from the layer's matrix."""
    a = x.reshape(-1).astype(np.float64)
    w, b = matrix(layer)
    z, q = w @ a + b, w * a
    plus, minus, b_plus, b_minus = np.maximum(q, 0), np.minimum(q, 0), np.maximum(b, 0), np.minimum(b, 0)
    if rule == "0":
        shares = q / z[:, None]
    elif rule == "epsilon":
        shares = q / (z + EPSILON * np.where(z >= 0, 1, -1))[:, None]
    elif rule == "gamma":
        favoured, of_bias = np.where((z >= 0)[:, None], plus, minus), np.where(z >= 0, b_plus, b_minus)
        numerator = q + GAMMA * favoured
        shares = numerator / (numerator.sum(1) + b + GAMMA * of_bias)[:, None]
    elif rule in ("alpha_beta", "z_plus"):
        alpha = ALPHA if rule == "alpha_beta" else 1
        shares = (
            alpha * plus / (plus.sum(1) + b_plus)[:, None] - (alpha - 1) * minus / (minus.sum(1) + b_minus)[:, None]
        )
    elif rule == "w_squared":
        shares = w**2 / (w**2).sum(1, keepdims=True)
    elif rule == "flat":
        shares = (w != 0) / (w != 0).sum(1, keepdims=True)
    else:
        numerator = w * a - np.minimum(w, 0)
        shares = numerator / numerator.sum(1, keepdims=True)
    return shares * z[:, None]


@pytest.fixture(scope="module")
def explained():
    """(rule, layer) -> relevance; everything in one compilation for each layer."""

    def run(layer):
        def all_rules(x, boxed):
            free = {rule: lrp(layer, rule=rule, **OPTIONS)(x).scores for rule in RULES if rule != "z_box"}
            return free | {"z_box": lrp(layer, first="z_box")(boxed).scores}

        return jax.jit(all_rules)(X, BOXED)

    return {layer.__name__: run(layer) for layer in (normalised_convolution, dense)}


@pytest.mark.parametrize("layer", [normalised_convolution, dense])
@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_its_formula(explained, rule, layer):
    expected = by_formula(rule, layer, BOXED if rule == "z_box" else X)
    found = np.asarray(explained[layer.__name__][rule]).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("rule", ["w_squared", "flat", "z_box"])
def test_rules_without_a_bias_conserve_whatever_the_bias(explained, rule):
    x = jnp.asarray(BOXED if rule == "z_box" else X)
    for layer in (normalised_convolution, dense):
        np.testing.assert_allclose(explained[layer.__name__][rule].sum((1, 2)), layer(x), rtol=1e-3, atol=1e-4)


def test_flat_counts_only_the_taps_inside():
    """Width 3 with one position of padding: 8 inputs at the ends, 12 inside."""
    kernel = jnp.ones((3, 4, 1))

    def predict(x):
        return lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0, :, 0]

    scores = jax.jit(lrp(predict, rule="flat"))(jnp.asarray(BOXED)).scores
    np.testing.assert_allclose(scores[0, :2], 2 / 8, rtol=1e-6)
    np.testing.assert_allclose(scores[1, :3], 3 / 12, rtol=1e-6)
    assert not scores[0, 2:].any()


def test_w_squared_and_flat_do_not_depend_on_the_input():
    other = np.roll(BOXED, 1, axis=1)

    def shares(x, rule):
        scores = lrp(dense, rule=rule)(x).scores
        return scores / scores.sum((1, 2), keepdims=True)

    for rule in ("w_squared", "flat"):
        of_both = jax.jit(jax.vmap(lambda x: shares(x, rule)))(np.stack([BOXED, other]))
        np.testing.assert_allclose(of_both[0], of_both[1], rtol=1e-4)


def test_z_box_on_paper():
    """Observed bases get w+, the others |w-|; an unknown base |w-| for all four."""
    weights = jnp.array([[1.0, -2.0, 3.0, 0.0], [-1.0, 2.0, -3.0, 1.0]])
    x = jnp.array([[1.0, 0, 0, 0], [0.0, 0, 0, 0]])
    scores = jax.jit(lrp(lambda x: (x.reshape(-1) @ weights.reshape(8, 1)) + 6))(x).scores[0]
    shares = np.array([[1, 2, 0, 0], [1, 0, 3, 0]])
    np.testing.assert_allclose(scores, shares / shares.sum() * 7, rtol=1e-6)
    assert scores.min() >= 0
