import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genomics.errors import InputError
from genomics.evaluation.grading import Grades, gradable, grade, plain_grade

FIELDS = ("auroc", "auprc", "top_inside", "signal", "noise")


@st.composite
def graded(draw):
    """Small whole numbers, so that many bases tie, and any planted bases but none and all."""
    count, length = draw(st.integers(1, 4)), draw(st.integers(2, 12))
    importance = draw(arrays.arrays(np.float64, (count, length), elements=st.integers(0, 6)))
    planted = draw(arrays.arrays(np.bool_, (count, length)))
    planted[:, 0], planted[:, -1] = True, False
    return importance, planted


def values(grades: Grades):
    return np.array([getattr(grades, field) for field in FIELDS])


def test_grades_of_a_sequence_worked_out_by_hand():
    importance = np.array([[5.0, 3.0, 3.0, 1.0, 4.0]])
    planted = np.array([[True, True, False, False, False]])
    grades = grade(importance, planted)
    # 5 beats 3, 1 and 4; 3 ties with 3, beats 1, loses to 4.
    assert grades.auroc == [(3 + 1.5) / 6]
    # Of the threshold 5: recall 1/2 at precision 1; of 3, where 4 bases are retrieved: the other half at 2/4.
    assert grades.auprc == [0.5 * 1 + 0.5 * 0.5]
    assert grades.top_inside == [1]
    assert grades.signal == [4]
    assert grades.noise == [3.5]


@given(graded())
def test_grades_are_those_of_scikit_learn(case):
    np.testing.assert_allclose(values(grade(*case)), values(plain_grade(*case)), atol=1e-12)


@given(graded())
def test_only_the_order_counts_for_ranks(case):
    importance, planted = case
    bent = grade(importance**3 + 7 * importance, planted)
    for field in FIELDS[:3]:
        np.testing.assert_array_equal(getattr(bent, field), getattr(grade(importance, planted), field))


@given(graded())
def test_a_perfect_map_and_a_constant_one(case):
    _, planted = case
    perfect = grade(planted * 2.0, planted)
    for field in FIELDS[:3]:
        np.testing.assert_array_equal(getattr(perfect, field), 1)
    np.testing.assert_array_equal(perfect.noise, 0)
    constant = grade(np.full(planted.shape, 0.3), planted)
    np.testing.assert_array_equal(constant.auroc, 0.5)
    for chance in (constant.auprc, constant.top_inside):
        np.testing.assert_allclose(chance, planted.mean(1))
    np.testing.assert_allclose(constant.signal / constant.noise, 1)


@given(graded())
def test_a_map_turned_upside_down_has_the_opposite_order(case):
    importance, planted = case
    np.testing.assert_allclose(grade(10 - importance, planted).auroc, 1 - grade(importance, planted).auroc)


def test_single_precision_is_graded_as_it_is():
    rng = np.random.default_rng(0)
    importance, planted = rng.random((50, 200), np.float32), rng.random((50, 200)) < 0.1
    assert gradable(planted).all()
    np.testing.assert_allclose(values(grade(importance, planted)), values(plain_grade(importance, planted)), atol=1e-12)


@pytest.mark.parametrize("way", [grade, plain_grade])
@pytest.mark.parametrize("planted", [[False, False], [True, True]])
def test_what_cannot_be_graded_is_refused(way, planted):
    assert not gradable(np.array([planted]))
    with pytest.raises(InputError, match=r"sequence 0 .* has [02] planted bases"):
        way(np.ones((1, 2)), np.array([planted]))


@pytest.mark.parametrize("way", [grade, plain_grade])
def test_what_is_no_number_is_refused(way):
    with pytest.raises(InputError, match=r"sequence 1, position 0 .* finite"):
        way(np.array([[1.0, 2.0], [np.nan, 0.0]]), np.array([[True, False]] * 2))
