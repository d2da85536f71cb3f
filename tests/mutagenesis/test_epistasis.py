import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.epistasis import Pairs, epistasis, parse_pairs

LENGTH = 8
WEIGHTS = np.random.default_rng(0).normal(size=(LENGTH, 4, 2)).astype(np.float32)
CODES = np.array([0, 2, 1, 3, 3, 0, 4, 2])  # one unknown base
SEQUENCE = jax.nn.one_hot(CODES, 4)


def linear(x):
    return jnp.einsum("lb,lbt->t", x, WEIGHTS)


def product(x):
    """Positions 1 and 4 act together: one term, w(1, base) * w(4, base)."""
    return linear(x) + (x[1] @ WEIGHTS[1]) * (x[4] @ WEIGHTS[4])


def curved(x):
    return jnp.tanh(linear(x))


@pytest.mark.parametrize("pairs", ["all", "window:3", "top:4"])
def test_a_linear_network_has_no_epistasis(pairs):
    table = np.asarray(jax.jit(epistasis(linear, pairs))(SEQUENCE))
    assert np.nanmax(np.abs(table)) < 1e-5


def test_a_product_of_two_positions_is_their_epistasis_and_no_others():
    table = np.array(jax.jit(epistasis(product))(SEQUENCE))
    change = WEIGHTS - WEIGHTS[np.arange(LENGTH), np.minimum(CODES, 3)][:, None]
    expected = np.einsum("at,bt->tab", change[1], change[4])
    np.testing.assert_allclose(table[:, 1, :, 4], expected, atol=1e-5)
    table[:, 1, :, 4] = table[:, 4, :, 1] = 0
    assert np.nanmax(np.abs(table)) < 1e-5


@pytest.fixture(scope="module")
def table():
    """Of all pairs."""
    return np.asarray(jax.jit(epistasis(curved))(SEQUENCE))


def test_all_pairs_are_second_differences(table):
    predict = jax.jit(curved)

    def f(*substitutions):
        x = np.array(SEQUENCE)
        for position, base in substitutions:
            x[position] = np.eye(4)[base]
        return predict(x)

    for i, a, j, b in [(0, 1, 5, 3), (5, 3, 0, 1), (3, 0, 4, 1), (0, 0, 5, 3)]:
        expected = f((i, a), (j, b)) - f((i, a)) - f((j, b)) + f()
        np.testing.assert_allclose(table[:, i, a, j, b], expected, atol=1e-6)
    np.testing.assert_array_equal(table, table.transpose(0, 3, 4, 1, 2))


def test_nothing_stands_where_nothing_was_computed(table):
    blank = np.isnan(table).all((0, 2, 4))
    known = CODES != 4
    np.testing.assert_array_equal(blank, ~(known[:, None] & known & ~np.eye(LENGTH, dtype=bool)))
    assert np.all(table[:, 0, 0, 1] == 0)  # the reference base put in again


def test_chosen_pairs_are_those_of_all_pairs(table):
    near = np.asarray(jax.jit(epistasis(curved, "window:2"))(SEQUENCE))
    apart = np.abs(np.arange(LENGTH)[:, None] - np.arange(LENGTH)) > 2
    assert np.isnan(near[:, apart.nonzero()[0], :, apart.nonzero()[1]]).all()
    computed = ~np.isnan(near)
    np.testing.assert_allclose(near[computed], table[computed], atol=1e-6)
    top = np.asarray(jax.jit(epistasis(curved, "top:3"))(SEQUENCE))
    computed = ~np.isnan(top)
    assert computed.any((0, 2, 4)).sum() == 6
    np.testing.assert_allclose(top[computed], table[computed], atol=1e-6)


def test_pairs_are_read_and_refused():
    assert parse_pairs("window:12") == Pairs(window=12)
    assert parse_pairs("top:20") == Pairs(top=20)
    for text in ("window:0", "top:1", "top", "near:3", "window:-2", ""):
        with pytest.raises(InputError, match="must be all, window:W or top:K"):
            parse_pairs(text)
