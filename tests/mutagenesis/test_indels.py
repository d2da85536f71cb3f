import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.indels import STRINGS, deletions, insertions, random_strings

CODES = np.random.default_rng(0).integers(0, 4, 12)
SEQUENCE = jax.nn.one_hot(CODES, 4)
WEIGHTS = np.random.default_rng(1).normal(size=(12, 4, 2)).astype(np.float32)


def network(x):
    return jnp.tanh(jnp.einsum("lb,lbt->t", x, WEIGHTS) / 4)


@pytest.mark.parametrize("flank", [None, [3, 1, 0]])
def test_deletions_are_refilled_from_the_right(flank):
    rows = None if flank is None else jax.nn.one_hot(jnp.array(flank), 4)
    effects = np.asarray(deletions(network, SEQUENCE, 3, rows))
    refill = [4, 4, 4] if flank is None else flank
    for position, count in [(0, 1), (4, 3), (9, 3), (11, 1)]:
        codes = [*CODES[:position], *CODES[position + count :], *refill[:count]]
        expected = network(jax.nn.one_hot(np.array(codes), 4)) - network(SEQUENCE)
        np.testing.assert_allclose(effects[:, position, count - 1], expected, atol=1e-6)
    assert np.isnan(effects[:, 10, 2]).all()
    assert np.isnan(effects).sum() == 2 * 3


def test_insertions_are_means_over_random_strings_and_push_the_end_out():
    strings = random_strings(2, seed=1)
    assert strings.shape == (STRINGS, 2)
    effects = insertions(network, SEQUENCE, strings)
    for position, count in [(0, 2), (5, 1), (11, 2)]:
        after = []
        for string in np.asarray(strings):
            codes = np.concatenate([CODES[:position], string[:count], CODES[position:]])[:12]
            after.append(network(jax.nn.one_hot(codes, 4)))
        expected = np.mean(after, axis=0) - network(SEQUENCE)
        np.testing.assert_allclose(effects[:, position, count - 1], expected, atol=1e-6)


def test_strings_are_those_of_their_seed():
    np.testing.assert_array_equal(random_strings(4, seed=3), random_strings(4, seed=3))
    assert (random_strings(4, seed=3) != random_strings(4, seed=4)).any()


def test_indels_of_impossible_lengths_are_refused():
    for longest in (0, 12):
        with pytest.raises(InputError, match=f"max_indel={longest}"):
            deletions(network, SEQUENCE, longest)
    with pytest.raises(InputError, match="flank of 2 bases"):
        deletions(network, SEQUENCE, 3, jnp.zeros((2, 4)))
