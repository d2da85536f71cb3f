import jax.numpy as jnp
import numpy as np

from genomics.interpretation.turned import turned
from genomics.mutagenesis.epistasis import epistasis
from genomics.mutagenesis.indels import deletions, insertions

L = 7
WEIGHTS = jnp.asarray(np.random.default_rng(0).normal(size=(L, 4)), jnp.float32)
REVERSE = np.array([False, True])


def predict(x):
    return jnp.stack([jnp.tanh((WEIGHTS * x).sum() * x[2, 1] + x[4, 3])])


def other_strand(x):
    """The same network asked about the other strand: what is told for the plus strand must be its."""
    return predict(x[::-1, ::-1])


def both(name, of):
    """Results for one sequence and for its reverse complement, and for it by the network of the other strand."""
    x = jnp.eye(4)[jnp.array([0, 1, 2, 3, 1, 1, 2])]
    read = np.asarray(of(predict, x[::-1, ::-1]))[None]
    own = np.asarray(of(predict, x))[None]
    found = turned({name: np.concatenate([own, read])}, REVERSE)[name]
    np.testing.assert_array_equal(found[0], own[0])
    return found[1], np.asarray(of(other_strand, x))


def test_deletions_are_those_of_the_other_strand():
    found, expected = both("deletions", lambda network, x: deletions(network, x, 3))
    # What moves up to a deletion comes from the other side: only where nothing moves are both the same.
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    read = np.asarray(deletions(predict, jnp.eye(4)[jnp.array([0, 1, 2, 3, 1, 1, 2])][::-1, ::-1], 3))
    assert found[0, 1, 2] == read[0, L - 1 - 3, 2]
    assert found[0, 6, 0] == read[0, 0, 0]


def test_insertions_stand_between_the_same_bases():
    found, _ = both("insertions", lambda network, x: insertions(network, x, jnp.array([[0, 1]])))
    read = np.asarray(
        insertions(predict, jnp.eye(4)[jnp.array([0, 1, 2, 3, 1, 1, 2])][::-1, ::-1], jnp.array([[0, 1]]))
    )
    assert np.isnan(found[0, 0]).all()
    np.testing.assert_array_equal(found[0, 2], read[0, L - 2])


def test_pairs_are_those_of_the_other_strand():
    found, expected = both("scores", lambda network, x: epistasis(network)(x))
    assert np.nanmax(np.abs(expected)) > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_runs_along_no_sequence_stays():
    arrays = {"residual": np.arange(2.0)[:, None], "layer_scores": np.random.default_rng(0).normal(size=(2, 1, L, 4))}
    found = turned(arrays, REVERSE)
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
