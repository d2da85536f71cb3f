import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from genomics.evaluation.randomization import cascade, redrawn, similarity, spearman
from genomics.tracing.parameters import parameter_layers

LENGTH = 8


def plain_spearman(a, b):
    known = ~(np.isnan(a) | np.isnan(b))
    constant = any(len(set(values[known].tolist())) < 2 for values in (a, b))
    return np.nan if constant else spearmanr(a[known], b[known]).statistic


VALUES = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0, float("nan")]), min_size=10, max_size=10)


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_correlations_are_scipys(a, b):
    a, b = np.array(a, np.float32), np.array(b, np.float32)
    expected = plain_spearman(a, b), plain_spearman(abs(a), abs(b))
    np.testing.assert_allclose(similarity(jnp.asarray(a), jnp.asarray(b)), expected, atol=1e-6)


def test_many_maps_at_once_are_scipys():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 6, 2, 300)).astype(np.float32)
    a[0, 0] = 1  # constant
    b[1] = a[1]
    expected = [[plain_spearman(*maps) for maps in zip(*rows, strict=True)] for rows in zip(a, b, strict=True)]
    found = spearman(jnp.asarray(a), jnp.asarray(b))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.isnan(found[0, 0])
    np.testing.assert_allclose(found[1], 1, atol=3e-7)  # equal maps


def test_redrawing_permutes_each_array_and_each_network_within_itself():
    leaves = [jnp.arange(24.0).reshape(3, 2, 4), jnp.int32([1, 2, 3]), jnp.arange(12.0).reshape(3, 4)]
    whole = redrawn(leaves, (0,))
    apart = redrawn(leaves, (0,), replicates=3)
    for old, new, own in zip(leaves, whole, apart, strict=True):
        assert old.shape == new.shape == own.shape
        assert sorted(old.ravel()) == sorted(new.ravel())
        assert np.array_equal(old.reshape(3, -1), np.sort(own.reshape(3, -1), 1))
    assert not np.array_equal(leaves[0], whole[0])
    assert np.array_equal(leaves[1], whole[1])  # a counter
    assert all(np.array_equal(a, b) for a, b in zip(whole, redrawn(leaves, (0,)), strict=True))
    assert not np.array_equal(whole[0], redrawn(leaves, (1,))[0])
    alike = redrawn([leaves[0], leaves[0]], (0,))
    assert not np.array_equal(*alike)


@pytest.fixture(scope="module")
def network():
    rng = np.random.default_rng(0)
    parameters = {"z_first": rng.normal(size=(4, 3)), "m_bias": rng.normal(size=3), "a_top": rng.normal(size=(24, 2))}
    parameters = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), parameters)
    x = jax.nn.one_hot(rng.integers(0, 4, (5, LENGTH)), 4)
    return parameters, x


def linear(parameters, x):
    """Two linear layers; the gradient is their product."""
    return ((x @ parameters["z_first"]) + parameters["m_bias"]).reshape(-1) @ parameters["a_top"]


def gradient_x_input(parameters, batch):
    gradients = jax.vmap(jax.jacobian(linear, 1), (None, 0))(parameters, batch)  # (B, T, L, 4)
    return (gradients * batch[:, None]).sum(-1)


def by_hand(parameters, x):
    """The same map on paper: position l and base a contribute the product of their row and block of weights."""
    top = np.asarray(parameters["a_top"]).reshape(LENGTH, 3, 2)
    return np.einsum("la,ac,lct->tl", np.asarray(x), np.asarray(parameters["z_first"]), top)


def test_a_linear_network_on_paper(network):
    parameters, x = network
    layers = parameter_layers(linear, parameters, x[0])
    batches = [(x[:3], 3), (x[jnp.array([3, 4, 4])], 2)]  # the last batch is filled up
    found = cascade(jax.jit(gradient_x_input), parameters, layers, batches, draws=2, seed=5)
    assert found.layers == ("none", "dense_2", "dense_1")
    assert found.signed.shape == found.absolute.shape == (3, 2, 5, 2)
    np.testing.assert_allclose(found.signed[0], 1, atol=1e-6)
    for draw in range(2):
        leaves, structure = jax.tree.flatten(parameters)  # a_top, m_bias, z_first
        fresh = redrawn(leaves, (5, draw))
        for stage, mixed in ((1, [fresh[0], *leaves[1:]]), (2, fresh)):
            own = jax.tree.unflatten(structure, mixed)
            for row in range(5):
                old, new = by_hand(parameters, x[row]), by_hand(own, x[row])
                for task in range(2):
                    place = stage, draw, row, task
                    assert found.signed[place] == pytest.approx(plain_spearman(old[task], new[task]), abs=1e-5)
                    expected = plain_spearman(abs(old[task]), abs(new[task]))
                    assert found.absolute[place] == pytest.approx(expected, abs=1e-5)


def test_a_map_that_ignores_the_parameters_stays_and_one_draw_is_not_another(network):
    parameters, x = network
    layers = parameter_layers(linear, parameters, x[0])

    def position(_, batch):
        return jnp.broadcast_to(jnp.arange(LENGTH) * 1.0 - 3, (len(batch), 2, LENGTH))

    stays = cascade(position, parameters, layers, [(x, 5)], draws=3, seed=0)
    np.testing.assert_allclose([stays.signed, stays.absolute], 1, atol=1e-6)
    advanced = []
    changes = cascade(jax.jit(gradient_x_input), parameters, layers, [(x, 5)], draws=3, seed=0, advance=advanced.append)
    assert advanced == [5] * 3 * 2
    assert len({row.tobytes() for row in changes.signed[1]}) == 3
    again = cascade(jax.jit(gradient_x_input), parameters, layers, [(x, 5)], draws=2, seed=0)
    np.testing.assert_array_equal(again.signed, changes.signed[:, :2])  # draws do not depend on their number
    other = cascade(jax.jit(gradient_x_input), parameters, layers, [(x, 5)], draws=2, seed=1)
    assert not np.array_equal(again.signed, other.signed)
