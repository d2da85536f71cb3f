"""Contributions sum to f(x) - f(r) under every complete rule; `tests/networks` has more networks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from tests.networks import NETWORKS, plain
from tests.networks.checks.propagation import contributions


@pytest.mark.parametrize("name", ["smooth activations", "gates of all kinds", "several reductions", "tied pools"])
@pytest.mark.slow
def test_complete_in_double_precision(name):
    contributions(NETWORKS[name], True)


def residuals(network, **options):
    """The largest error in single precision, for a reference of normal numbers and one of bases."""
    rng = np.random.default_rng(7)
    bases = np.eye(4)[rng.integers(0, 4, network.length)]
    references = jnp.asarray(np.stack([rng.normal(size=(network.length, 4)), bases]), jnp.float32)
    x = plain.sequence(network.length)

    def explain(r):
        return deeplift(network.predict, reference=r, **options)(x), network.predict(x), network.predict(r)

    found, at_x, at_r = plain.compiled(jax.vmap(explain))(references)
    independent = found.scores.sum((2, 3)) - (at_x - at_r)
    independent /= np.maximum(1, np.maximum(np.abs(at_x), np.abs(at_r)))
    np.testing.assert_allclose(found.residual, independent, atol=1e-5)
    return np.abs(independent).max()


@pytest.mark.parametrize("name", ["normalised before and after", "attention"])
def test_complete_in_single_precision(name):
    assert residuals(NETWORKS[name], rule="reveal_cancel") < 1e-4
    assert residuals(NETWORKS[name], rule="rescale") < 1e-4


@pytest.mark.parametrize("masked", [lambda h, out: jnp.where(out, -jnp.inf, h), lambda h, out: h + np.log(1.0 - out)])
def test_masked_attention_is_complete(masked):
    """A mask of minus infinity, before a softmax, a sum of exponentials, a maximum: it is the same at both."""
    out = np.arange(6) > 3
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(2, 4)), jnp.float32)

    def predict(x):
        a, b = weights @ x.T
        masks = masked(a, out)
        return jnp.stack([jax.nn.softmax(masks) @ b, jax.nn.logsumexp(masks), jnp.exp(masks).sum(), masks.max()])

    with np.errstate(divide="ignore"):
        x = jax.nn.one_hot(np.array([1, 2, 3, 0, 1, 2]), 4)
        found = deeplift(predict, reference=np.full((6, 4), 0.25), rule="rescale")(x)
    assert jnp.abs(found.scores).max() > 0.1
    np.testing.assert_allclose(found.residual, 0, atol=1e-6)
    # What is masked gets nothing of the second and third output.
    np.testing.assert_array_equal(found.scores[1:3, 4:], 0)


@pytest.mark.parametrize("name", ["overlapping pools", "tied pools"])
def test_gradient_pooling_is_not_complete(name):
    assert residuals(NETWORKS[name], rule="rescale", max_pool_rule="gradient") > 1e-2
