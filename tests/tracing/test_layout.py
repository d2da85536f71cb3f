"""Channels last: the same numbers, and no turning back and forth between layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.tracing.layout import channels_last
from genomics.tracing.program import trace, walk


def weights(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32) / 3


def conv(h, width, features, **options):
    """As PyTorch has it: (1, C, L)."""
    kernel = weights(features, h.shape[1] // options.get("feature_group_count", 1), width)
    return lax.conv_general_dilated(h, kernel, **{"window_strides": (1,), "padding": "SAME", **options})


def start(x):
    return jnp.tanh(conv(x.T[None], 5, 6) + weights(1, 6, 1))


def pool(h, size):
    """In two dimensions, as PyTorch decomposes it."""
    image = h[:, :, None]
    return lax.reduce_window(image, -jnp.inf, lax.max, (1, 1, 1, size), (1, 1, 1, size), "VALID")[:, :, 0]


def head(h):
    return h.reshape(-1) @ weights(h.size, 2)


def residual(x):
    h = start(x)
    return head(pool(jnp.maximum(conv(h, 3, 6, rhs_dilation=(2,)) + h, 0), 2))


def gated(x):
    h = start(x)
    gate = jax.nn.sigmoid(h.mean(2) @ weights(6, 6))
    h = h * gate[:, :, None] + h * jnp.broadcast_to(gate[:, :, None], h.shape)
    a, b = jnp.split(conv(jnp.concatenate([h, h[:, ::-1]], 1), 3, 8, window_strides=(2,)), 2, axis=1)
    return head(a * jax.nn.sigmoid(b))


def moved(x):
    h = lax.pad(start(x), jnp.float32(1), [(0, 0, 0), (0, 1, 0), (2, -1, 0)])[:, 1:, 1::2]
    h = jnp.where(weights(6, 1) > 0, jnp.cumsum(h, 1), h[..., ::-1])
    h = jnp.squeeze(lax.expand_dims(h, (1, 4)), 1).reshape(6, h.shape[2])
    return h.sum(1)[:2] + h.max(0)[:2] + lax.rev(h, (0,)).min(1)[:2]


def read_as_it_stands(x):
    """Attention over positions, and a sort, have no rule: the value is turned back for them."""
    h = start(x)
    scores = jax.nn.softmax(jnp.einsum("bcl,bcm->blm", h, h), -1)
    return head(jnp.sort(jnp.einsum("blm,bcm->bcl", scores, h), 2))


def grouped_image(x):
    h = lax.conv_general_dilated(x.T[None, None], weights(4, 1, 4, 3), (1, 1), [(0, 0), (1, 1)])
    h = lax.conv_general_dilated(jnp.sin(h), weights(4, 2, 1, 3), (1, 1), "VALID", feature_group_count=2)
    return head(h)


@pytest.mark.parametrize("function", [residual, gated, moved, read_as_it_stands, grouped_image])
def test_numbers_are_those_of_the_function(function):
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, 20), 4)
    program = channels_last(trace(function, x))
    values = {}

    def step(equation, operands):
        results = equation.evaluate(*operands)
        values.update(zip(equation.outputs, results, strict=True))
        return results

    result = jax.jit(lambda x: walk(program, x, step))(x)
    walk(program, x, step)
    np.testing.assert_allclose(result, function(x), rtol=1e-5, atol=1e-6)
    # Every value has the shape and type that its variable says.
    assert all(values[v].shape == v.shape and values[v].dtype == v.dtype for v in values)
    convolutions = [e for e in program.equations if e.primitive == "conv_general_dilated"]
    assert convolutions
    for each in convolutions:
        numbers = each.params["dimension_numbers"]
        assert numbers.lhs_spec[1] == numbers.out_spec[1] == len(numbers.lhs_spec) - 1


@pytest.mark.parametrize(("function", "most"), [(residual, 1), (gated, 3), (moved, 0)])
def test_layers_are_not_turned_back_and_forth(function, most):
    """Once for the flattened end, and each gate once for each way in which it is spread."""
    program = channels_last(trace(function, jnp.zeros((20, 4))))
    assert sum(e.primitive == "transpose" for e in program.equations) <= most


def test_what_has_its_channels_last_already_is_left_alone():
    def function(x):
        return lax.conv_general_dilated(
            x[None], weights(3, 4, 2), (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
        )

    program = trace(function, jnp.zeros((20, 4)))
    assert channels_last(program) is program
