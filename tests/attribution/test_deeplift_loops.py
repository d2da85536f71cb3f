"""DeepLIFT through loops, branches and orders: against unrolled loops, numbers by hand, enumeration, quadrature."""

from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.deeplift import deeplift
from genomics.attribution.lrp import lrp
from genomics.tracing.program import UnsupportedPrimitiveError, trace
from tests.networks import plain
from tests.networks.layers import sigmoid, weighted


def scores(predict, x, r, **options):
    return np.asarray(plain.compiled(deeplift(predict, reference=r, **options))(x).scores)


def pair(length=6, seed=0):
    rng = np.random.default_rng(seed)
    return plain.sequence(length, seed), jnp.asarray(rng.normal(size=(length, 4)))


def gated(state, row):
    """A step with a gate, a state that does not depend on the sequence (a count), and a constant that does (below)."""
    hidden, count = state
    rate = sigmoid(row @ weighted(row, 4, 3) + hidden @ weighted(row, 3, 3, seed=1) + 0.1 * count)
    hidden = rate * hidden + (1 - rate) * jnp.tanh(row @ weighted(row, 4, 3, seed=2))
    return (hidden, count + 1), hidden.max()


@pytest.mark.parametrize("rule", ["rescale", "gradient"])
def test_a_while_of_known_steps_is_the_loop_that_it_is(rule):
    """The counter starts at 1 and goes in steps of 2 that the body adds; what else is carried does not count."""

    def counted(x):
        _, state = lax.while_loop(
            lambda own: own[0] < 8, lambda own: (own[0] + 2, gated(own[1], x[own[0]])[0]), (1, _start(x))
        )
        return state[0]

    def unrolled(x):
        state = _start(x)
        for i in (1, 3, 5, 7):
            state, _ = gated(state, x[i])
        return state[0]

    with plain.exactly():
        x, r = pair(9)
        found, expected = (scores(network, x, r, rule=rule) for network in (counted, unrolled))
        of_lrp = [np.asarray(plain.compiled(lrp(network, rule="epsilon"))(x).scores) for network in (counted, unrolled)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(*of_lrp, atol=1e-12)


def _start(x):
    return jnp.zeros(3, x.dtype), jnp.zeros((), x.dtype)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("name", "two"), [("cumprod", lambda a, b: a * b), ("cumlogsumexp", lambda a, b: np.log(np.exp(a) + np.exp(b)))]
)
def test_what_accumulates_is_complete_and_of_two_values_by_enumeration(name, two, reverse):
    accumulate = getattr(lax, name)

    def predict(x):
        return accumulate(x, axis=0, reverse=reverse) @ weighted(x, 4, 1)[:, 0]

    with plain.exactly():
        x, r = pair(7)
        found = plain.compiled(deeplift(predict, reference=r, rule="rescale"))(x)
        np.testing.assert_allclose(found.residual, 0, atol=1e-12)
        slope = scores(predict, x, r, rule="gradient")
        np.testing.assert_allclose(slope, (x - r) * plain.gradients(predict, x), atol=1e-10)
        x, r = x[:2], r[:2]
        pairs = scores(lambda x: accumulate(x, axis=0)[1], x, r, rule="rescale")[0, :, 0]
    (a, b), (c, d) = np.asarray(x)[:, 0], np.asarray(r)[:, 0]
    if name == "cumprod":
        first = 0.5 * (two(a, b) - two(c, b) + two(a, d) - two(c, d))
    else:
        softplus = lambda z: np.log1p(np.exp(z))  # noqa: E731
        first = (1 - (softplus(b - a) - softplus(d - c)) / (b - a - d + c)) * (a - c)
    np.testing.assert_allclose(pairs, [first, two(a, b) - two(c, d) - first], atol=1e-12)


@pytest.mark.parametrize("rule", ["rescale", "gradient", "guided_backprop"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_loop_is_its_steps_one_after_the_other(rule, reverse):
    def looped(x):
        scale = x.sum(0)[:3]

        def step(state, row):
            state, y = gated(state, row)
            return (state[0] * scale, state[1]), y

        (hidden, _), rows = lax.scan(step, (jnp.zeros(3, x.dtype), jnp.zeros((), x.dtype)), x, reverse=reverse)
        return jnp.stack([hidden.sum(), rows @ weighted(x, len(x))])

    def unrolled(x):
        state, rows = (jnp.zeros(3, x.dtype), jnp.zeros((), x.dtype)), []
        for i in reversed(range(len(x))) if reverse else range(len(x)):
            state, y = gated(state, x[i])
            state = (state[0] * x.sum(0)[:3], state[1])
            rows.append(y)
        rows = jnp.stack(rows[::-1] if reverse else rows)
        return jnp.stack([state[0].sum(), rows @ weighted(x, len(x))])

    with plain.exactly():
        x, r = pair()
        found, expected = (scores(network, x, r, rule=rule) for network in (looped, unrolled))
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_memory_of_a_long_loop_is_that_of_its_states():
    """256 steps of 64 hidden values, whose gates alone would be 256 x 4 x 64 x 2 values."""

    def predict(x):
        def step(hidden, row):
            inner = row @ weighted(x, 4, 512) + hidden @ weighted(x, 64, 512)
            return jnp.tanh(jnp.tanh(inner) @ weighted(x, 512, 64)), None

        return lax.scan(step, jnp.zeros(64, x.dtype), x)[0][:1]

    x = jax.ShapeDtypeStruct((256, 4), jnp.float32)
    reference = np.full((256, 4), 0.25, np.float32)
    used = jax.jit(deeplift(predict, reference=reference, rule="rescale")).lower(x).compile().memory_analysis()
    states = 2 * 256 * 64 * 4  # of the sequence and of the reference, in bytes
    assert states < used.temp_size_in_bytes < 4 * states


def test_branches_by_hand():
    """f = 2 a where a > 1, else 3 b: from (0, 1) to (2, 5) the choice, a and b share 4 - 3."""

    def predict(x):
        a, b = x[0, 0], x[0, 1]
        return lax.cond(a > 1, lambda a, b: 2 * a, lambda a, b: 3 * b, a, b)[None]

    with plain.exactly():
        x, r = jnp.zeros((1, 4)).at[0, :2].set(jnp.array([2.0, 5.0])), jnp.zeros((1, 4)).at[0, 1].set(1.0)
        found = scores(predict, x, r)[0, 0]
    # Of a: half of 2 (2 - 0); of b: half of 3 (5 - 1); of the choice, which a made: half of (4 - 15) + (0 - 3).
    np.testing.assert_allclose(found, [2 - 7, 6, 0, 0])
    assert found.sum() == 4 - 3


def test_a_branch_that_is_not_taken_may_be_undefined():
    def predict(x):
        total = x.sum()
        return lax.cond(total > 0, lambda z: jnp.log(z), lambda z: jnp.log(-z), total)[None]

    x = jnp.full((2, 4), 0.5)
    found = jax.jit(deeplift(predict, reference=jnp.full((2, 4), 0.25)))(x)
    np.testing.assert_allclose(found.scores.sum(), np.log(2), rtol=1e-6)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_is_the_gradient_along_the_path(descending):
    """Against a midpoint sum of 20,000 points."""

    def predict(x):
        v = x[:, 0]
        ordered = lax.top_k(v, len(v))[0] if descending else jnp.sort(v)
        return ordered @ jnp.asarray(weighted(x, 5))[:, None]

    with plain.exactly():
        x, r = pair(5)
        x = x + 0.1 * r[::-1]
        found = scores(predict, x, r)[0, :, 0]
        t = (jnp.arange(20_000) + 0.5)[:, None] / 20_000
        slopes = jax.vmap(jax.grad(lambda v: predict(v[:, None] * jnp.ones(4))[0]))(r[:, 0] + t * (x - r)[:, 0])
        expected = slopes.mean(0) * (x - r)[:, 0]
    np.testing.assert_allclose(found, expected, atol=5e-4)


def test_a_product_shares_by_all_orders_of_replacement():
    with plain.exactly():
        x, r = pair(5, seed=3)
        x, r = x + 0.5, r + 0.3
        found = scores(lambda x: jnp.prod(x[:, 0])[None], x, r)[0, :, 0]
    a, b = np.asarray(x)[:, 0], np.asarray(r)[:, 0]
    expected = np.zeros(5)
    orders = list(permutations(range(5)))
    for order in orders:
        now = b.copy()
        for i in order:
            before = now.prod()
            now[i] = a[i]
            expected[i] += (now.prod() - before) / len(orders)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("reverse", [False, True])
def test_running_maxima_are_maxima_over_growing_windows(reverse):
    def running(x):
        return lax.cummax(x, reverse=reverse)[:, 1]

    def windows(x):
        padding = [(0, len(x) - 1), (0, 0)] if reverse else [(len(x) - 1, 0), (0, 0)]
        return lax.reduce_window(x, -jnp.inf, lax.max, (len(x), 1), (1, 1), padding)[:, 1]

    with plain.exactly():
        x, r = pair(7)
        x = x.at[:, 1].set(jnp.array([0, 2.0, 2.0, 1, 3, 3, 0]))
        np.testing.assert_allclose(scores(running, x, r), scores(windows, x, r), atol=1e-12)


def test_the_place_of_a_maximum_is_shared_by_the_two_winners():
    x = jnp.zeros((4, 4)).at[:, 0].set(jnp.array([1.0, 0, 0, 4]))
    r = jnp.zeros((4, 4)).at[:, 0].set(jnp.array([1.0, 3, 0, 0]))
    predict = lambda x: jnp.argmax(x[:, 0]).astype(x.dtype)[None]  # noqa: E731
    np.testing.assert_allclose(scores(predict, x, r)[0, :, 0], [0, 1, 0, 1])  # 3 - 1, in halves
    # The reference's winner has not changed, so that the whole way is the sequence's winner's.
    np.testing.assert_allclose(scores(predict, x, r.at[1, 0].set(0))[0, :, 0], [0, 0, 0, 3])


def test_places_of_the_largest_are_refused_where_they_are_used():
    def predict(x):
        values, places = lax.top_k(x[:, 0], 2)
        return (values * places).sum()[None]

    with pytest.raises(UnsupportedPrimitiveError, match="no rule for the places that it gives"):
        deeplift(predict, reference=np.zeros((4, 4)))(jnp.eye(4))


def test_steps_are_counted_by_what_the_condition_reads_alone():
    """Of the sequence nothing is known then: a loop over zeros in its place might not end."""

    def predict(x):
        def body(state):
            number, value = state
            value = lax.while_loop(lambda v: jnp.abs(v).sum() < 10, lambda v: v * 2, value)
            return number + 1, value / 3

        return lax.while_loop(lambda state: state[0] < 3, body, (0, x.sum(0) + 1.0))[1]

    (loop,) = [each for each in trace(predict, jnp.ones((8, 4))).equations if each.primitive == "scan"]
    assert loop.params["length"] == 3
