import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.ablation import ablation, window_shuffles

CODES = np.random.default_rng(0).integers(0, 4, 30).astype(np.uint8)
WEIGHTS = np.random.default_rng(1).normal(size=(30, 4, 2)).astype(np.float32)


def network(x):
    return jnp.tanh(jnp.einsum("lb,lbt->t", x, WEIGHTS) / 4)


def composition(x):
    """Sees dinucleotides and not their places."""
    return jnp.einsum("la,lb->ab", x[:-1], x[1:]).reshape(-1)[:3] ** 2


@pytest.fixture(scope="module")
def shuffles():
    return window_shuffles(CODES, 9, 5, np.random.default_rng(2))


def test_each_score_is_the_mean_loss_over_the_windows_shuffles(shuffles):
    x = jax.nn.one_hot(CODES, 4)
    scores = ablation(network, x, shuffles).scores
    for position, first in [(0, 0), (3, 0), (10, 6), (29, 21)]:
        after = []
        for own in shuffles[position]:
            codes = CODES.copy()
            codes[first : first + 9] = own
            after.append(network(jax.nn.one_hot(codes, 4)))
        expected = network(x) - np.mean(after, axis=0)
        np.testing.assert_allclose(scores[:, position, CODES[position]], expected, atol=1e-6)
    assert np.count_nonzero(scores) <= 2 * 30


def test_a_network_that_counts_dinucleotides_loses_nothing(shuffles):
    # A shuffle keeps the first and the last base of its window, so the dinucleotides across its ends stay too.
    scores = ablation(composition, jax.nn.one_hot(CODES, 4), shuffles).scores
    np.testing.assert_allclose(scores, 0, atol=1e-4)


def test_the_same_chance_gives_the_same_shuffles():
    one, other = (window_shuffles(CODES, 5, 2, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("width", [0, 31])
def test_windows_longer_than_the_sequence_are_refused(width):
    with pytest.raises(InputError, match=f"ablation width {width}"):
        window_shuffles(CODES, width, 1, np.random.default_rng(0))
