"""Relevance through gates, attention, norms, loops and branches: numbers by hand, and what each rule conserves."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.lrp import kept_relevance, lrp
from genomics.errors import InputError
from tests.networks import plain
from tests.networks.layers import sigmoid, weighted

X = np.array([[1.0, 0, 2, 0], [0, 3, 0, -1]])


def relevance(predict, x=X, **options):
    options = {"rule": "0", "epsilon": 0.0} | options
    with plain.exactly():
        return np.asarray(plain.compiled(lrp(predict, **options))(jnp.asarray(x)).scores)


SIGMOIDS = {
    "sigmoid": jax.nn.sigmoid,
    "by tanh": lambda z: 0.5 * (jnp.tanh(z / 2) + 1),
    "hard": jax.nn.hard_sigmoid,
    "one minus": lambda z: 1 - jax.nn.sigmoid(z),
    "repeated": lambda z: jnp.broadcast_to(jax.nn.sigmoid(z.sum(keepdims=True)), z.shape),
    "softmax": jax.nn.softmax,
}


@pytest.mark.parametrize("gate", SIGMOIDS)
def test_a_gate_gets_nothing_and_the_signal_all(gate):
    found = relevance(lambda x: (x[1] * SIGMOIDS[gate](x[0])).sum()[None])[0]
    expected = X[1] * np.asarray(SIGMOIDS[gate](X[0]))
    np.testing.assert_allclose(found, [np.zeros(4), expected], atol=1e-7)


def test_other_products_are_halved():
    for product in (lambda a, b: a * jnp.tanh(b), lambda a, b: jax.nn.sigmoid(a) * jax.nn.sigmoid(b)):
        found = relevance(lambda x, product=product: product(x[0], x[1]).sum()[None])[0]
        value = np.asarray(product(X[0], X[1])) / 2
        np.testing.assert_allclose(found, [value, value], atol=1e-7)


def test_a_value_that_is_repeated_gets_the_sum_of_its_shares():
    found = relevance(lambda x: (x[1] * jnp.tanh(x[0, 2]) / (1 + x[0, 0])).sum()[None])[0]
    value = X[1] * np.tanh(2) / 2
    np.testing.assert_allclose(found[1], value / 4, rtol=1e-6)
    np.testing.assert_allclose(found[0], [value.sum() / 2, 0, value.sum() / 4, 0], rtol=1e-6)


def test_a_swish_is_one_activation():
    found = relevance(lambda x: (x[0] * jax.nn.sigmoid(x[0])).sum()[None])[0]
    np.testing.assert_allclose(found[0], X[0] / (1 + np.exp(-X[0])), rtol=1e-6)


def test_a_product_of_several_along_an_axis_has_equal_shares():
    np.testing.assert_allclose(relevance(lambda x: jnp.prod(x[:, 1:2] + 1)[None])[0].sum(1), [2, 2])


def attention(x):
    """One head over two positions of two features: every number below is by hand."""
    q, k, v = x[:, :2], x[:, 1:3], x[:, 2:]
    return (jax.nn.softmax(q @ k.T, axis=-1) @ v).sum(1)[:1]


@pytest.mark.parametrize("reverse", [False, True])
def test_what_accumulates_conserves(reverse):
    """Equal shares of each product so far; of a log of exponentials so far each exponential's share."""
    a = np.array([[0.5, 2.0, -1.0, 3.0]])
    weights = jnp.array([1.0, 2.0, -3.0, 0.5])
    order = slice(None, None, -1) if reverse else slice(None)

    def explained(name):
        def predict(x):
            return (getattr(lax, name)(x, axis=1, reverse=reverse)[0] * weights)[None].sum(1)

        return np.asarray(lrp(predict, rule="0")(jnp.asarray(a, jnp.float32)).scores)[0, 0]

    products = np.cumprod(a[0][order]) * np.asarray(weights)[order]
    shares = [sum(products[j] / (j + 1) for j in range(i, 4)) for i in range(4)]
    np.testing.assert_allclose(explained("cumprod")[order], shares, rtol=1e-5)
    logs = np.log(np.cumsum(np.exp(a[0][order])))
    shares = [
        sum(logs[j] * np.asarray(weights)[order][j] * np.exp(a[0][order][i] - logs[j]) for j in range(i, 4))
        for i in range(4)
    ]
    np.testing.assert_allclose(explained("cumlogsumexp")[order], shares, rtol=1e-5)


def test_what_is_kept_and_what_arrives_make_up_the_logit():
    """Of attention, a norm, a gate, a bias and a loop: nothing is lost but where a rule says so."""

    def predict(x):
        h = jax.nn.relu(x @ weighted(x, 4, 6) + 0.3)
        s = jax.nn.softmax(h @ weighted(x, 6, 6, seed=1) @ h.T)
        h = (s @ h) * sigmoid(h @ weighted(x, 6, 6, seed=2))
        h = h / jnp.sqrt(jnp.square(h).mean(-1, keepdims=True) + 1e-5)
        last, _ = lax.scan(lambda state, row: (jnp.tanh(state @ weighted(x, 6, 6, seed=3) + row), None), h[0], h)
        return last @ weighted(x, 6, 2, seed=4)

    with plain.exactly():
        x = plain.sequence(5)
        stays = {rule: np.asarray(each) for rule, each in plain.compiled(kept_relevance(predict))(x).items()}
        arrives = np.asarray(plain.compiled(lrp(predict))(x).scores).sum((1, 2))
        logits = np.asarray(predict(x))
    np.testing.assert_allclose(sum(stays.values()) + arrives, logits, atol=1e-12)
    exact = {
        rule: values for rule, values in stays.items() if rule not in ("z_box", "epsilon", "softmax", "halves", "steps")
    }
    assert {"norm", "gate", "pass"} <= exact.keys()
    np.testing.assert_allclose(list(exact.values()), 0, atol=1e-12)
    assert np.abs(stays["softmax"]).max() > 1e-3


def test_attention_by_hand():
    """Position 0: q = (1, 0), keys (0, 2) and (1, -1) and so logits z = (0, 1); values (2, 1) and (-1, 0).

    With s = softmax(0, 1) = (1/(1+e), e/(1+e)) the output is 3 s1 - s2. Halves of each product: values get
    ½ (2 s1, s1), ½ (-s2, 0); the weights get R = ½ (3 s1, -s2). The Taylor rule gives the logits
    z (R - s (R1 + R2)): 0 and R2 - s2 (R1 + R2). The second logit is q1 k21 = 1 * 1 (its other product is 0 * -1):
    half to each.
    """
    x = np.array([[1.0, 0, 2, 1], [0, 1, -1, 0]])
    s1, s2 = 1 / (1 + np.e), np.e / (1 + np.e)
    r1, r2 = 1.5 * s1, -0.5 * s2
    logit = r2 - s2 * (r1 + r2)
    expected = np.array([[logit / 2, 0, s1, s1 / 2], [0, logit / 2, -s2 / 2, 0]])
    np.testing.assert_allclose(relevance(attention, x)[0], expected, atol=1e-9)


@pytest.mark.parametrize("softmax", [jax.nn.softmax, lambda x: (e := jnp.exp(x - x.max())) / e.sum()])
def test_a_softmax_is_one_step_however_it_guards_its_maximum(softmax):
    found = relevance(lambda x: softmax(x[1])[1:2])[0, 1]
    s = np.exp(X[1]) / np.exp(X[1]).sum()
    np.testing.assert_allclose(found, X[1] * (s * np.eye(4)[1] - s * s[1]), atol=1e-7)


def test_matrix_products_conserve_and_the_softmax_keeps_what_its_rule_says():
    x = np.random.default_rng(0).normal(size=(5, 4))
    product = lambda x: ((x @ x.T) @ x).sum(0)  # noqa: E731
    np.testing.assert_allclose(relevance(product, x).sum((1, 2)), product(x), rtol=1e-6)
    soft = lambda x: jax.nn.softmax(x, axis=0).sum(1)[:1]  # noqa: E731
    s = np.exp(x) / np.exp(x).sum(0)
    relevances = s * np.eye(5, 1)
    np.testing.assert_allclose(relevance(soft, x)[0], x * (relevances - s * relevances.sum(0)), atol=1e-7)


NORMS = {
    "layer": lambda h: (h - h.mean(1, keepdims=True)) * lax.rsqrt(h.var(1, keepdims=True) + 1e-3),
    "layer over": lambda h: (h - h.mean(1, keepdims=True)) / jnp.sqrt(h.var(1, keepdims=True) + 1e-3),
    "layer of squares": lambda h: (
        (h - h.mean(1, keepdims=True))
        * lax.rsqrt(jnp.maximum((h**2).mean(1, keepdims=True) - h.mean(1, keepdims=True) ** 2, 0) + 1e-3)
    ),
    "root mean square": lambda h: h * lax.rsqrt((h**2).mean(1, keepdims=True) + 1e-3),
}


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_hands_relevance_on_as_it_is(norm):
    scale = jnp.array([1.0, -2, 0.5, 3])
    predict = lambda x: (NORMS[norm](x) * scale).sum(1)  # noqa: E731
    found = relevance(predict)
    for task in range(2):
        expected = np.zeros((2, 4))
        expected[task] = np.asarray(NORMS[norm](X) * scale)[task]
        np.testing.assert_allclose(found[task], expected, rtol=1e-5, atol=1e-6)


def test_a_loop_is_its_steps_one_after_the_other():
    def step(state, row):
        gate = jax.nn.sigmoid(row @ weighted(row, 4, 3) + state @ weighted(row, 3, 3, seed=1))
        state = gate * state + (1 - gate) * jnp.tanh(row @ weighted(row, 4, 3, seed=2))
        return state, state.max()

    def looped(x):
        state, rows = lax.scan(step, jnp.zeros(3, x.dtype), x)
        return jnp.stack([state.sum(), rows.sum()])

    def unrolled(x):
        state, rows = jnp.zeros(3, x.dtype), []
        for row in x:
            state, y = step(state, row)
            rows.append(y)
        return jnp.stack([state.sum(), jnp.stack(rows).sum()])

    x = plain.sequence(6)
    for options in ({"rule": "composite"}, {"rule": "epsilon", "epsilon": 1e-3}):
        first = options | {"first": "gamma"} if options["rule"] == "composite" else options
        found, expected = relevance(looped, x, **first), relevance(unrolled, x, **first)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        assert np.abs(found).max() > 1e-2


def test_relevance_goes_through_the_branch_that_was_taken():
    predict = lambda x: lax.cond(x[0, 0] > 0, lambda x: 2 * x[0], lambda x: x[1], x)  # noqa: E731
    np.testing.assert_allclose(relevance(predict)[2], [[0, 0, 4, 0], [0, 0, 0, 0]])
    np.testing.assert_allclose(relevance(predict, -X)[1], [[0, 0, 0, 0], [0, -3, 0, 0]])


def test_order_hands_relevance_to_where_the_value_came_from():
    predict = lambda x: jnp.sort(x[1])[-2:] + lax.top_k(x[0], 2)[0]  # noqa: E731
    found = relevance(predict)  # the largest of both rows: 3 + 2, the task after: 0 + 1
    np.testing.assert_allclose(found[1] + found[0], [[1, 0, 2, 0], [0, 3, 0, 0]])


def test_a_spectrum_conserves():
    x = np.random.default_rng(0).normal(size=(6, 4))
    predict = lambda x: jnp.abs(jnp.fft.rfft(x[:, 0]))  # noqa: E731
    np.testing.assert_allclose(relevance(predict, x).sum((1, 2)), predict(x), rtol=1e-5)


def test_what_still_has_no_rule_is_named():
    with pytest.raises(InputError, match=r"'while' .* lrp has no rule"):
        lrp(lambda x: lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, x).sum(0))(jnp.ones((2, 4)))
