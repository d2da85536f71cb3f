"""Two alleles compared: on paper, against scipy, and where profiles are nearly equal or positions are lost."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from genomics.lenses.pairs import (
    aligned,
    expected_coverage,
    jensen_shannon,
    log2_fold_change,
    mean_log_counts,
    renormalised,
)


def test_fold_changes_and_means_of_counts():
    counts = jnp.log(jnp.array([3.0, 12.0]))
    assert log2_fold_change(counts[0], counts[1]) == pytest.approx(2, rel=1e-6)
    assert mean_log_counts(counts[0], counts[1]) == pytest.approx(np.log(7.5), rel=1e-6)
    assert mean_log_counts(jnp.array(200.0), jnp.array(200.0)) == pytest.approx(200)  # e^200 is no float32


def test_distances_on_paper():
    p, q = jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0])
    assert jensen_shannon(p, q) == pytest.approx(1)
    assert jensen_shannon(p, p) == 0
    # m = (3/4, 1/4): (log2(4/3) + log2(2/3)/2 + log2(2)/2) / 2.
    half = jnp.array([0.5, 0.5])
    expected = np.sqrt((np.log2(4 / 3) + np.log2(2 / 3) / 2 + np.log2(2) / 2) / 2)
    assert jensen_shannon(p, half) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("change", [3.0, 0.3, 1e-2, 1e-4])
def test_distances_agree_with_scipy(change):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(1000, 2)) * 2
    p, q = (np.exp(each) / np.exp(each).sum(0) for each in (y, y + change * rng.normal(size=y.shape)))
    found = jensen_shannon(jnp.asarray(p, jnp.float32), jnp.asarray(q, jnp.float32))
    expected = jensenshannon(p, q, base=2, axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(found, expected, rtol=3e-3)


def test_nearly_equal_profiles_have_a_distance_and_nan_stays():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(1000)).astype(np.float32)
    q = np.nextafter(p, 1)
    assert 0 <= jensen_shannon(jnp.asarray(p), jnp.asarray(q)) < 1e-6
    assert np.isnan(jensen_shannon(jnp.asarray(p).at[3].set(jnp.nan), jnp.asarray(q)))
    assert jensen_shannon(jnp.array([0.0, 1.0]), jnp.array([0.0, 1.0])) == 0


def kept_pairs(place, reference, alternative, positions):
    index, kept = aligned(place, jnp.array(reference), jnp.array(alternative), positions)
    return [(i, int(index[i])) for i in range(positions) if kept[i]]


@pytest.mark.parametrize(
    ("reference", "alternative", "expected"),
    [
        (1, 1, [(i, i) for i in range(6)]),
        (3, 3, [(i, i) for i in range(6)]),
        (3, 1, [(0, 0), (1, 1), (2, 2), (5, 3)]),  # 3 and 4 are deleted; behind, alt 4 and 5 are beyond ref's end
        (1, 3, [(0, 0), (1, 1), (2, 2), (3, 5)]),  # alt 3 and 4 are inserted
        (2, 1, [(0, 0), (1, 1), (2, 2), (4, 3), (5, 4)]),
        (1, 9, [(0, 0), (1, 1), (2, 2)]),
    ],
)
def test_positions_that_both_alleles_have(reference, alternative, expected):
    assert kept_pairs(2, reference, alternative, 6) == expected


def test_an_allele_before_the_profile_shifts_all_of_it():
    assert kept_pairs(-4, 3, 1, 5) == [(2, 0), (3, 1), (4, 2)]
    assert kept_pairs(-4, 1, 3, 5) == [(0, 2), (1, 3), (2, 4)]
    assert kept_pairs(9, 3, 1, 5) == [(i, i) for i in range(5)]


def test_what_is_kept_has_sum_1():
    profile = jnp.array([[0.1, 0.7], [0.4, 0.2], [0.5, 0.1]])
    found = renormalised(profile, jnp.array([True, False, True]))
    np.testing.assert_allclose(found, [[1 / 6, 7 / 8], [0, 0], [5 / 6, 1 / 8]], rtol=1e-6)


def test_expected_coverage():
    logits = jnp.log(jnp.array([[1.0, 2.0], [3.0, 2.0]]))
    joint = expected_coverage(logits, jnp.log(jnp.array([80.0])))
    np.testing.assert_allclose(joint, [[10, 20], [30, 20]], rtol=1e-5)
    each = expected_coverage(logits, jnp.log(jnp.array([80.0, 10.0])))
    np.testing.assert_allclose(each, [[20, 5], [60, 5]], rtol=1e-5)
