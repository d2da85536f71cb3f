import jax
import jax.numpy as jnp
import numpy as np

from genomics.attribution.saliency import saliency

WEIGHTS = jax.random.normal(jax.random.key(0), (6, 4, 3))


def linear(x):
    return jnp.einsum("la,lat->t", x, WEIGHTS) + 1.0


def test_of_a_linear_network_it_is_the_weights_with_their_sign():
    x = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 4]), 4)
    result = saliency(linear)(x)
    np.testing.assert_allclose(result.scores, jnp.moveaxis(WEIGHTS, -1, 0), rtol=1e-6)
    assert result.residual is None


def test_it_batches_over_sequences_and_over_replicates():
    x = jax.random.normal(jax.random.key(1), (2, 6, 4))
    weights = jnp.stack([WEIGHTS, 2 * WEIGHTS])

    def of_replicate(w):
        return jax.vmap(saliency(lambda x: jnp.einsum("la,lat->t", x, w)))(x).scores

    scores = jax.jit(jax.vmap(of_replicate))(weights)
    assert scores.shape == (2, 2, 3, 6, 4)
    np.testing.assert_allclose(scores[1], 2 * scores[0], rtol=1e-6)
