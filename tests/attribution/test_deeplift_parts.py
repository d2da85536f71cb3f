"""The short forms against the formulas as they are printed, on random arrays."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.deeplift.linear import linear
from genomics.attribution.deeplift.parts import in_parts
from genomics.attribution.deeplift.pooling import max_pool, windows
from genomics.attribution.deeplift.value import Frozen, Parts, by_sign, is_near_zero, total
from genomics.tracing.program import trace

RNG = np.random.default_rng(0)


def array(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def only_equation(function, x):
    (equation,) = trace(function, x).equations
    return equation


def frozen(x, r):
    return Frozen(x=x, r=r, parts=by_sign(x - r, x - r))


def with_parts(function, x, r):
    equation = only_equation(function, x)
    operands = [frozen(x, r) if live else o for o, live in zip(equation.operands, equation.live, strict=True)]
    outputs = [Frozen(x=function(x), r=function(r))]
    return in_parts(equation, operands, outputs, linear(equation, operands, "middle"))


@pytest.mark.parametrize("left", [True, False])
def test_two_products_are_the_four_of_the_formula(left):
    x, r, w, d = array(3, 5), array(3, 5), array(5, 5) if left else array(4, 3), array(3, 5)
    x[0] = r[0]  # unchanged inputs
    multiply = (lambda w, v: v @ w) if left else (lambda w, v: w @ v)

    @jax.jit
    def pushed(x, r, d):
        chosen = with_parts(lambda x: multiply(w, x), x, r)
        return chosen.push([d])[0], chosen.push([x - r])[0], chosen.parts[0]

    found, own, parts = pushed(x, r, d)
    rising, falling, same = (x > r) * 1.0, (x < r) * 1.0, (x == r) * 1.0
    up, down = np.maximum(w, 0), np.minimum(w, 0)
    half = 0.5 * multiply(w, d * same)
    positive = multiply(up, d * rising) + multiply(down, d * falling) + half
    negative = multiply(down, d * rising) + multiply(up, d * falling) + half
    np.testing.assert_allclose(found.positive, positive, atol=1e-5)
    np.testing.assert_allclose(found.negative, negative, atol=1e-5)
    # The parts of its own difference, by one product instead of two.
    np.testing.assert_allclose(parts.positive, own.positive, atol=1e-5)
    np.testing.assert_allclose(parts.negative, own.negative, atol=1e-5)


SIGNED = np.array([2.0, -3.0, 0.0, 1.0], np.float32)


@pytest.mark.parametrize(
    ("function", "factor"),
    [
        (lambda x: x * SIGNED, SIGNED),
        (lambda x: SIGNED * x, SIGNED),
        (lambda x: x / (SIGNED + 0.5), 1 / (SIGNED + 0.5)),
        (lambda x: -x, -1.0),
        (lambda x: SIGNED - x, -1.0),
        (lambda x: x - SIGNED, 1.0),
        (lambda x: x + SIGNED, 1.0),
    ],
)
def test_a_negative_factor_swaps_the_parts(function, factor):
    x, r = array(3, 4), array(3, 4)
    delta = Parts(array(3, 4), array(3, 4))
    (found,) = jax.jit(lambda x, r, delta: with_parts(function, x, r).push([delta]))(x, r, delta)
    up, down = np.maximum(factor, 0), np.minimum(factor, 0)
    np.testing.assert_allclose(found.positive, up * delta.positive + down * delta.negative, rtol=1e-5)
    np.testing.assert_allclose(found.negative, up * delta.negative + down * delta.positive, rtol=1e-5)


@pytest.mark.parametrize("padding", ["VALID", "SAME"])
@pytest.mark.parametrize(("size", "stride"), [((2, 3), (2, 3)), ((1, 4), (1, 5)), ((3, 1), (2, 1)), ((3, 2), (1, 1))])
def test_windows_hold_what_the_pool_sees(padding, size, stride):
    x = array(9, 10)
    pool = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, size, stride, padding)  # noqa: E731
    equation = only_equation(pool, jax.ShapeDtypeStruct(x.shape, x.dtype))
    add = lambda x: lax.reduce_window(x, 0.0, lax.add, size, stride, padding)  # noqa: E731
    seen = lambda x: windows(equation, x, 0.0).sum(0)  # noqa: E731

    @jax.jit
    def compared(x):
        largest = pool(x)
        transposed = [jax.linear_transpose(form, x)(largest)[0] for form in (seen, add)]
        return windows(equation, x, -jnp.inf), largest, (seen(x), add(x)), transposed

    found, largest, sums, transposed = compared(x)
    assert found.shape == (np.prod(size), *largest.shape)
    np.testing.assert_array_equal(found.max(0), largest)
    np.testing.assert_allclose(*sums, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(*transposed, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("padding", ["VALID", "SAME"])
@pytest.mark.parametrize(("size", "stride"), [(4, 4), (3, 2), (5, 1)])
def test_gradient_rule_is_the_gradient_of_the_pool(padding, size, stride):
    x = np.round(array(17, 2) * 2)  # many ties
    pool = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (size, 1), (stride, 1), padding)  # noqa: E731
    incoming = array(*jax.eval_shape(pool, x).shape)

    @jax.jit
    def pulled(x):
        chosen = max_pool(only_equation(pool, x), Frozen(x=x, r=0 * x), "gradient")
        ((found,),) = jax.linear_transpose(chosen.push, [x])([incoming])
        return found, jax.vjp(pool, x)[1](incoming)[0]

    np.testing.assert_allclose(*pulled(x), rtol=1e-5)


def test_cross_weights_lie_between_zero_and_one_and_are_exact():
    x, r = np.round(array(30, 8) * 2), np.round(array(30, 8) * 2)
    pool = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (4, 1), (2, 1), "SAME")  # noqa: E731

    @jax.jit
    def pushed(x, r):
        chosen = max_pool(only_equation(pool, x), Frozen(x=x, r=r), "cross")
        push = lambda d: chosen.push([d])[0]  # noqa: E731
        return push(x - r), pool(x) - pool(r), jax.jacobian(push)(x - r)

    found, difference, jacobian = pushed(x, r)
    np.testing.assert_allclose(found, difference, atol=1e-5)
    assert jacobian.min() >= 0
    assert jacobian.max() <= 1


def test_parts_of_nothing_are_equal_halves():
    found = by_sign(jnp.array([1.0, -1.0, 0.0]), jnp.array([4.0, 4.0, 4.0]))
    np.testing.assert_array_equal(found.positive, [4, 0, 2])
    np.testing.assert_array_equal(found.negative, [0, 4, 2])
    np.testing.assert_array_equal(total(found), [4, 4, 4])


def test_rounding_is_told_from_a_difference_by_the_size_of_the_numbers():
    difference = jnp.float32([1e-7, 3e-7, 3e-7, 1e-5, 0.0])
    size = jnp.float32([0.0, 0.0, 10.0, 10.0, 0.0])
    np.testing.assert_array_equal(is_near_zero(difference, size), [True, False, True, False, True])
