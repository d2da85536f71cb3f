import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import logging
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from genomics.mutagenesis.incremental.engine import announce, mutated, references
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.table import in_columns
from genomics.tracing.program import trace

LENGTH = 26


#: Compiling is most of the time of these tests, running next to none.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


def sequence(length=LENGTH, seed=0):
    return jnp.asarray(np.eye(4, dtype=np.float32)[np.random.default_rng(seed).integers(0, 4, length)])


@functools.cache
def weights(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))


def conv(h, width, features, *, stride=1, padding="VALID", dilation=1, groups=1):
    kernel = weights(width, h.shape[1] // groups, features).astype(h.dtype)
    out = lax.conv_general_dilated(
        h[None], kernel, (stride,), padding, rhs_dilation=(dilation,), dimension_numbers=("NWC", "WIO", "NWC"),
        feature_group_count=groups,
    )  # fmt: skip
    return out[0] + weights(features, seed=1).astype(h.dtype)


def max_pool(h, width, stride, padding="VALID", dilation=1):
    return lax.reduce_window(h, -jnp.inf, lax.max, (width, 1), (stride, 1), padding, window_dilation=(dilation, 1))


def mean_pool(h, width, stride, padding="VALID"):
    total = lambda v: lax.reduce_window(v, 0.0, lax.add, (width, 1), (stride, 1), padding)  # noqa: E731
    return total(h) / total(jnp.ones_like(h))


def dense(h, outputs):
    return h.reshape(-1) @ weights(h.size, outputs).astype(h.dtype)


def head(h):
    return dense(jax.nn.relu(dense(h, 6)), 2)


def agree(predict, x, positions=None, tolerance=1e-11):
    """Incremental = naive in float64, whatever the planner would choose."""
    with jax.enable_x64(True):
        x = jnp.asarray(x, jnp.float64)
        fast = lambda x: effects_of(trace(predict, x), x, positions or len(x))  # noqa: E731
        effects, expected = quick_jit(lambda x: (in_columns(fast(x), x), ism(predict)(x).scores))(x)
        assert np.abs(expected[~np.isnan(expected)]).max() > 1e-3
        np.testing.assert_allclose(effects, expected, atol=tolerance)


def is_local(predict, x):
    """Whether nothing was computed in full for every mutant."""
    messages = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging, "info", lambda text, *args: messages.append(text % args))
        announce.cache_clear()
        program = trace(predict, x)
        jax.eval_shape(lambda x: mutated(program, references(program, x), jnp.zeros(len(x), int)), x)
    return not messages, messages


def residual(h):
    h = conv(h, 5, 4, padding="SAME")
    for dilation in (1, 2):
        h = h + jax.nn.relu(conv(h, 3, 4, padding="SAME", dilation=dilation))
    return h


def layer_norm(h):
    centred = h - h.mean(-1, keepdims=True)
    return centred * lax.rsqrt(jnp.square(centred).mean(-1, keepdims=True) + 1e-3)


def batch_norm(h):
    mean, variance = weights(h.shape[1], seed=2), np.square(weights(h.shape[1], seed=3)) + 0.1
    return (h - mean) / jnp.sqrt(variance) * 1.5 + 0.2


def channels_first(x):
    kernel = weights(3, 4, 5).astype(x.dtype)
    h = lax.conv_general_dilated(x.T[None], kernel, (1,), "SAME", dimension_numbers=("NCH", "OIH", "NCH"))
    return dense(max_pool(jax.nn.relu(h[0].T), 4, 4).T, 2)


def image_of_bases(x):
    kernel = weights(4, 5, 1, 3).astype(x.dtype)
    h = lax.conv_general_dilated(
        x.T[None, :, :, None], kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return head(jnp.squeeze(jnp.maximum(h, 0.0), (0, 1)))


def taller_image(x):
    kernel = weights(2, 5, 1, 3).astype(x.dtype)
    h = lax.conv_general_dilated(
        x.T[None, :, :, None], kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return head(jnp.tanh(h).transpose(0, 2, 3, 1)[0, :, :, 1])


def both_strands(x):
    tower = lambda x: max_pool(jax.nn.relu(conv(x, 5, 3)), 4, 4).max(0)  # noqa: E731
    return dense(tower(x) + tower(x[::-1, ::-1]), 2)


def reversed_then_pooled(x):
    return head(max_pool(jnp.tanh(conv(x, 5, 3, stride=2)[::-1]), 3, 2))


def reshaped_pool(x):
    h = jax.nn.relu(conv(x, 3, 4))  # 24 columns
    return dense(h.reshape(6, 4, 4).max(1), 2)


def concatenated(x):
    h = conv(jnp.pad(x, ((2, 3), (0, 0)), constant_values=0.25), 5, 3)
    left, right = jnp.split(jnp.concatenate([h, jnp.tanh(h), jnp.ones_like(h)], 1), [4], axis=1)
    return head(jnp.concatenate([jnp.ones((2, 5)), left[:, :1] * right, jnp.ones((1, 5))])[1::3])


def gated(x):
    h = conv(x, 5, 6)
    return head(jax.nn.gelu(h[:, :3]) * jax.nn.sigmoid(h[:, 3:]))


def pointwise(x):
    h = jnp.where(x @ weights(4, 5) > 0.1, x @ weights(4, 5), jnp.clip(x @ weights(4, 5, seed=1), -0.3, 0.3))
    return dense(jax.nn.softmax(layer_norm(h), axis=1), 2)


def attention(x):
    h = conv(x, 3, 3)
    return (jax.nn.softmax(h @ h.T, axis=1) @ h).mean(0)


def recurrent(x):
    h = conv(x, 3, 3)
    return lax.scan(lambda carry, row: (jnp.tanh(carry + row), None), jnp.zeros(3, h.dtype), h)[0]


LOCAL = {
    "lab": lambda x: head(max_pool(jax.nn.relu(conv(max_pool(jax.nn.relu(conv(x, 5, 4)), 3, 3, "SAME"), 3, 3)), 2, 2)),
    "subsampling": lambda x: head(jax.nn.relu(conv(jax.nn.relu(conv(x, 5, 4, stride=2)), 3, 3, stride=3))),
    "skipped columns": lambda x: head(jnp.tanh(conv(x, 3, 4)[::5])),
    "overlapping pools": lambda x: head(mean_pool(max_pool(jax.nn.relu(conv(x, 4, 3)), 3, 2, "SAME"), 3, 1, "SAME")),
    "dilated pool": lambda x: head(max_pool(jnp.tanh(conv(x, 4, 3)), 3, 2, dilation=2)),
    "odd period": lambda x: head(max_pool(jnp.tanh(conv(x, 4, 3)), 11, 11, "SAME")),
    "no pooling": lambda x: head(jax.nn.relu(conv(jax.nn.relu(conv(x, 5, 3)), 3, 3))),
    "global maximum": lambda x: dense(jax.nn.relu(conv(x, 5, 6)).max(0), 2),
    "global minimum of rows": lambda x: dense(conv(x, 5, 6, padding="SAME").min((0, 1)) ** 2, 2),
    "global mean": lambda x: dense(jnp.exp(conv(x, 5, 6, padding="SAME")).mean(0), 2),
    "residual, dilated": lambda x: dense(residual(x).mean(0), 2),
    "batch norm": lambda x: head(max_pool(jax.nn.relu(batch_norm(conv(x, 5, 3))), 3, 3)),
    "layer norm": lambda x: head(layer_norm(conv(x, 5, 3))),
    "groups": lambda x: dense(conv(jnp.tanh(conv(x, 3, 6, groups=2)), 3, 6, groups=3)[::2], 2),
    "depthwise": lambda x: dense(conv(jnp.tanh(conv(x, 3, 4)), 3, 8, groups=4, stride=2), 2),
    "linear stack": lambda x: head(conv(conv(2 * x - 0.5, 3, 3), 3, 3, padding="SAME") * 0.5),
    "channels first": channels_first,
    "image of bases": image_of_bases,
    "taller image": taller_image,
    "both strands": both_strands,
    "reversed, then pooled": reversed_then_pooled,
    "pooling by reshape": reshaped_pool,
    "concatenated": concatenated,
    "gated": gated,
    "pointwise": pointwise,
    "weights per column": lambda x: head(jnp.maximum(x * weights(LENGTH, 4), weights(LENGTH, 4, seed=1))),
    "profile": lambda x: jnp.tanh(conv(x, 5, 2))[:, 0],
    "linear": lambda x: dense(x, 3),
}


@pytest.mark.parametrize("name", LOCAL)
def test_local_networks_equal_naive_mutagenesis(name):
    agree(LOCAL[name], sequence())


@pytest.mark.parametrize("name", ["lab", "residual, dilated", "both strands", "no pooling", "global maximum"])
def test_nothing_is_computed_in_full(name):
    local, messages = is_local(LOCAL[name], sequence(80))
    assert local, messages


@pytest.mark.parametrize(
    "name", ["lab", "subsampling", "no pooling", "both strands", "residual, dilated", "linear stack"]
)
def test_blocks_of_positions_change_nothing(name):
    agree(LOCAL[name], sequence(), positions=12)


@pytest.mark.parametrize(("network", "primitive"), [(attention, "transpose|dot_general"), (recurrent, "scan")])
def test_other_networks_are_finished_in_full_and_say_so_once(network, primitive):
    agree(network, sequence())
    local, messages = is_local(network, sequence())
    assert not local
    (message,) = messages
    assert any(name in message for name in primitive.split("|"))
    assert "test_incremental.py" in message


def test_an_unknown_base_is_nan_and_leaves_the_others_exact():
    agree(LOCAL["lab"], sequence().at[4].set(0))


def test_networks_that_ignore_the_sequence_have_no_effects():
    x = sequence()
    assert np.all(effects_of(trace(lambda x: jnp.ones(2), x), x, LENGTH) == 0)


def test_long_windows_of_a_wide_pool_use_masks():
    agree(lambda x: head(max_pool(jnp.tanh(conv(x, 4, 2)), 40, 40, "SAME")), sequence(100), positions=100)


@st.composite
def stacks(draw):
    """A random stack of layers on LENGTH bases; returns the network."""
    layers, columns = [], LENGTH
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["conv", "conv", "pool", "mean", "residual", "norm"]))
        width, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        padding = draw(st.sampled_from(["SAME", "VALID"]))
        dilation = draw(st.integers(1, 2)) if stride == 1 else 1
        if kind in ("conv", "pool", "mean"):
            extent = (width - 1) * dilation + 1
            left = -(-columns // stride) if padding == "SAME" else (columns - extent) // stride + 1
            if left < 2:
                continue
            columns = left
        layers.append((kind, width, stride, padding, dilation))
    end = draw(st.sampled_from(["flatten", "maximum", "mean"]))

    def network(x):
        h = jnp.tanh(conv(x, 3, 3, padding="SAME"))
        for kind, width, stride, padding, dilation in layers:
            if kind == "conv":
                h = jax.nn.relu(conv(h, width, 3, stride=stride, padding=padding, dilation=dilation))
            elif kind == "pool":
                h = max_pool(h, width, stride, padding, dilation)
            elif kind == "mean":
                h = mean_pool(h, (width - 1) * dilation + 1, stride, padding)
            elif kind == "residual":
                h = h + jnp.sin(conv(h, 2 * width + 1, 3, padding="SAME"))
            else:
                h = batch_norm(h)
        return dense({"flatten": lambda h: h, "maximum": lambda h: h.max(0), "mean": lambda h: h.mean(0)}[end](h), 2)

    return network


@settings(max_examples=6, deadline=None)
@given(network=stacks(), positions=st.sampled_from([None, 6, 18]), seed=st.integers(0, 99))
def test_random_stacks_equal_naive_mutagenesis(network, positions, seed):
    agree_or_constant(network, sequence(seed=seed), positions)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(network=stacks(), positions=st.sampled_from([None, 6, 18]), seed=st.integers(0, 99))
def test_many_random_stacks_equal_naive_mutagenesis(network, positions, seed):
    agree_or_constant(network, sequence(seed=seed), positions)


def agree_or_constant(network, x, positions):
    with jax.enable_x64(True):
        x = jnp.asarray(x, jnp.float64)
        fast = lambda x: effects_of(trace(network, x), x, positions or len(x))  # noqa: E731
        effects, expected = quick_jit(lambda x: (in_columns(fast(x), x), ism(network)(x).scores))(x)
        np.testing.assert_allclose(effects, expected, atol=1e-11)
