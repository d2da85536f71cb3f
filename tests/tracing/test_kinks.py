import jax
import jax.numpy as jnp

from genomics.tracing.kinks import evaluate_with_kinks
from genomics.tracing.program import trace, walk


def slopes(function, x):
    program = trace(function, x)
    return jax.jit(jax.grad(lambda x: walk(program, x, evaluate_with_kinks).sum()))(x).tolist()


def test_at_a_tie_with_a_constant_the_constant_s_slope_counts():
    x = jnp.array([-1.0, 0.0, 1.0, 6.0, 7.0])
    assert slopes(lambda x: jnp.maximum(x, 0), x) == [0, 0, 1, 1, 1]
    assert slopes(lambda x: jnp.maximum(0, x), x) == [0, 0, 1, 1, 1]
    assert slopes(jax.nn.relu6, x) == [0, 0, 1, 0, 0]


def test_a_maximum_of_two_values_shares_the_slope_at_a_tie():
    assert slopes(lambda x: jnp.maximum(x, 2 * x), jnp.array([-1.0, 0.0, 1.0])) == [1, 1.5, 2]
