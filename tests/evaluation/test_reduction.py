import jax.numpy as jnp
import numpy as np
import pytest

from genomics.evaluation.reduction import magnitude, per_base

X = np.eye(4, dtype=np.float32)[[0, 2, 3]]  # A G T
SCORES = np.array([[[1, -5, 2, 0], [0, 0, 4, -8], [3, 3, 3, 3]]], np.float32)


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("total", [-2, -4, 12]), ("contrast", [1 + 1, 4 + 8 / 3, 0]), ("observed", [1, 4, 3])],
)
def test_one_number_a_base(reading, expected):
    np.testing.assert_allclose(per_base(reading, SCORES, X), [expected], rtol=1e-6)
    np.testing.assert_allclose(per_base(reading, jnp.asarray(SCORES), jnp.asarray(X)), [expected], rtol=1e-6)


def test_sequences_and_tasks_lead():
    many = np.stack([SCORES, -SCORES])[:, [0, 0]]  # two sequences, two tasks
    assert per_base("contrast", many, np.stack([X, X])[:, None]).shape == (2, 2, 3)


def test_mutation_effects_do_not_depend_on_their_zero():
    effects = np.array([[0.0, -2.0, -1.0, -4.0]] * 3)
    centred = effects - effects.mean(-1, keepdims=True)
    np.testing.assert_allclose(per_base("contrast", effects, X), per_base("contrast", centred, X))


def test_where_a_method_has_no_number_there_is_none():
    scores, x = SCORES.copy(), X.copy()
    scores[:, 1], x[1] = np.nan, 0
    np.testing.assert_array_equal(np.isnan(per_base("contrast", scores, x)), [[False, True, False]])
    assert per_base("total", SCORES * x, x)[0, 1] == 0  # contributions of an N


def test_the_magnitude_is_a_length_in_any_direction():
    scores = np.array([[3.0, 0.0, -4.0, 0.0]])
    for base in range(4):
        assert magnitude(scores, np.eye(4)[[base]])[0] == 5
    assert magnitude(jnp.asarray(scores), X[:1])[0] == 5


def test_what_adds_up_to_a_difference_still_does():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(2, 3, 4))
    np.testing.assert_allclose(per_base("total", scores, X).sum(-1), scores.sum((1, 2)))
