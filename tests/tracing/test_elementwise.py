import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.tracing.elementwise import CHAIN, fold_elementwise
from genomics.tracing.program import trace, walk

X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
WEIGHTS = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)


def evaluate(equation, operands):
    return equation.evaluate(*operands)


def folded(function):
    return fold_elementwise(trace(function, jnp.asarray(X)))


def gelu_by_hand(x):
    return 0.5 * x * (1 + jax.lax.erf(x / np.sqrt(2)))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (jax.nn.relu, "relu"),
        (jax.nn.silu, "silu"),
        (jax.nn.softplus, "softplus"),
        (jax.nn.elu, "elu"),
        (jax.nn.leaky_relu, "leaky_relu"),
        (jax.nn.relu6, "relu6"),
        (jax.nn.hard_sigmoid, "relu6"),
        (jax.nn.mish, "mish"),
        (jnp.tanh, "tanh"),
        (lambda x: 1 / (1 + jnp.exp(-x)), "exp+div"),
        (gelu_by_hand, "erf+mul"),
        (lambda x: x * x, "mul"),
        (lambda x: x + jax.nn.relu(x), "max"),
    ],
)
def test_an_activation_is_one_equation_however_it_is_spelt(function, name):
    program = folded(lambda x: function(x @ WEIGHTS + 1.5))
    chains = [equation for equation in program.equations if equation.primitive == CHAIN]
    assert [chain.params["name"] for chain in chains] == [name]
    assert chains[0].operands[0].shape == (5, 4)
    np.testing.assert_allclose(
        walk(program, jnp.asarray(X), evaluate), function(X @ WEIGHTS + 1.5), rtol=1e-5, atol=1e-6
    )


def test_affine_steps_before_an_activation_stay():
    program = folded(lambda x: jax.nn.relu(((x @ WEIGHTS) - 0.3) * jnp.arange(4.0)) * 2 + 1)
    assert [equation.primitive for equation in program.equations] == ["dot_general", "sub", "mul", CHAIN, "mul", "add"]


def test_a_value_that_is_used_elsewhere_ends_a_chain():
    def function(x):
        h = jax.nn.relu(x)
        return jnp.tanh(h) @ WEIGHTS + h @ WEIGHTS

    program = folded(function)
    assert [equation.primitive for equation in program.equations].count(CHAIN) == 2
    relu, tanh = (equation for equation in program.equations if equation.primitive == CHAIN)
    assert tanh.operands[0] is relu.outputs[0]
    np.testing.assert_allclose(walk(program, jnp.asarray(X), evaluate), function(X), rtol=1e-5)


def test_values_with_different_roots_are_not_folded():
    program = folded(lambda x: jnp.tanh(x @ WEIGHTS) * jax.nn.sigmoid(x @ WEIGHTS.T))
    assert [e.primitive for e in program.equations] == ["dot_general", CHAIN, "dot_general", CHAIN, "mul"]


def test_broadcasting_ends_a_chain():
    program = folded(lambda x: jnp.exp(x - x.mean(-1, keepdims=True)))
    assert [e.primitive for e in program.equations if e.primitive == CHAIN] == [CHAIN]
    np.testing.assert_allclose(
        walk(program, jnp.asarray(X), evaluate), np.exp(X - X.mean(-1, keepdims=True)), rtol=1e-5
    )
