import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.saliency import saliency
from genomics.attribution.smoothgrad import smoothgrad
from genomics.errors import InputError

KEY = jax.random.key(0)
WEIGHTS = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
X = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 4]), 4)


def network(x):
    return jnp.tanh(x.reshape(-1) @ WEIGHTS)


def test_without_noise_it_is_the_gradient():
    scores = jax.jit(smoothgrad(network, key=KEY, samples=3, sigma=0.0))(X).scores
    np.testing.assert_allclose(scores, saliency(network)(X).scores, rtol=1e-5, atol=1e-7)


def test_of_a_square_the_noise_cancels_and_of_a_cube_its_variance_stays():
    scores = jax.jit(smoothgrad(lambda x: (x**3).sum()[None], key=KEY, samples=4000, sigma=0.5))(X).scores[0]
    # E[3 (x + e)^2] = 3 x^2 + 3 sigma^2
    np.testing.assert_allclose(scores, 3 * X**2 + 0.75, atol=0.3)
    assert abs(scores.mean() - (3 * X**2 + 0.75).mean()) < 0.05


def test_the_key_decides_the_noise():
    explain = jax.jit(lambda key: smoothgrad(network, key=key, samples=2, sigma=0.5)(X).scores)
    np.testing.assert_array_equal(explain(KEY), explain(KEY))
    assert jnp.abs(explain(KEY) - explain(jax.random.key(1))).max() > 1e-3
    each = jax.jit(jax.vmap(explain))(jax.random.split(KEY, 2))
    assert jnp.abs(each[0] - each[1]).max() > 1e-3


def test_it_is_the_mean_of_the_gradients_of_noisy_copies():
    scores = jax.jit(smoothgrad(network, key=KEY, samples=3, sigma=0.5))(X).scores
    noisy = [X + 0.5 * jax.random.normal(key, X.shape) for key in jax.random.split(KEY, 3)]
    expected = np.mean([jax.jacrev(network)(copy) for copy in noisy], axis=0)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)


def test_bad_options_are_refused():
    with pytest.raises(InputError, match="samples=0: must be at least 1"):
        smoothgrad(network, key=KEY, samples=0)
    with pytest.raises(InputError, match=r"sigma=-1\.0: must not be negative"):
        smoothgrad(network, key=KEY, sigma=-1.0)
