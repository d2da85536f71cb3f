"""DeepLIFT as a transformation: `vmap` and `jit`, references, layers, conventions, errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from genomics.attribution.deeplift import RULES, deeplift, multipliers
from genomics.attribution.integrated_gradients import integrated_gradients
from genomics.attribution.layers import format_layers, layers
from genomics.errors import InputError
from genomics.tracing.program import UnsupportedPrimitiveError

LENGTH = 20
RNG = np.random.default_rng(3)
KERNEL, BIAS = RNG.normal(size=(5, 4, 6)).astype(np.float32), RNG.normal(size=6).astype(np.float32)
DENSE, OUT = RNG.normal(size=(24, 7)).astype(np.float32), RNG.normal(size=(7, 3)).astype(np.float32)
X = jnp.eye(4)[RNG.integers(0, 4, LENGTH)]
SHUFFLED = jnp.eye(4)[RNG.integers(0, 4, (3, LENGTH))]
FLAT = jnp.full((LENGTH, 4), 0.25)


def compiled(function):
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def scored(predict, x, **options):
    return compiled(deeplift(predict, **options))(x)


def multiplied(predict, x, **options):
    return compiled(multipliers(predict, **options))(x)


def plain(x, kernel=KERNEL):
    h = lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")) + BIAS
    h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (1, 4, 1), (1, 4, 1), "VALID")
    return jax.nn.relu(h.reshape(-1) @ DENSE) @ OUT


@pytest.fixture(scope="module")
def expected():
    return compiled(deeplift(plain, reference=SHUFFLED[0]))(X)


def test_parameters_may_be_tracers(expected):
    kernels = jnp.stack([KERNEL, 0.5 * KERNEL])
    explain = lambda kernel: deeplift(lambda x: plain(x, kernel), reference=SHUFFLED[0])(X)  # noqa: E731
    found = compiled(jax.vmap(explain))(kernels)
    np.testing.assert_allclose(found.scores[0], expected.scores, atol=1e-5)
    assert np.abs(found.residual).max() < 1e-5
    assert np.abs(found.scores[0] - found.scores[1]).max() > 0.1


def test_mapped_equals_one_by_one(expected):
    batch = compiled(jax.vmap(deeplift(plain, reference=SHUFFLED[0])))(jnp.stack([SHUFFLED[1], X]))
    np.testing.assert_allclose(batch.scores[1], expected.scores, atol=1e-5)
    assert batch.residual.shape == (2, 3)


def test_several_references_are_averaged(expected):
    found = compiled(deeplift(plain, reference=SHUFFLED))(X)
    one = compiled(lambda r: deeplift(plain, reference=r)(X))
    each = [one(r) for r in SHUFFLED]
    np.testing.assert_allclose(found.scores, np.mean([e.scores for e in each], axis=0), atol=1e-5)
    np.testing.assert_allclose(found.hypothetical, np.mean([e.hypothetical for e in each], axis=0), atol=1e-5)
    np.testing.assert_allclose(
        found.scores.sum((1, 2)), plain(X) - np.mean([plain(r) for r in SHUFFLED], axis=0), atol=1e-4
    )
    m = multiplied(plain, X, reference=SHUFFLED)
    assert m.shape == (3, 3, LENGTH, 4)
    np.testing.assert_allclose((m * (X - SHUFFLED[:, None])).mean(0), found.scores, atol=1e-5)


def convolutions(function, *arguments):
    """The batch sizes of all convolutions that a function computes."""
    jaxpr = jax.make_jaxpr(function)(*arguments)
    return [e.outvars[0].aval.shape[0] for e in jaxpr.eqns if e.primitive.name == "conv_general_dilated"]


def test_what_is_the_same_for_all_is_evaluated_once():
    sequences = jnp.stack([X] * 5)
    sizes = convolutions(jax.vmap(lambda x: deeplift(plain, reference=FLAT)(x).scores), sequences)
    assert sorted(sizes)[:2] == [1, 5]  # one reference, five sequences
    sizes = convolutions(lambda x: deeplift(plain, reference=SHUFFLED)(x).scores, X)
    assert sorted(sizes)[:2] == [1, 3]  # one sequence, three references


@pytest.mark.parametrize("rule", ["genomics_default", "rescale", "reveal_cancel"])
def test_every_layer_explains_the_same_difference(rule):
    names = ["convolution_1", "relu_1", "max_pool_1", "flatten_1", "dense_1", "relu_2", "dense_2"]
    table = layers(plain, (LENGTH, 4), rule=rule)
    assert [layer.name for layer in table] == names
    difference = plain(X) - plain(SHUFFLED[0])
    explain = [deeplift(plain, reference=SHUFFLED[0], rule=rule, layer=layer.index) for layer in table]
    results = compiled(lambda x: [f(x).layer_scores for f in explain])(X)
    for layer, scores in zip(table, results, strict=True):
        assert scores.shape == (3, *layer.shape)
        np.testing.assert_allclose(scores.reshape(3, -1).sum(1), difference, rtol=1e-4, atol=1e-4)


def test_a_layer_is_chosen_by_name_or_index(expected):
    by_name = scored(plain, X, reference=SHUFFLED[0], layer="max_pool_1")
    by_index = scored(plain, X, reference=SHUFFLED[0], layer=2)
    np.testing.assert_array_equal(by_name.layer_scores, by_index.layer_scores)
    np.testing.assert_allclose(by_name.scores, expected.scores, atol=1e-5)
    with pytest.raises(InputError, match="layer 'pool': the network has convolution_1"):
        scored(plain, X, reference=FLAT, layer="pool")


def test_table_of_layers_is_one_line_a_layer():
    lines = format_layers(layers(plain, (LENGTH, 4), rule="reveal_cancel", max_pool_rule="gradient")).splitlines()
    assert lines[0].split() == ["layer", "output", "weights", "DeepLIFT", "LRP", "line"]
    assert len(lines) == 8
    assert lines[1].startswith("0  convolution_1")
    assert "5x4x6" in lines[1]
    assert "linear" in lines[1]
    assert "test_deeplift.py:" in lines[1]
    assert "reveal_cancel" in lines[2]
    assert "gradient" in lines[3]


def test_hypothetical_scores_of_the_observed_base_are_the_contributions(expected):
    np.testing.assert_allclose((X * expected.hypothetical).sum(-1), expected.scores.sum(-1), atol=1e-5)


def test_unknown_bases_are_compared_with_the_reference():
    unknown = X.at[4].set(0)
    m = multiplied(plain, unknown, reference=FLAT)[0]
    scores = scored(plain, unknown, reference=FLAT).scores
    np.testing.assert_allclose(scores[:, 4], -0.25 * m[:, 4], atol=1e-6)


def test_gradient_rules_are_the_gradient():
    found = scored(plain, X, reference=FLAT, rule="gradient", max_pool_rule="gradient")
    np.testing.assert_allclose(found.scores, compiled(jax.jacobian(plain))(X) * (X - FLAT), atol=1e-5)
    assert found.residual is None


def test_gradient_rule_of_products_and_gates_is_the_gradient():
    def predict(x):
        h = x @ KERNEL[0]
        h = jnp.where(h > 0.1, jnp.tanh(h) * h[::-1], h / (2 + h[::-1] ** 2)) + lax.stop_gradient(h**3)
        return jnp.maximum(h, jnp.roll(h, 1, 0)).reshape(-1)[:3]

    x = X * 1.3
    found = scored(predict, x, reference=FLAT, rule="gradient")
    np.testing.assert_allclose(found.scores, compiled(jax.jacobian(predict))(x) * (x - FLAT), atol=1e-5)


def test_guided_backprop_with_positive_weights_is_the_gradient():
    predict = lambda x: jax.nn.relu(jax.nn.relu(x @ np.abs(KERNEL[0]) - 0.4).sum(0) @ np.abs(DENSE[:6])) @ np.abs(OUT)  # noqa: E731
    guided, gradient = (multiplied(predict, X, reference=FLAT, rule=rule) for rule in ("guided_backprop", "gradient"))
    np.testing.assert_allclose(guided, gradient, rtol=1e-5)


def test_a_network_in_single_precision_may_be_explained_where_double_is_enabled():
    def predict(x):
        h = x @ KERNEL[0]
        masked = jnp.where((h > 0)[:, None] & (h < 1)[:, None], h[:, None], 0.5 * h[::-1, None])
        return masked.sum((0, 1))

    with jax.enable_x64(True):
        x = jnp.asarray(X, jnp.float32)
        found = scored(predict, x, reference=FLAT)
        assert found.scores.dtype == jnp.float32
        assert np.abs(found.residual).max() < 1e-5


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_of_a_linear_network_every_rule_and_integrated_gradients_are_gradient_times_difference(seed):
    rng = np.random.default_rng(seed)
    w, x, r = rng.normal(size=(32, 2)), rng.normal(size=(8, 4)), rng.normal(size=(8, 4))
    expected = w.T.reshape(2, 8, 4) * (x - r)
    for found in _linear(*(jnp.float32(a) for a in (w, x, r))):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@jax.jit
def _linear(w, x, r):
    predict = lambda x: (x[::-1] * 2 - 1)[::-1].reshape(-1) @ w / 2 + 3  # noqa: E731
    explained = [deeplift(predict, reference=r, rule=rule) for rule in RULES]
    explained += [integrated_gradients(predict, reference=r, steps=steps) for steps in (1, 3)]
    return [explain(x).scores for explain in explained]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_hypothetical_scores_ignore_a_constant_per_position(seed):
    # With a reference whose rows sum to 1, adding a number to all four multipliers of a position changes nothing.
    rng = np.random.default_rng(seed)
    w, shift = rng.normal(size=(8, 4)), rng.normal(size=(8, 1))
    r = rng.dirichlet(np.ones(4), 8)
    x = np.eye(4)[rng.integers(0, 4, 8)]
    first, second = (
        _linear(jnp.float32(m.reshape(32, 1) @ [[1, -1]]), jnp.float32(x), jnp.float32(r)) for m in (w, w + shift)
    )
    hypothetical = lambda m: m - (r * m).sum(-1, keepdims=True)  # noqa: E731
    np.testing.assert_allclose(hypothetical(w), hypothetical(w + shift), atol=1e-9)
    np.testing.assert_allclose((x * hypothetical(w)).sum(-1), np.sum(first[0][0], -1), atol=1e-4)
    np.testing.assert_allclose(np.sum(first[0][0], -1), np.sum(second[0][0], -1), atol=1e-4)


def test_a_network_that_ignores_its_input_has_zero_scores():
    found = scored(lambda x: jnp.arange(3.0), X, reference=FLAT)
    assert not found.scores.any()
    assert not found.residual.any()


def test_a_primitive_without_a_rule_is_named_with_its_line():
    def predict(x):
        return lax.while_loop(lambda v: v.sum() < 100, lambda v: v * 2, x.reshape(-1))[:3]

    with pytest.raises(UnsupportedPrimitiveError) as error:
        scored(predict, X, reference=FLAT)
    message = str(error.value)
    assert message.startswith("primitive 'while' of operands (80,) at ")
    assert "test_deeplift.py" in message
    assert "(test_a_primitive_without_a_rule_is_named_with_its_line.<locals>.predict)" in message
    assert message.endswith("DeepLIFT has no rule for it")


@pytest.mark.parametrize(
    "predict",
    [
        lambda x: lax.dynamic_slice(x, (jnp.argmax(x[:, 0]), 0), (1, 4))[0],
        lambda x: lax.linalg.cholesky(x[:4])[0],
    ],
)
def test_what_has_no_exact_rule_is_refused(predict):
    for rule in ("rescale", "gradient"):
        with pytest.raises(UnsupportedPrimitiveError, match="DeepLIFT has no rule"):
            scored(predict, X, reference=FLAT, rule=rule)


def test_bad_arguments_are_named():
    with pytest.raises(InputError, match="rule 'resale': must be one of genomics_default, rescale"):
        deeplift(plain, reference=FLAT, rule="resale")
    with pytest.raises(InputError, match="max-pool rule 'exact': must be one of cross, gradient"):
        deeplift(plain, reference=FLAT, max_pool_rule="exact")
    with pytest.raises(InputError, match=r"reference of shape \(19, 4\): must be \(20, 4\)"):
        scored(plain, X, reference=FLAT[1:])
    with pytest.raises(InputError, match=r"shape \(\): it must give one number for every task"):
        deeplift(lambda x: x.sum(), reference=FLAT)(X)
