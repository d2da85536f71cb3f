import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from genomics.training.loss import count, mean_loss
from genomics.training.optimizer import rmsprop


@pytest.mark.parametrize("epsilon_in_root", [False, True])
def test_two_steps_of_rmsprop_are_keras_formula(epsilon_in_root):
    parameters, rate = np.array([1.0, -2.0, 0.5]), 0.01
    gradients = [np.array([0.3, -1e-9, 0.0]), np.array([-0.1, 2e-8, 5.0])]
    optimizer = rmsprop(rate, epsilon_in_root)
    found, state = jnp.asarray(parameters), optimizer.init(jnp.asarray(parameters))
    mean_square = np.zeros(3)
    for gradient in gradients:
        mean_square = 0.9 * mean_square + 0.1 * gradient**2
        root = np.sqrt(mean_square + 1e-7) if epsilon_in_root else np.sqrt(mean_square) + 1e-7
        parameters = parameters - rate * gradient / root
        updates, state = optimizer.update(jnp.asarray(gradient), state)
        found = optax.apply_updates(found, updates)
        np.testing.assert_allclose(found, parameters, rtol=2e-6)


@pytest.mark.parametrize(("epsilon_in_root", "first_step"), [(False, 3.0653e-4), (True, 3.1621196e-6)])
def test_a_small_gradient_tells_the_forms_of_keras_apart(epsilon_in_root, first_step):
    """What Keras 2.15's legacy class and its own (as Keras 3.15.1's) do in their first step at learning rate 1e-4."""
    optimizer = rmsprop(1e-4, epsilon_in_root)
    update, _ = optimizer.update(jnp.array([1e-5]), optimizer.init(jnp.zeros(1)))
    np.testing.assert_allclose(-np.asarray(update), first_step, rtol=1e-4)


def test_binary_cross_entropy_on_paper():
    # p = .5 costs ln 2; p = .75 costs -ln .75 for a positive and -ln .25 for a negative.
    logit = np.log(3.0)
    counts = count(jnp.array([[0.0, logit], [logit, logit]]), jnp.array([[1.0, 1.0], [0.0, 1.0]]), jnp.ones(2))
    np.testing.assert_allclose(counts.loss, [np.log(2) + np.log(4), 2 * np.log(4 / 3)], rtol=1e-6)
    np.testing.assert_allclose(mean_loss(counts), (np.log(2) + np.log(4) + 2 * np.log(4 / 3)) / 4, rtol=1e-6)
    # A logit of exactly 0 is p = .5, which is not above .5: a negative call.
    np.testing.assert_array_equal(counts.correct, [0, 2])


def test_padding_counts_for_nothing():
    logits, labels = jnp.array([[1.0], [1e4]]), jnp.array([[1.0], [0.0]])
    padded, alone = count(logits, labels, jnp.array([1.0, 0.0])), count(logits[:1], labels[:1], jnp.ones(1))
    for a, b in zip(jax.tree.leaves(padded), jax.tree.leaves(alone), strict=True):
        np.testing.assert_allclose(a, b)
