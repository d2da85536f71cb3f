import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.models.convolution import conv1d, conv_max_pool, max_pool


def random_pair(length, width, channels=3, filters=5):
    rng = np.random.default_rng([length, width])
    return [jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((length, channels), (width, channels, filters))]


@settings(max_examples=5, deadline=None)
@given(length=st.integers(9, 40), width=st.integers(1, 9), stride=st.integers(1, 5))
def test_both_forms_of_a_convolution_are_equal(length, width, stride):
    x, kernel = random_pair(length, width)
    both = jax.jit(lambda: [conv1d(x, kernel, stride=stride, form=form) for form in ("primitive", "matmul")])
    np.testing.assert_allclose(*both(), atol=1e-5)


@settings(max_examples=5, deadline=None)
@given(length=st.integers(9, 40), width=st.integers(1, 9), size=st.integers(1, 9))
def test_fused_convolution_and_pooling_equals_one_after_the_other(length, width, size):
    x, kernel = random_pair(length, width)

    def separate(kernel):
        return max_pool(conv1d(x, kernel), size)

    def fused(kernel):
        return conv_max_pool(x, kernel, size)

    @jax.jit
    def both():
        results = []
        for function in (separate, fused):
            value, pull = jax.vjp(function, kernel)
            results.append((value, *pull(jnp.cos(jnp.arange(value.size)).reshape(value.shape))))
        return results

    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), *both())


def test_convolution_on_paper():
    # y[m] = sum_w x[m * 2 + w] k[w], no flip.
    x, kernel = jnp.array([[1.0], [2.0], [3.0], [4.0], [5.0]]), jnp.array([[[10.0]], [[1.0]]])
    for form in ("primitive", "matmul"):
        np.testing.assert_array_equal(conv1d(x, kernel, stride=2, form=form)[:, 0], [12.0, 34.0])


def test_same_padding_puts_the_odd_row_on_the_right_and_is_never_the_maximum():
    x = -jnp.arange(1.0, 6.0)[:, None]  # -1 .. -5: padding with zeros would win
    np.testing.assert_array_equal(max_pool(x, 4)[:, 0], [-1.0, -4.0])
    np.testing.assert_array_equal(conv_max_pool(x, jnp.ones((1, 1, 1)), 4)[:, 0], [-1.0, -4.0])


def test_the_first_of_tied_positions_takes_the_gradient():
    x = jnp.array([[2.0], [2.0], [1.0], [2.0]])
    kernel = jnp.ones((1, 1, 1))
    for pool in (lambda x: max_pool(x, 4), lambda x: conv_max_pool(x, kernel, 4)):
        np.testing.assert_array_equal(jax.grad(lambda x, pool=pool: pool(x).sum())(x)[:, 0], [1, 0, 0, 0])
