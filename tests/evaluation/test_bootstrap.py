import numpy as np
import pytest
from scipy import stats

from genomics.errors import InputError
from genomics.evaluation import bootstrap
from genomics.evaluation.bootstrap import bootstrap_means, interval


def test_the_interval_is_scipy_s_percentile_interval():
    values = np.random.default_rng(0).exponential(size=60)
    found = interval(values.mean(), bootstrap_means(values[:, None], draws=20_000)[:, 0])
    rng = np.random.default_rng(1)
    expected = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=rng)
    np.testing.assert_allclose(found[1:], expected.confidence_interval, rtol=0.01)
    assert found[0] == values.mean()


def test_all_quantities_are_of_the_same_drawn_sequences():
    values = np.random.default_rng(0).normal(size=(30, 1))
    drawn = bootstrap_means(np.hstack([values, values + 2, np.ones_like(values)]), draws=50)
    np.testing.assert_allclose(drawn[:, 1] - drawn[:, 0], 2)
    np.testing.assert_allclose(drawn[:, 2], 1)


def test_draws_depend_on_the_seed_and_not_on_the_memory(monkeypatch):
    values = np.random.default_rng(0).normal(size=(7, 2))
    one = bootstrap_means(values, draws=40, seed=3)
    np.testing.assert_array_equal(bootstrap_means(values, draws=40, seed=3), one)
    assert np.abs(bootstrap_means(values, draws=40, seed=4) - one).max() > 0
    monkeypatch.setattr(bootstrap, "_MOST_COUNTS", 21)
    np.testing.assert_allclose(bootstrap_means(values, draws=40, seed=3), one)


def test_one_sequence_has_an_interval_without_width():
    assert interval(4.0, bootstrap_means(np.array([[4.0]]), draws=10)[:, 0]) == (4, 4, 4)


def test_what_is_no_number_has_no_interval():
    assert np.isnan(interval(float("nan"), np.ones(3))).all()
    assert np.isnan(interval(float("inf"), np.ones(3))).all()
    with pytest.raises(InputError, match="no sequence"):
        bootstrap_means(np.zeros((0, 2)))


def test_draws_without_a_finite_ratio_leave_an_end_open():
    drawn = np.concatenate([np.ones(900), np.full(100, np.inf)])
    value, low, high = interval(1.0, drawn)
    assert (value, low) == (1.0, 1.0)
    assert not np.isfinite(high)
