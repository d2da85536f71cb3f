"""A convolution as a product gives the same numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from genomics.mutagenesis.naive import ism
from genomics.tracing import patches
from genomics.tracing.program import trace


@settings(max_examples=10, deadline=None)
@given(
    stride=st.integers(1, 3),
    dilations=st.tuples(st.integers(1, 2), st.integers(1, 3)),
    padding=st.tuples(st.integers(-1, 4), st.integers(0, 3)),
    taps=st.integers(1, 4),
    groups=st.sampled_from([(1, 3, 5), (4, 1, 1), (4, 1, 2), (2, 3, 2)]),
    layout=st.sampled_from([("NWC", "WIO", "NWC"), ("NCW", "OIW", "NCW"), ("NCW", "WIO", "NWC")]),
)
def test_any_geometry(stride, dilations, padding, taps, groups, layout):
    count, features, outputs = groups
    generator = np.random.default_rng(taps)
    value = generator.normal(size=(2, 24, count * features)).astype(np.float32)
    kernel = generator.normal(size=(taps, features, count * outputs)).astype(np.float32)
    x = jnp.asarray(value if layout[0] == "NWC" else value.swapaxes(1, 2))
    kernel = jnp.asarray(kernel if layout[1] == "WIO" else kernel.transpose(2, 1, 0))

    def function(x):
        return lax.conv_general_dilated(
            x,
            kernel,
            (stride,),
            [padding],
            lhs_dilation=dilations[:1],
            rhs_dilation=dilations[1:],
            dimension_numbers=layout,
            feature_group_count=count,
        )

    (equation,) = trace(function, x).equations
    found = patches.convolution(equation, x, kernel)
    np.testing.assert_allclose(found, function(x), rtol=1e-5, atol=1e-5)


def test_images():
    x = jax.random.normal(jax.random.key(0), (1, 4, 9, 2))
    kernel = jax.random.normal(jax.random.key(1), (4, 3, 2, 5))

    def function(x):
        return lax.conv_general_dilated(x, kernel, (1, 2), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))

    (equation,) = trace(function, x).equations
    np.testing.assert_allclose(patches.convolution(equation, x, kernel), function(x), rtol=1e-5, atol=1e-5)
    assert patches.size(equation) == 4 * 5 * 12 * 2


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="other devices keep the convolution")
def test_loops_on_a_cpu_hold_no_convolution():
    kernel = jax.random.normal(jax.random.key(0), (3, 4, 5))

    def predict(x):
        return jax.nn.relu(
            lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
        ).sum((0, 1))

    x = jnp.eye(4)[jnp.array([0, 1, 2, 3] * 3)]
    looped, at_once = ism(predict, 5), ism(predict, 1000)
    loop = next(e for e in jax.make_jaxpr(looped)(x).eqns if e.primitive.name == "scan")
    assert "conv_general_dilated" not in str(loop.params["jaxpr"])
    np.testing.assert_allclose(looped(x).scores, at_once(x).scores, atol=1e-5)


@pytest.mark.parametrize("wanted", [None, jnp.float32])
def test_half_precision_is_summed_as_xla_sums_it(wanted):
    x = jax.random.normal(jax.random.key(0), (1, 50, 8))
    kernel = jax.random.normal(jax.random.key(1), (21, 1, 8))

    def function(x, kernel):
        layout = ("NWC", "WIO", "NWC")
        given = {"dimension_numbers": layout, "feature_group_count": 8, "preferred_element_type": wanted}
        return lax.conv_general_dilated(x, kernel, (1,), "VALID", **given)

    half = x.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)
    (equation,) = trace(lambda x: function(x, half[1]), half[0]).equations
    exact = function(*(each.astype(jnp.float32) for each in half))
    error = lambda found: float(jnp.abs(found.astype(jnp.float32) - exact).max())  # noqa: E731
    assert error(patches.convolution(equation, *half)) <= 1.01 * error(function(*half)) + 1e-5
