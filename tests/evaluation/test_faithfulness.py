import numpy as np
import pytest

from genomics.evaluation.faithfulness import FRACTIONS, Curves, Replacements, curves, gains, ranks, replacements

LENGTH, TASKS = 40, 2
BASES = np.random.default_rng(0).integers(0, 4, (3, LENGTH)).astype(np.uint8)
WEIGHTS = np.random.default_rng(1).normal(size=(TASKS, LENGTH, 4))


def linear(codes, _=None):
    """Two tasks, each a sum of what every base is worth in its place."""
    return WEIGHTS[:, np.arange(LENGTH), codes].sum(-1).T


def test_shuffles_keep_the_composition_and_orders_are_orders():
    drawn = replacements(BASES, seed=0, count=5)
    assert drawn.bases.shape == drawn.order.shape == (3, 5, LENGTH)
    for row in range(3):
        for shuffled in drawn.bases[row]:
            np.testing.assert_array_equal(np.bincount(shuffled, minlength=4), np.bincount(BASES[row], minlength=4))
    np.testing.assert_array_equal(np.sort(drawn.order), np.broadcast_to(np.arange(LENGTH), (3, 5, LENGTH)))
    assert len({order.tobytes() for order in drawn.order.reshape(-1, LENGTH)}) == 15


def test_draws_are_each_sequence_s_own():
    few, all_ = replacements(BASES[:2], seed=3), replacements(BASES, seed=3)
    np.testing.assert_array_equal(few.bases, all_.bases[:2])
    np.testing.assert_array_equal(few.order, all_.order[:2])
    assert (replacements(BASES, seed=4).bases != all_.bases).any()


def test_ranks_go_by_importance_and_ties_by_the_random_order():
    order = np.array([[[2, 0, 3, 1], [0, 1, 2, 3]]])
    np.testing.assert_array_equal(ranks(np.array([[1.0, 5.0, 1.0, 3.0]]), order), [[[2, 0, 3, 1], [2, 0, 3, 1]]])
    np.testing.assert_array_equal(ranks(np.array([[0.0, 5.0, 0.0, 0.0]]), order), [[[2, 0, 3, 1], [1, 0, 2, 3]]])
    np.testing.assert_array_equal(ranks(np.ones((1, 4)), order), order)


def test_curves_of_a_sum_worked_out_by_hand():
    """Four bases worth 4, 3, 2, 1; every replacement is worth 0."""
    worth = np.array([4.0, 3.0, 2.0, 1.0])
    bases, zeros = np.ones((1, 4), np.uint8), np.zeros((1, 1, 4), np.uint8)
    drawn = Replacements(bases=zeros, order=np.array([[[3, 2, 1, 0]]]))
    predict = lambda codes, _: (codes * worth).sum(1, keepdims=True)  # noqa: E731
    own = curves(predict, bases, drawn, ranks(worth[None], drawn.order)).of_task(0)
    shares = [0, 5, 10, 15, 20]  # 0, 1, 2, 3, 4 bases
    np.testing.assert_array_equal(own.deletion[0, shares], [10, 6, 3, 1, 0])
    np.testing.assert_array_equal(own.insertion[0, shares], [0, 4, 7, 9, 10])
    # The worst order: smallest first.
    worst = curves(predict, bases, drawn, drawn.order).of_task(0)
    np.testing.assert_array_equal(worst.deletion[0, shares], [10, 9, 7, 4, 0])
    deletion, insertion = gains(own, worst)
    np.testing.assert_allclose(deletion, insertion)
    assert deletion[0] == pytest.approx(np.trapezoid((worst.deletion - own.deletion)[0], FRACTIONS))
    assert gains(worst, own)[0] == -deletion


def test_curves_start_and_end_at_the_sequence_and_its_shuffles():
    drawn = replacements(BASES, seed=0)
    found = curves(linear, BASES, drawn, drawn.order)
    assert found.deletion.shape == (3, len(FRACTIONS), TASKS)
    shuffled = linear(drawn.bases.reshape(-1, LENGTH)).reshape(3, -1, TASKS).mean(1)
    for start, end in ((found.deletion[:, 0], found.deletion[:, -1]), (found.insertion[:, -1], found.insertion[:, 0])):
        np.testing.assert_allclose(start, linear(BASES))
        np.testing.assert_allclose(end, shuffled)


def test_a_constant_map_gains_nothing_and_the_order_alone_counts():
    drawn = replacements(BASES, seed=0)
    random = curves(linear, BASES, drawn, drawn.order).of_task(1)
    constant = curves(linear, BASES, drawn, ranks(np.full((3, LENGTH), 0.7), drawn.order)).of_task(1)
    assert not np.any(gains(constant, random))
    importance = np.random.default_rng(2).integers(0, 9, (3, LENGTH))
    np.testing.assert_array_equal(ranks(importance, drawn.order), ranks(importance**3.0, drawn.order))


def test_what_bases_are_worth_is_the_best_order_there_is():
    drawn = replacements(BASES, seed=0)
    worth = WEIGHTS[0][np.arange(LENGTH), BASES] - WEIGHTS[0].mean(-1)
    random = curves(linear, BASES, drawn, drawn.order).of_task(0)

    def gain(importance):
        return gains(curves(linear, BASES, drawn, ranks(importance, drawn.order)).of_task(0), random)

    for best, backwards in zip(gain(worth), gain(-worth), strict=True):
        assert (best > 0).all()
        assert (backwards < 0).all()


def test_gains_are_in_logits():
    zero = Curves(deletion=np.zeros((1, len(FRACTIONS))), insertion=np.zeros((1, len(FRACTIONS))))
    two = Curves(deletion=zero.deletion + 2, insertion=zero.insertion + 2)
    assert gains(zero, two) == (2, -2)
