import numpy as np
import pytest
from scipy import stats

from genomics.evaluation.measured import agreement, sign_accuracy, top_half_accuracy, zero_where_tiny


def test_measures_are_those_on_paper():
    values = np.array([1.0, 1.0, -1.0, -1.0, 1.0])
    effects = np.array([0.5, -3.0, -2.0, 0.0, 0.1])
    # Right, wrong, right, a zero, right; the larger half of five is two: a wrong one and a right one.
    assert sign_accuracy(effects, values) == pytest.approx(3.5 / 5)
    assert top_half_accuracy(effects, values) == pytest.approx(0.5)


def test_correlations_are_scipy_s():
    rng = np.random.default_rng(0)
    values, effects = rng.normal(size=(2, 40)).round(1)
    found = agreement({"a": effects}, values, draws=20)["a"]["itself"]
    assert found["pearson"][0] == pytest.approx(stats.pearsonr(effects, values)[0])
    assert found["spearman"][0] == pytest.approx(stats.spearmanr(effects, values)[0])
    assert found["pearson"][1] < found["pearson"][0] < found["pearson"][2]


def test_differences_are_paired():
    """A prediction and its copy differ by nothing in every draw, however wide their own intervals are."""
    rng = np.random.default_rng(1)
    values, effects = rng.normal(size=(2, 30))
    found = agreement({"one": effects, "copy": effects.copy()}, values, against="copy", draws=50)
    assert all(minus == (0, 0, 0) for minus in found["one"]["minus"].values())
    assert "minus" not in found["copy"]
    assert found["one"]["itself"]["sign"][1] < found["one"]["itself"]["sign"][2]


def test_what_is_not_finite_has_no_grade():
    values = np.ones(4)
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            agreement({"a": np.array([1.0, bad, 1, 1])}, values)
    constant = agreement({"a": np.ones(4)}, values, draws=5)["a"]["itself"]
    assert np.isnan(constant["pearson"]).all()
    assert constant["sign"] == (1, 1, 1)


def test_rounding_has_no_sign():
    np.testing.assert_array_equal(zero_where_tiny(np.array([5e-7, -5e-7, 2e-6])), [0, 0, 2e-6])
