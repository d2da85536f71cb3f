import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from genomics.attribution.deeplift import deeplift
from genomics.attribution.gradient_x_input import gradient_x_input
from genomics.attribution.lrp import lrp
from genomics.errors import InputError
from genomics.tracing.program import UnsupportedPrimitiveError

NUMBERS = ("NWC", "WIO", "NWC")
SHAPES = {"first": (5, 4, 6), "second": (3, 6, 6), "hidden": (30, 8), "last": (8, 2)}


def conv(x, kernel, stride=1):
    return lax.conv_general_dilated(x[None], kernel, (stride,), "SAME", dimension_numbers=NUMBERS)[0]


def network(w, x):
    """Overlapping max-pools, a residual sum, a normalisation with negative scales, an average pool; 20 positions."""
    h = jax.nn.relu(conv(x, w["first"]) + w["bias"])
    h = lax.reduce_window(h, -jnp.inf, lax.max, (3, 1), (2, 1), "SAME")
    h = h + jax.nn.relu(conv(h, w["second"]) * jnp.array([1, -1, 2, 0.5, -0.5, 1]) + 2 * w["bias"])
    h = lax.reduce_window(h, 0.0, lax.add, (2, 1), (2, 1), "VALID") / 2
    return jax.nn.relu(h.reshape(-1) @ w["hidden"]) @ w["last"] + w["bias"][:2]


def drawn(seed, biased):
    rng = np.random.default_rng(seed)
    w = {name: rng.normal(size=shape) / np.prod(shape[:-1]) ** 0.5 for name, shape in SHAPES.items()}
    w["bias"] = biased * 0.3 * rng.normal(size=6)
    return {name: jnp.asarray(value, jnp.float32) for name, value in w.items()}, jnp.eye(5, 4)[rng.integers(0, 5, 20)]


def compiled(function):
    """Compiled without optimisation: these networks are tiny and the programs long."""
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


@compiled
def explained(w, x):
    def predict(x):
        return network(w, x)

    conserving = {
        "0": lrp(predict, rule="0"),
        "epsilon": lrp(predict, rule="epsilon", epsilon=1e-9),
        "gamma": lrp(predict, rule="gamma"),
        "composite": lrp(predict, epsilon=1e-9),
        "composite, flat": lrp(predict, epsilon=1e-9, first="flat"),
        "composite, w squared": lrp(predict, epsilon=1e-9, first="w_squared"),
    }
    others = {
        "gradient": gradient_x_input(predict),
        "rescale": deeplift(predict, reference=jnp.zeros_like(x), rule="rescale", max_pool_rule="gradient"),
    }
    return {name: method(x) for name, method in (conserving | others).items()} | {"logits": predict(x)}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**30))
def test_without_biases_relevance_is_conserved(seed):
    found = explained(*drawn(seed, 0.0))
    logits = found.pop("logits")
    for name, attribution in found.items():
        if name not in ("gradient", "rescale"):
            np.testing.assert_allclose(attribution.residual, 0, atol=2e-5, err_msg=name)
            np.testing.assert_allclose(attribution.scores.sum((1, 2)), logits, rtol=1e-3, atol=1e-4, err_msg=name)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**30))
def test_lrp_0_is_gradient_x_input_and_without_biases_rescale(seed):
    found = explained(*drawn(seed, 0.0))
    np.testing.assert_allclose(found["0"].scores, found["gradient"].scores, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(found["0"].scores, found["rescale"].scores, rtol=1e-3, atol=1e-4)
    found = explained(*drawn(seed, 1.0))
    np.testing.assert_allclose(found["0"].scores, found["gradient"].scores, rtol=1e-3, atol=1e-4)


def test_what_biases_keep_is_the_residual():
    def predict(x):
        return jax.nn.relu(x.reshape(-1) @ jnp.ones((8, 1)) + 6)

    result = jax.jit(lrp(predict, rule="0"))(jax.nn.one_hot(jnp.array([0, 1]), 4))
    assert result.scores.sum() == 2  # of 8: the bias keeps 6
    np.testing.assert_allclose(result.residual, -6 / 8, rtol=1e-6)


def test_z_box_gives_positive_logits_no_negative_share():
    w, x = drawn(3, 0.0)
    w = w | {"last": jnp.abs(w["last"]), "hidden": jnp.abs(w["hidden"])}

    def predict(x):
        return jax.nn.relu(conv(x, w["first"])).reshape(-1)[:30] @ w["hidden"] @ w["last"]

    scores = jax.jit(lrp(predict, rule="z_plus", first="z_box"))(x).scores
    assert scores.min() >= 0
    assert (scores > 0).any()
    np.testing.assert_allclose(scores.sum((1, 2)), predict(x), rtol=1e-5)


def test_a_normalisation_is_folded_into_the_layer_before_it():
    w, x = drawn(1, 1.0)
    scale, shift = jnp.array([2, -1, 0.5, 1, -3, 1.0]), jnp.array([0.1, 0, -0.2, 0.3, 0, -0.1])

    def after(x):
        h = jax.nn.relu((conv(x, w["first"]) + w["bias"] - 0.5) * scale + shift)
        return h.reshape(-1)[:30] @ w["hidden"]

    def folded(x):
        h = jax.nn.relu(conv(x, w["first"] * scale) + ((w["bias"] - 0.5) * scale + shift))
        return h.reshape(-1)[:30] @ w["hidden"]

    for options in ({}, {"rule": "alpha_beta"}, {"rule": "epsilon", "epsilon": 0.1}, {"first": "w_squared"}):
        one, other = compiled(lambda x: (lrp(after, **options)(x).scores, lrp(folded, **options)(x).scores))(x)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


def test_the_winner_takes_all_and_of_equal_values_the_first():
    def predict(x):
        pooled = lax.reduce_window(x.sum(1), -jnp.inf, lax.max, (2,), (2,), "VALID")
        return jnp.stack([pooled.sum(), x.max()])

    x = jnp.zeros((4, 4)).at[:, 0].set(jnp.array([1.0, 1.0, 2.0, 3.0]))
    scores = jax.jit(lrp(predict))(x).scores
    assert scores[0, :, 0].tolist() == [1, 0, 0, 3]
    assert scores[1, :, 0].tolist() == [0, 0, 0, 3]
    assert not scores[:, :, 1:].any()


def test_sums_share_in_proportion_and_constants_pass():
    def predict(x):
        branches = jnp.concatenate([x[:, 0], x[:, 1]])
        return (2 * (x[:, 0] - 3 * x[:, 1]) + 10).sum()[None] + branches.sum()[None] * 0

    x = jnp.zeros((2, 4)).at[:, 0].set(jnp.array([1.0, 2.0])).at[1, 1].set(1.0)
    # Position 0: 2 * 1 + 10 = 12, position 1: 2 * (2 - 3) + 10 = 8; together 20.
    scores = jax.jit(lrp(predict))(x).scores[0]
    np.testing.assert_allclose(scores[0], [12, 0, 0, 0], rtol=1e-6)
    np.testing.assert_allclose(scores[1], [8 * 2 / -1, 8 * -3 / -1, 0, 0], rtol=1e-6)


def test_bounds_of_the_sequence_follow_scaling_before_the_first_layer():
    weights = jnp.array([1.0, -1.0, 2.0, -2.0])[:, None]
    x = jnp.array([[1.0, 0, 0, 0]])

    # Inputs 1 - 2 x lie between -1 and 1; numerators (a - l) w+ + (a - h) w-.
    scores = jax.jit(lrp(lambda x: (1 - 2 * x).reshape(-1) @ weights + 10))(x).scores[0, 0]
    a = np.array([-1, 1, 1, 1])
    shares = (a + 1) * np.array([1, 0, 2, 0]) + (a - 1) * np.array([0, -1, 0, -2])
    np.testing.assert_allclose(scores, shares / shares.sum() * (a @ weights[:, 0] + 10), rtol=1e-6)


@pytest.mark.parametrize("masked", [lambda h, out: jnp.where(out, -jnp.inf, h), lambda h, out: h + np.log(1.0 - out)])
def test_what_a_mask_leaves_out_gets_nothing(masked):
    """Minus infinity, before a softmax, a sum of exponentials, a maximum: as if the positions were not there."""
    out = np.arange(6) > 3
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(2, 4)), jnp.float32)
    x = jax.nn.one_hot(np.array([1, 2, 3, 0, 1, 2]), 4)

    def predict(x, out):
        a, b = weights @ x.T
        masks = masked(a, out)
        return jnp.stack([jax.nn.softmax(masks) @ b, jax.nn.logsumexp(masks), jnp.exp(masks).sum(), masks.max()])

    with np.errstate(divide="ignore"):
        found = lrp(lambda x: predict(x, out), rule="epsilon")(x)
    expected = lrp(lambda x: predict(x, np.zeros(4, np.bool_)), rule="epsilon")(x[:4])
    assert np.abs(expected.scores).max() > 0.1
    np.testing.assert_allclose(found.scores[:, :4], expected.scores, atol=1e-6)
    np.testing.assert_array_equal(found.scores[:, 4:], 0)


def test_it_batches_over_sequences_and_over_replicates():
    w, x = drawn(0, 1.0)
    both = jax.tree.map(lambda v: jnp.stack([v, 0.5 * v]), w)
    found = compiled(jax.vmap(lambda w: jax.vmap(lrp(lambda x: network(w, x)))(x[None])))(both)
    single = compiled(lambda w: lrp(lambda x: network(w, x))(x))(jax.tree.map(lambda v: 0.5 * v, w))
    np.testing.assert_allclose(found.scores[1, 0], single.scores, rtol=1e-3, atol=1e-5)
    assert found.residual.shape == (2, 1, 2)


def test_primitives_without_a_rule_are_named():
    x = jnp.ones((2, 4))
    with pytest.raises(
        UnsupportedPrimitiveError, match=r"'while' of operands \(8,\) at .*test_lrp.py.*: lrp has no rule"
    ):
        lrp(lambda x: jax.lax.while_loop(lambda v: v.sum() < 9, lambda v: v * 2, x.reshape(-1)))(x)


def test_bad_options_are_refused():
    for options, message in [
        ({"rule": "z_box"}, r"LRP rule 'z_box': must be one of composite, 0, epsilon"),
        ({"first": "box"}, r"LRP rule of the first layer 'box': must be one of 0, epsilon"),
        ({"epsilon": -1.0}, r"epsilon=-1\.0: must not be negative"),
        ({"gamma": -1.0}, r"gamma=-1\.0: must not be negative"),
        ({"alpha": 0.5}, r"alpha=0\.5: must be at least 1"),
    ]:
        with pytest.raises(InputError, match=message):
            lrp(lambda x: x.sum(1), **options)
    with pytest.raises(InputError, match=r"shape \(T,\), it returned \(\)"):
        lrp(jnp.sum)(jnp.ones((2, 4)))
