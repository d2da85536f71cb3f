import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.naive import ism

WEIGHTS = jax.random.normal(jax.random.key(0), (12, 4, 2))
SEQUENCE = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (12,), 0, 4), 4)


def linear(x):
    return jnp.einsum("lb,lbt->t", x, WEIGHTS) + 1.0


def curved(x):
    return jnp.tanh(linear(x) / 4)


def test_a_linear_models_effects_are_differences_of_its_weights():
    scores = jax.jit(ism(linear))(SEQUENCE).scores
    codes = np.argmax(SEQUENCE, -1)
    expected = WEIGHTS - WEIGHTS[np.arange(12), codes][:, None]
    np.testing.assert_allclose(scores, np.moveaxis(expected, -1, 0), atol=1e-5)


@pytest.mark.parametrize("batch_size", [None, 1, 5, 36, 1000])
def test_every_score_is_the_difference_of_two_predictions(batch_size):
    scores = np.asarray(jax.jit(ism(curved, batch_size))(SEQUENCE).scores)
    codes, predict = np.argmax(SEQUENCE, -1), jax.jit(curved)
    for position in range(12):
        for base in range(4):
            mutant = np.array(SEQUENCE)
            mutant[position] = np.eye(4)[base]
            expected = predict(mutant) - predict(SEQUENCE)
            np.testing.assert_allclose(scores[:, position, base], expected, atol=1e-6)
    assert np.all(scores[:, np.arange(12), codes] == 0)


def test_an_unknown_base_has_no_effects_and_does_not_touch_the_others():
    unknown = SEQUENCE.at[3].set(0)
    effects = jax.jit(ism(linear))
    scores = np.asarray(effects(unknown).scores)
    assert np.isnan(scores[:, 3]).all()
    others = np.arange(12) != 3
    np.testing.assert_allclose(scores[:, others], np.asarray(effects(SEQUENCE).scores)[:, others], atol=1e-5)


def test_it_composes_with_vmap_over_sequences_and_over_parameters():
    batch = jnp.stack([SEQUENCE, SEQUENCE[::-1]])
    together = jax.jit(jax.vmap(ism(curved, 7)))(batch).scores
    assert together.shape == (2, 2, 12, 4)
    np.testing.assert_allclose(together[1], jax.jit(ism(curved))(batch[1]).scores, atol=1e-6)

    def of_weights(weights):
        return ism(lambda x: jnp.einsum("lb,lbt->t", x, weights))(SEQUENCE).scores

    replicates = jnp.stack([WEIGHTS, 2 * WEIGHTS])
    np.testing.assert_allclose(
        jax.jit(jax.vmap(of_weights))(replicates)[1], 2 * jax.jit(of_weights)(WEIGHTS), atol=1e-5
    )


def test_a_batch_size_below_one_is_refused():
    with pytest.raises(InputError, match="batch_size=0"):
        ism(linear, 0)
