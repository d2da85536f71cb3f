"""What happens where a rule has a choice: kinks, ties, empty parts, products, checked on paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.deeplift import deeplift, multipliers


def compiled(function):
    return jax.jit(function, compiler_options={"xla_backend_optimization_level": 0})


def scored(predict, x, **options):
    return compiled(deeplift(predict, **options))(x)


def multiplied(predict, x, **options):
    return compiled(multipliers(predict, **options))(x)


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (jax.nn.relu, 0.0),
        (lambda t: jnp.maximum(t, 0), 0.0),
        (lambda t: jnp.maximum(0, t), 0.0),
        (lambda t: jnp.clip(t, 0, 6), 0.0),
        (jnp.tanh, 1.0),
        (jax.nn.softplus, 0.5),
        (jax.nn.silu, 0.5),
        (jax.nn.elu, 1.0),
        (jnp.sqrt, 0.0),  # has no finite derivative there
    ],
)
def test_an_unchanged_unit_has_the_slope_at_the_reference(function, slope):
    predict = lambda x: function(x).sum().reshape(1)  # noqa: E731
    for rule in ("rescale", "reveal_cancel"):
        m = multiplied(predict, jnp.zeros((2, 4)), reference=jnp.zeros((2, 4)), rule=rule)
        np.testing.assert_allclose(m, slope, atol=1e-6)


def test_reveal_cancel_takes_the_limit_of_an_empty_part():
    # Only positive influences: N = 0, so P' is the whole change and N' its limit, both exact.
    predict = lambda x: jax.nn.relu(x @ jnp.ones((4, 1)) - 2.5).sum(0)  # noqa: E731
    x = jnp.ones((1, 4))
    found = scored(predict, x, reference=jnp.zeros((1, 4)), rule="reveal_cancel")
    np.testing.assert_allclose(found.scores[0, 0], [0.375] * 4, rtol=1e-6)


def test_first_of_tied_values_gets_the_credit():
    window = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (4, 1), (4, 1), "VALID").reshape(-1)  # noqa: E731
    x = jnp.zeros((4, 4)).at[1:3].set(2.0)
    for predict in (window, lambda x: x.max(0)):
        for rule in ("cross", "gradient"):
            found = scored(predict, x, reference=jnp.zeros((4, 4)), max_pool_rule=rule).scores
            np.testing.assert_allclose(found.sum((0, 2)), [0, 8, 0, 0])


def test_cross_rule_on_paper():
    # x = [2, 1, 0, 1], r = [0, 3, 0, 0]: the maximum falls from 3 to 2, all of it at the reference's maximum.
    predict = lambda x: x.max(0)[:1]  # noqa: E731
    x, r = (jnp.zeros((4, 4)).at[:, 0].set(jnp.array(v)) for v in ([2.0, 1, 0, 1], [0.0, 3, 0, 0]))
    cross = scored(predict, x, reference=r)
    np.testing.assert_allclose(cross.scores[0, :, 0], [0, -1, 0, 0])
    gradient = scored(predict, x, reference=r, max_pool_rule="gradient")
    np.testing.assert_allclose(gradient.scores[0, :, 0], [2, 0, 0, 0])
    np.testing.assert_allclose(gradient.residual, [1.0])  # (2 - -1) / 3


def test_a_product_is_shared_equally_between_the_orders():
    # a b from (1, 2) to (3, 5): a gets (3 - 1)(2 + 5)/2 = 7, b gets (5 - 2)(1 + 3)/2 = 6.
    predict = lambda x: (x[:, 0] * x[:, 1]).reshape(1)  # noqa: E731
    found = scored(predict, jnp.array([[3.0, 5, 0, 0]]), reference=jnp.array([[1.0, 2, 0, 0]]))
    np.testing.assert_allclose(found.scores[0, 0], [7, 6, 0, 0])


def test_softmax_depends_on_differences_alone():
    predict = lambda x: jax.nn.softmax(x[0, :3])  # noqa: E731
    x, r = jnp.array([[1.0, 3, 2, 0]]), jnp.array([[2.0, 0, 1, 0]])
    first = scored(predict, x, reference=r)
    shifted = scored(predict, x + 5, reference=r)
    assert np.abs(first.residual).max() < 1e-6
    assert np.abs(shifted.residual).max() < 1e-6
