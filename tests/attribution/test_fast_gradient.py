import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from genomics.attribution.fast_gradient import with_fast_gradient
from genomics.attribution.integrated_gradients import integrated_gradients
from tests.networks import NETWORKS


def conv(x, kernel, **options):
    options = {"window_strides": (1,), "padding": "VALID", "dimension_numbers": ("NWC", "WIO", "NWC"), **options}
    return lax.conv_general_dilated(x[None], kernel, **options)[0]


def values_and_gradients(functions, x, rewrite):
    """For each function its value and the gradient of a random weighting of its outputs, in one compilation."""

    def one(function, x):
        weights = jax.random.normal(jax.random.key(9), jax.eval_shape(function, x).shape, x.dtype)
        value, pull_back = jax.vjp(rewrite(function), x)
        return value, pull_back(weights)[0]

    every = jax.jit(
        lambda x: {name: one(function, x) for name, function in functions.items()},
        compiler_options={"xla_backend_optimization_level": 0},
    )
    return every(x)


def check_equal(functions, x):
    fast = values_and_gradients(functions, x, with_fast_gradient)
    plain = values_and_gradients(functions, x, lambda function: function)
    for name in functions:
        np.testing.assert_allclose(fast[name][0], plain[name][0], rtol=1e-5, atol=1e-5, err_msg=name)
        np.testing.assert_allclose(fast[name][1], plain[name][1], rtol=1e-5, atol=1e-5, err_msg=name)


CONVOLUTIONS = {
    "valid": {},
    "same": {"padding": "SAME"},
    "stride": {"window_strides": (3,)},
    "stride and same": {"window_strides": (2,), "padding": "SAME"},
    "dilation": {"rhs_dilation": (2,)},
    "input dilation": {"lhs_dilation": (2,), "padding": [(1, 2)]},
    "groups": {"feature_group_count": 2},
    "negative padding": {"padding": [(-1, -2)]},
    "wide padding": {"padding": [(7, 5)], "window_strides": (2,)},
}


def test_convolutions_keep_value_and_gradient():
    kernel = jax.random.normal(jax.random.key(1), (5, 4, 6))
    kernels = {1: kernel, 2: kernel[:, :2]}

    def case(options):
        return lambda x: conv(x, kernels[options.get("feature_group_count", 1)], **options)

    x = jax.random.normal(jax.random.key(0), (13, 4))
    check_equal({name: case(options) for name, options in CONVOLUTIONS.items()}, x)


def test_convolutions_in_other_layouts():
    x = jax.random.normal(jax.random.key(0), (3, 1, 4, 9))
    kernel = jax.random.normal(jax.random.key(1), (5, 4, 1, 3))
    layouts = ("NCHW", "OHIW", "CNHW")
    check_equal({"": lambda x: lax.conv_general_dilated(x, kernel, (1, 2), "SAME", dimension_numbers=layouts)}, x)


def test_pools_keep_value_and_gradient_with_ties():
    def case(window, strides, padding):
        return lambda x: lax.reduce_window(x, -jnp.inf, lax.max, window, strides, padding)

    windows = [((4, 1), (4, 1)), ((3, 1), (2, 1)), ((1, 3), (1, 3))]
    x = jax.random.randint(jax.random.key(0), (11, 4), 0, 3).astype(jnp.float32)
    check_equal({f"{w} {s} {padding}": case(w, s, padding) for w, s in windows for padding in ("SAME", "VALID")}, x)


def test_a_pool_shows_nan_and_takes_the_first_of_equal_values():
    pool = with_fast_gradient(lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (3,), (3,), "VALID"))
    assert jnp.isnan(pool(jnp.array([1, jnp.nan, 2, 0, 0, 0, 9]))).tolist() == [True, False]
    assert jax.grad(lambda x: pool(x).sum())(jnp.array([1.0, 2, 2, 0, 0, 0, 9])).tolist() == [0, 1, 0, 1, 0, 0, 0]


def test_derivatives_of_the_library_and_of_the_weights_survive():
    x = jax.random.normal(jax.random.key(0), (13, 4))
    kernels = jax.random.normal(jax.random.key(1), (2, 5, 4, 3))

    def gradient_norm(kernel, rewrite):
        network = rewrite(lambda x: jax.nn.relu(conv(x, kernel) - conv(x, kernel)[:1]).sum() ** 2)
        return (jax.grad(network)(x) ** 2).sum()

    # At position 0 the pre-activation is exactly 0, where relu's own slope is 0 and that of max(x, 0) is 0.5.
    of = [jax.jit(jax.vmap(jax.grad(lambda k: gradient_norm(k, f)))) for f in (with_fast_gradient, lambda f: f)]
    np.testing.assert_allclose(of[0](kernels), of[1](kernels), rtol=1e-4, atol=1e-4)


def test_pools_with_holes_have_a_gradient():
    """JAX has none: the plain form is a maximum of slices."""
    x = jax.random.normal(jax.random.key(0), (14, 3))
    pool = lambda x: lax.reduce_window(x, -jnp.inf, lax.max, (3, 1), (2, 1), "VALID", window_dilation=(2, 1))  # noqa: E731
    slices = lambda x: jnp.stack([x[k : k + 10 : 2] for k in (0, 2, 4)]).max(0)  # noqa: E731
    fast = values_and_gradients({"pool": pool}, x, with_fast_gradient)["pool"]
    plain = values_and_gradients({"pool": slices}, x, lambda function: function)["pool"]
    for found, expected in zip(fast, plain, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_gradient_of_a_maximum_is_a_number_even_if_its_operand_is_computed_twice():
    """In a loop XLA may round `a + s (b - a)` in two ways; then no value equals the maximum of the others."""
    network = NETWORKS["global maximum"]
    x, reference = jnp.eye(4)[np.random.default_rng(0).integers(0, 4, (2, network.length))]
    found = jax.jit(integrated_gradients(network.predict, reference=reference, steps=60))(x)
    assert np.isfinite(found.scores).all()
    assert np.abs(found.residual).max() < 0.01


def test_equal_values_share_the_gradient_of_a_maximum_along_axes():
    x = jnp.array([[1.0, 3.0], [3.0, 2.0], [3.0, -1.0]])
    found = jax.grad(lambda x: with_fast_gradient(lambda x: x.max((0, 1))[None])(x)[0])(x)
    np.testing.assert_allclose(found, (x == 3) / 3, rtol=1e-6)
