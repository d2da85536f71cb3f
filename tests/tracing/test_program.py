import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.tracing.program import Variable, trace, walk


def evaluate(equation, operands):
    return equation.evaluate(*operands)


def nested(x):
    weights = jnp.arange(12.0).reshape(4, 3) * 2  # a constant made inside the function
    h = jax.checkpoint(lambda t: jax.nn.relu(t @ weights))(x)
    dead = jnp.sort(x)  # noqa: F841
    return jax.jit(lambda t: jax.nn.silu(t).sum(0))(h)


def test_walking_with_arrays_reproduces_the_function():
    x = jax.random.normal(jax.random.key(0), (5, 4))
    program = trace(nested, x)
    np.testing.assert_allclose(walk(program, x, evaluate), nested(x), rtol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda x: walk(program, x, evaluate))(x), nested(x), rtol=1e-6)


def test_calls_are_inlined_constants_folded_and_dead_code_dropped():
    program = trace(nested, jnp.zeros((5, 4)))
    assert [equation.primitive for equation in program.equations] == [
        "dot_general",
        "max",
        "logistic",
        "mul",
        "reduce_sum",
    ]
    assert [equation.live for equation in program.equations[:2]] == [(True, False), (True, False)]
    assert "nested" in program.equations[0].where or "<lambda>" in program.equations[0].where


def test_functions_closing_over_tracers_can_be_traced_under_vmap_and_grad():
    x = jnp.ones((5, 4))

    def of_weights(w):
        function = lambda x: jnp.tanh(x @ w)  # noqa: E731
        return walk(trace(function, x), x, evaluate).sum()

    weights = jax.random.normal(jax.random.key(1), (2, 4, 3))
    expected = jax.vmap(lambda w: jnp.tanh(x @ w).sum())(weights)
    np.testing.assert_allclose(jax.vmap(of_weights)(weights), expected, rtol=1e-6)
    assert jax.grad(of_weights)(weights[0]).shape == (4, 3)


def test_a_function_that_ignores_its_input_has_an_array_as_output():
    program = trace(lambda x: jnp.ones(3), jnp.zeros(2))
    assert not isinstance(program.output, Variable)
    assert program.equations == ()


def test_more_than_one_output_is_refused():
    with pytest.raises(InputError, match="must return one array"):
        trace(lambda x: (x, x), jnp.zeros(2))


def test_scopes_and_custom_rules_survive():
    @jax.custom_vjp
    def identity(x):
        return x * 1.0

    identity.defvjp(lambda x: (x, None), lambda _, g: (g,))

    def function(x):
        with jax.named_scope("stem"):
            return identity(x) + jax.lax.scan(lambda c, v: (c + v, v), 0.0, x)[0]

    program = trace(function, jnp.arange(3.0))
    assert [equation.primitive for equation in program.equations] == ["mul", "scan", "add"]
    assert all(equation.scope.startswith("stem") for equation in program.equations)
    np.testing.assert_allclose(walk(program, jnp.arange(3.0), evaluate), [3, 4, 5])


def test_custom_rules_can_be_kept_with_their_derivatives():
    @jax.custom_vjp
    def straight_through(x):
        return jnp.sign(x)

    straight_through.defvjp(lambda x: (jnp.sign(x), None), lambda _, g: (g,))

    def function(x):
        return jax.jit(lambda x: jax.nn.relu(straight_through(3 * x)))(x)

    x = jnp.array([-1.0, 0.0, 2.0])
    program = trace(function, x, inline_custom_rules=False)
    assert [equation.primitive for equation in program.equations] == ["mul", "custom_vjp_call", "custom_jvp_call"]
    gradient = jax.jit(jax.grad(lambda x: walk(program, x, evaluate).sum()))(x)
    assert gradient.tolist() == [0, 0, 3]
