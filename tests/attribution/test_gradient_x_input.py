import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.gradient_x_input import gradient_x_input

WEIGHTS = jax.random.normal(jax.random.key(0), (6, 4, 3))


def test_only_the_observed_base_scores_and_a_network_without_biases_is_complete():
    def predict(x):
        return jax.nn.relu(jnp.einsum("la,lat->t", x, WEIGHTS))

    codes = jnp.array([0, 1, 2, 3, 0, 4])
    x = jax.nn.one_hot(codes, 4)
    scores = gradient_x_input(predict)(x).scores
    assert not scores[:, x == 0].any()
    assert not scores[:, 5].any()  # N
    np.testing.assert_allclose(scores.sum((1, 2)), predict(x), rtol=1e-5, atol=1e-6)


def test_a_bias_is_nobodys_contribution():
    def predict(x):
        return jnp.einsum("la,lat->t", x, WEIGHTS) + 7

    x = jax.nn.one_hot(jnp.arange(6) % 4, 4)
    np.testing.assert_allclose(gradient_x_input(predict)(x).scores.sum((1, 2)), predict(x) - 7, rtol=1e-4)
