import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.affine_prefix import interpolate, split_affine_prefix
from genomics.tracing.program import trace

X = jax.random.normal(jax.random.key(0), (6, 4))
R = jax.random.normal(jax.random.key(1), (6, 4))
W = jax.random.normal(jax.random.key(2), (4, 3))


def check(predict, shapes):
    """`shapes`: what crosses the cut."""
    prefix, suffix = split_affine_prefix(trace(predict, X, inline_custom_rules=False))
    assert [v.shape for v in prefix(X)] == shapes
    np.testing.assert_allclose(jax.jit(lambda x: suffix(prefix(x)))(X), jax.jit(predict)(X), rtol=1e-5)
    between = interpolate(prefix(R), prefix(X), jnp.float32(0.3))
    np.testing.assert_allclose(suffix(between), predict(R + 0.3 * (X - R)), rtol=1e-4, atol=1e-5)


def test_convolution_bias_and_normalisation_belong_to_the_prefix():
    def predict(x):
        h = (((x / 2 - 1).T.reshape(-1, 4) @ W) + 0.5 - 0.1) * 3
        return jax.nn.relu(h).sum(0)

    check(predict, [(6, 3)])


def test_a_skip_of_the_input_crosses_the_cut_beside_the_first_layer():
    def predict(x):
        h = x @ W
        return (jnp.tanh(h) + 2 * h).sum(0) + (x * x).sum()

    check(predict, [(6, 3), (6, 3), (6, 4)])


def test_a_product_of_two_live_values_and_a_division_by_one_are_not_affine():
    check(lambda x: (x @ W @ (x @ W).T).sum(1), [(6, 3), (3, 6)])
    check(lambda x: 1 / (x @ W).sum(0), [(3,)])


def test_linear_networks_and_networks_that_ignore_the_input():
    check(lambda x: (x @ W).sum(0), [(3,)])
    check(lambda x: jnp.ones(2), [(6, 4)])
