import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.expected_gradients import expected_gradients
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.errors import InputError

RANDOM = np.random.default_rng(0)
WEIGHTS = RANDOM.normal(size=(24, 3)).astype(np.float32) / 3
X = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 4]), 4)
REFERENCES = jax.nn.one_hot(RANDOM.integers(0, 4, (5, 6)), 4)
KEY = jax.random.key(0)


def network(x):
    return jnp.tanh(x.reshape(-1) @ WEIGHTS)


def test_in_expectation_it_is_integrated_gradients_of_all_references_and_complete():
    scores = jax.jit(expected_gradients(network, references=REFERENCES, key=KEY, samples=4000))(X).scores
    expected = jax.jit(integrated_gradients(network, reference=REFERENCES, steps=50))(X).scores
    np.testing.assert_allclose(scores, expected, atol=0.03)
    difference = network(X) - jax.vmap(network)(REFERENCES).mean(0)
    np.testing.assert_allclose(scores.sum((1, 2)), difference, atol=0.03)


def test_of_a_linear_network_with_one_reference_one_sample_is_exact():
    def linear(x):
        return x.reshape(-1) @ WEIGHTS + 2

    scores = jax.jit(expected_gradients(linear, references=REFERENCES[:1], key=KEY, samples=1))(X).scores
    np.testing.assert_allclose(scores, WEIGHTS.T.reshape(3, 6, 4) * (X - REFERENCES[0]), atol=1e-6)


def test_the_error_falls_with_the_root_of_the_samples():
    def errors(samples):
        def total(key):
            scores = expected_gradients(network, references=REFERENCES, key=key, samples=samples)(X).scores
            return scores.sum((1, 2))

        totals = jax.jit(jax.vmap(total))(jax.random.split(KEY, 300))
        return np.std(totals, axis=0)

    np.testing.assert_allclose(errors(2) / errors(32), 4, rtol=0.2)


def test_bad_options_are_refused():
    with pytest.raises(InputError, match="samples=0: must be at least 1"):
        expected_gradients(network, references=REFERENCES, key=KEY, samples=0)
    with pytest.raises(InputError, match=r"references of shape \(5, 5, 4\): must be \(K, 6, 4\)"):
        expected_gradients(network, references=REFERENCES[:, 1:], key=KEY)(X)
