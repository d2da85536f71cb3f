import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.corrected_gradient import corrected_gradient

WEIGHTS = np.random.default_rng(0).normal(size=(6, 4, 3)).astype(np.float32)
X = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 1]), 4)


def linear(x):
    return jnp.einsum("la,lat->t", x, WEIGHTS) + 1.0


def test_positions_sum_to_zero_and_a_constant_of_a_position_does_not_count():
    scores = jax.jit(corrected_gradient(linear))(X).scores
    np.testing.assert_allclose(scores.sum(-1), 0, atol=1e-6)
    shifted = jax.jit(corrected_gradient(lambda x: linear(x) + x[2].sum() * 7))(X).scores
    np.testing.assert_allclose(shifted, scores, atol=1e-5)


def test_of_a_linear_network_it_is_centred_mutagenesis():
    mutants = jnp.stack([jnp.stack([linear(X.at[i].set(row)) for row in jnp.eye(4)]) for i in range(6)])  # (L, 4, T)
    effects = mutants - linear(X)
    centred = jnp.moveaxis(effects - effects.mean(1, keepdims=True), -1, 0)
    np.testing.assert_allclose(jax.jit(corrected_gradient(linear))(X).scores, centred, atol=1e-5)
