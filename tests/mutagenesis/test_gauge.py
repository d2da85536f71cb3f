import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.corrected_gradient import corrected_gradient
from genomics.errors import InputError
from genomics.mutagenesis.gauge import GAUGES, in_gauge
from genomics.mutagenesis.naive import ism

WEIGHTS = np.random.default_rng(0).normal(size=(6, 4, 2)).astype(np.float32)
SEQUENCE = jax.nn.one_hot(np.array([0, 2, 1, 3, 3, 0]), 4)


def linear(x):
    return jnp.einsum("lb,lbt->t", x, WEIGHTS)


def scores(gauge, x=SEQUENCE, predict=linear):
    return np.asarray(in_gauge(ism(predict), predict, gauge)(x).scores)


def test_centred_effects_of_a_linear_network_are_its_corrected_gradient():
    np.testing.assert_allclose(scores("centred"), corrected_gradient(linear)(SEQUENCE).scores, atol=1e-5)


def test_projected_effects_are_the_centred_ones_of_the_observed_bases():
    np.testing.assert_allclose(scores("projected"), scores("centred") * SEQUENCE, atol=1e-6)


def test_probabilities_and_log_odds_are_those_of_the_mutants():
    codes = np.argmax(SEQUENCE, -1)
    for position, base in [(0, 3), (4, 1), (5, 0)]:
        mutant = SEQUENCE.at[position].set(jax.nn.one_hot(base, 4))
        after, before = (np.asarray(jax.nn.sigmoid(linear(x)), np.float64) for x in (mutant, SEQUENCE))
        np.testing.assert_allclose(scores("probability")[:, position, base], after - before, atol=1e-6)
        odds = np.log2(after / (1 - after)) - np.log2(before / (1 - before))
        np.testing.assert_allclose(scores("log_odds")[:, position, base], odds, atol=1e-4)
    for gauge in ("delta", "log_odds", "probability"):
        assert np.all(scores(gauge)[:, np.arange(6), codes] == 0)


def test_log_odds_are_bounded():
    certain = lambda x: 100 * linear(x)  # noqa: E731
    assert np.abs(scores("log_odds", predict=certain)).max() <= 2 * np.log2(1e6) + 1e-3


@pytest.mark.parametrize("gauge", GAUGES)
def test_an_unknown_base_has_no_number_in_any_gauge(gauge):
    table = scores(gauge, SEQUENCE.at[2].set(0))
    assert np.isnan(table[:, 2]).all()
    assert np.isfinite(np.delete(table, 2, axis=1)).all()


def test_another_gauge_is_refused():
    with pytest.raises(InputError, match="gauge='loss': must be one of delta, centred"):
        in_gauge(ism(linear), linear, "loss")
