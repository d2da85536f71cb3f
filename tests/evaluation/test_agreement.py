import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from genomics.evaluation.agreement import pearson, spearman

_MAPS = arrays.arrays(np.float64, (3, 6), elements=st.integers(-4, 4))


@given(_MAPS, _MAPS)
def test_correlations_are_those_of_scipy(one, other):
    one[:, :2], other[:, 1:3] = (0, 1), (3, 0)
    for own, reference in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        expected = [reference(a, b).statistic for a, b in zip(one, other, strict=True)]
        np.testing.assert_allclose(own(one, other), expected, atol=1e-12)


def test_a_constant_map_agrees_with_nothing():
    maps = np.array([[1.0, 2.0, 4.0]] * 2)
    for correlation in (pearson, spearman):
        np.testing.assert_array_equal(correlation(maps, np.full((2, 3), 0.1)), 0)
        np.testing.assert_array_equal(correlation(maps, np.array([[0, 0, 0], [3, 2, 1]]))[0], 0)
    np.testing.assert_allclose(spearman(maps, -(maps**3)), -1)
