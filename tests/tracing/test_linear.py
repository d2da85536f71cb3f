import jax.numpy as jnp
import pytest
from jax import lax

from genomics.tracing.linear import affine_operands, is_affine, is_weighted
from genomics.tracing.program import trace

X = jnp.ones((5, 4))


def last(function):
    return trace(function, X).equations[-1]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x + 1, True),
        (lambda x: x - x[::-1], True),
        (lambda x: x * 2, True),
        (lambda x: x * x[::-1], False),
        (lambda x: x / 3, True),
        (lambda x: 3 / x, False),
        (lambda x: x @ jnp.ones((4, 2)), True),
        (lambda x: x @ x.T, False),
        (lambda x: lax.dynamic_slice(x, (1, 1), (2, 2)), True),
        (lambda x: lax.dynamic_slice(x, (x[0, 0].astype(int), 1), (2, 2)), False),
        (lambda x: lax.select(jnp.ones((5, 4), bool), x, -x), True),
        (lambda x: lax.select(x > 0, jnp.ones((5, 4)), jnp.zeros((5, 4))), False),
        (lambda x: x.astype(jnp.bfloat16), True),
        (lambda x: x.astype(int), False),
        (lambda x: (x > 0).astype(float), True),
        (jnp.tanh, False),
        (lambda x: x.max(0), False),
        (lambda x: x.sum(0), True),
    ],
)
def test_which_equations_are_affine_in_all_that_varies(function, expected):
    assert is_affine(last(function)) is expected


def test_weights_are_constant():
    assert is_weighted(last(lambda x: x @ jnp.ones((4, 2))))
    assert is_weighted(last(lambda x: jnp.ones((2, 5)) @ x))
    assert not is_weighted(last(lambda x: x @ x.T))
    assert not is_weighted(last(lambda x: x * 2))


def test_indices_and_selectors_are_no_affine_operands():
    assert affine_operands(last(lambda x: lax.dynamic_slice(x, (1, 1), (2, 2)))) == {0}
    assert affine_operands(last(lambda x: lax.select(x > 0, x, x))) == {1, 2}
    assert affine_operands(last(lambda x: x @ x.T)) == {0, 1}
