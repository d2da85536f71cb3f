import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.gradients import logits_and_gradients
from genomics.errors import InputError


def gradient_of(function, x):
    return np.asarray(logits_and_gradients(lambda x: function(x).reshape(1), jnp.array(x))[1][0])


def test_all_tasks_equal_the_jacobian():
    w = jax.random.normal(jax.random.key(0), (20, 3))

    def predict(x):
        return jnp.tanh(x.reshape(-1) @ w)

    x = jax.random.normal(jax.random.key(1), (5, 4))
    logits, gradients = logits_and_gradients(predict, x)
    np.testing.assert_allclose(logits, predict(x), rtol=1e-6)
    np.testing.assert_allclose(gradients, jax.jacrev(predict)(x), rtol=1e-6)


def test_derivative_at_zero_is_the_functions_own():
    assert gradient_of(lambda x: jax.nn.relu(x).sum(), [-1.0, 0.0, 1.0]).tolist() == [0, 0, 1]
    assert gradient_of(lambda x: jnp.maximum(x, 0).sum(), [-1.0, 0.0, 1.0]).tolist() == [0, 0.5, 1]


def test_of_tied_values_a_pool_takes_the_first_and_a_global_maximum_all():
    def pool(x):
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (3,), (3,), "VALID").sum()

    assert gradient_of(pool, [1.0, 2.0, 2.0, 0.0, 0.0, 0.0]).tolist() == [0, 1, 0, 1, 0, 0]
    assert gradient_of(jnp.max, [1.0, 2.0, 2.0]).tolist() == [0, 0.5, 0.5]


def test_a_network_that_does_not_return_a_vector_is_refused():
    with pytest.raises(InputError, match=r"shape \(T,\) for one sequence, it returned \(\)"):
        logits_and_gradients(jnp.sum, jnp.ones((5, 4)))
