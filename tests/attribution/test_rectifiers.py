import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.rectifiers import positive_gradient, with_rectifiers
from genomics.tracing.program import UnsupportedPrimitiveError

Z = jnp.array([-2.0, -0.5, 0.0, 0.5, 2.0])


def rule(function, z):
    """A rule that shows where it was: gradient 100."""
    return jax.lax.stop_gradient(function(z)) + 100 * (z - jax.lax.stop_gradient(z))


def gradient(activation):
    network = with_rectifiers(lambda x: activation(3 * x), rule)

    @jax.jit
    def evaluated(z):
        return network(z), activation(3 * z), jax.grad(lambda x: network(x).sum())(z)

    found, expected, slope = evaluated(Z)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    return slope


RECTIFIERS = {
    "maximum": lambda z: jnp.maximum(z, 0),
    "where": lambda z: jnp.where(z > 0, z, 0),
    "leaky": jax.nn.leaky_relu,
    "relu6": jax.nn.relu6,
    "elu": jax.nn.elu,
    "tanh gelu": jax.nn.gelu,
    "sigmoid gelu": lambda z: z * jax.nn.sigmoid(1.702 * z),
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
}
OTHERS = {"sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "exp": jnp.exp, "abs": jnp.abs, "square": jnp.square}


@pytest.mark.parametrize("activation", RECTIFIERS.values(), ids=RECTIFIERS.keys())
def test_rectifiers_are_known_however_they_are_spelled(activation):
    np.testing.assert_allclose(gradient(activation), 300, rtol=1e-5)


@pytest.mark.parametrize("activation", OTHERS.values(), ids=OTHERS.keys())
def test_other_activations_keep_their_gradient(activation):
    expected = jax.jit(jax.grad(lambda x: activation(3 * x).sum()))(Z)
    np.testing.assert_allclose(gradient(activation), expected, rtol=1e-5)


def test_a_rectifier_inside_another_activation_counts():
    np.testing.assert_allclose(
        gradient(lambda z: jnp.log1p(jnp.maximum(z, 0))), 300 / (1 + np.maximum(3 * Z, 0)), rtol=1e-5
    )


def test_parameters_of_an_activation_may_be_traced():
    def gradients(slope):
        network = with_rectifiers(lambda x: jnp.where(x >= 0, x, slope * x), rule)
        return jax.grad(lambda x: network(x).sum())(Z)

    found = jax.jit(jax.vmap(gradients))(jnp.array([0.1, 0.9]))
    np.testing.assert_allclose(found[0], 100, rtol=1e-5)
    np.testing.assert_allclose(found[1], [0.9, 0.9, 1, 1, 1], rtol=1e-5)  # too steep on the left to rectify


def test_only_positive_gradients_pass():
    weights = jnp.array([-1.0, 0.0, 2.0])
    assert jax.grad(lambda y: (positive_gradient(y) * weights).sum())(jnp.ones(3)).tolist() == [0, 0, 2]


def test_comparisons_and_whole_numbers_are_no_rectifiers():
    """They have no slope at all, and stand in chains of one value too."""
    np.testing.assert_array_equal(gradient(lambda z: jnp.where(z > 1, 2.0, 0.0) + jnp.round(z) // 2), 0)
    network = with_rectifiers(lambda x: jnp.eye(3)[jnp.maximum(jnp.argmax(x), 1)], rule)
    np.testing.assert_array_equal(network(jnp.array([0.0, 0.0, 1.0])), [0, 0, 1])


@pytest.mark.parametrize("loop", [
    lambda x: jax.lax.scan(lambda h, _: (jax.nn.relu(h - 1), None), x, None, length=2)[0],
    lambda x: jax.lax.cond(x[0] > 0, jax.nn.relu, jnp.tanh, x),
    lambda x: jax.lax.while_loop(lambda h: h.sum() > 1, lambda h: jax.nn.relu(h - 1), x),
])  # fmt: skip
def test_rectifiers_inside_loops_and_branches_are_refused(loop):
    with pytest.raises(UnsupportedPrimitiveError, match=r"test_rectifiers.py.* cannot reach the rectifiers inside it"):
        with_rectifiers(loop, rule)(Z)
