"""Contributions sum to f(x) - f(r), whatever the network is made of and whatever the reference is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.attribution.deeplift import deeplift

COMPLETE = ("genomics_default", "rescale", "reveal_cancel")
LENGTH = 24
QUICK_TO_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape) / np.sqrt(max(1, np.prod(shape[:-1])) / 2)


def convolve(h, kernel, **options):
    options = {"window_strides": (1,), "padding": "VALID", **options}
    return lax.conv_general_dilated(h[None], kernel, dimension_numbers=("NHC", "HIO", "NHC"), **options)[0]


def pool(h, window, stride, padding):
    return lax.reduce_window(h, -jnp.inf, lax.max, (window, 1), (stride, 1), padding)


def head(h, seed=90):
    h = h.reshape(-1)
    h = jax.nn.relu(h @ normal(seed, h.size, 7) + normal(seed + 1, 7))
    return h @ normal(seed + 2, 7, 3) + normal(seed + 3, 3)


def overlapping_pool(x):
    h = jax.nn.relu(convolve(x, normal(1, 5, 4, 6)) + normal(2, 6))
    return head(pool(h, 3, 1, "SAME"))


def tied_pool(x):
    h = jax.nn.relu(convolve(x, normal(1, 5, 4, 6)) - 1.0)  # mostly zeros: ties in nearly every window
    return head(pool(h, 4, 2, "VALID"))


def same_padding(x):
    h = jax.nn.relu(convolve(x, normal(1, 4, 4, 6), padding="SAME") - 0.5)
    h = pool(h - 2.0, 5, 5, "SAME")  # all negative: padding must not win
    return head(jax.nn.relu(convolve(h, normal(3, 3, 6, 5), padding="SAME")))


def dilated_strided_grouped(x):
    h = jax.nn.relu(convolve(x, normal(1, 3, 4, 8), rhs_dilation=(2,), window_strides=(2,), padding=[(1, 2)]))
    h = jax.nn.relu(convolve(h, normal(2, 3, 2, 8), feature_group_count=4))
    h = convolve(h, normal(3, 3, 8, 5), lhs_dilation=(2,), padding=[(0, 1)])
    return head(lax.reduce_window(h, -jnp.inf, lax.max, (3, 1), (2, 1), "VALID", window_dilation=(2, 1)))


def residual(x):
    h = jax.nn.relu(convolve(x, normal(1, 3, 4, 6), padding="SAME"))
    for seed in (2, 3):
        h = h + jax.nn.relu(convolve(h, normal(seed, 3, 6, 6), padding="SAME") + normal(seed + 9, 6))
    return head(pool(jax.nn.relu(h - 0.5), 6, 4, "SAME"))


def normalised(x):
    h = convolve(x, normal(1, 5, 4, 6)) + normal(2, 6)
    h = (h - normal(3, 6)) / jnp.sqrt(jnp.asarray(0.5 + normal(4, 6) ** 2)) * normal(5, 6) + normal(6, 6)  # batch
    h = jax.nn.relu(h)
    h = (h - h.mean(-1, keepdims=True)) * lax.rsqrt(h.var(-1, keepdims=True) + 1e-3) * normal(7, 6)  # layer
    h = h.reshape(-1) @ normal(8, 120, 9)
    h = jax.nn.relu((h - normal(9, 9)) * normal(10, 9))
    return head(h)


def smooth_activations(x):
    h = jax.nn.gelu(convolve(x, normal(1, 5, 4, 6)), approximate=False)
    h = jax.nn.silu(convolve(h, normal(2, 3, 6, 6)))
    h = jax.nn.elu(jax.nn.softplus(h) - 1).reshape(-1)
    h = jnp.tanh(h @ normal(3, h.size, 8))
    h = jnp.exp(jax.nn.sigmoid(h @ normal(4, 8, 8)))
    h = jnp.log(jax.nn.leaky_relu(h @ normal(5, 8, 8)) ** 2 + 1)
    return head(jnp.sqrt(jnp.abs(h) + 1) + jnp.square(h) + h**3)


def attention(x):
    h = convolve(x, normal(1, 3, 4, 6), padding="SAME")
    q, k, v = (h @ normal(seed, 6, 6) for seed in (2, 3, 4))
    h = h + jax.nn.softmax(q @ k.T / 2, axis=-1) @ v
    return jax.nn.log_softmax(head(h))


def gated(x):
    a, b = jnp.split(convolve(x, normal(1, 5, 4, 12)), 2, axis=-1)
    h = jnp.tanh(a) * jax.nn.sigmoid(b)
    h = jnp.maximum(h, convolve(x, normal(2, 5, 4, 6))) - jnp.minimum(a, b)
    h = jnp.where(a > b, h, 2 * b) / (2 + jnp.square(a))
    h = jnp.logaddexp(h, a) + jnp.clip(a, -0.3, 0.4)
    return head(h)


def reductions(x):
    h = jax.nn.relu(convolve(x, normal(1, 5, 4, 6)))
    averages = lax.reduce_window(h, 0.0, lax.add, (4, 1), (3, 1), "SAME") / 4
    lowest = lax.reduce_window(h, jnp.inf, lax.min, (3, 1), (2, 1), "VALID")
    parts = [h.max(0), h.mean(0), h.min(0), averages.sum(1), lowest.reshape(-1), jax.nn.logsumexp(h, axis=0)]
    return head(jnp.concatenate(parts))


def shapes(x):
    h = jnp.concatenate([x, x[::-1, ::-1]], axis=-1)
    h = jnp.pad(h, ((2, 3), (0, 0)), constant_values=0.5)[1:-1:2]
    h = jnp.stack([h, jnp.roll(h, 3, axis=0)], axis=1).swapaxes(0, 1)
    h = jnp.take(h.reshape(2, -1), np.array([5, 3, 3, 17, 40]), axis=1)
    h = lax.dynamic_slice(h, (0, 1), (2, 4)).at[0, 1].add(0.5).at[1, 2].set(0.3)
    return head(jnp.cumsum(jnp.repeat(jax.nn.relu(h).T, 2, axis=1), axis=0))


NETWORKS = [
    overlapping_pool,
    tied_pool,
    same_padding,
    dilated_strided_grouped,
    residual,
    normalised,
    smooth_activations,
    attention,
    gated,
    reductions,
    shapes,
]


def inputs(dtype):
    rng = np.random.default_rng(7)
    one_hot = np.eye(4, dtype=dtype)
    x = one_hot[rng.integers(0, 4, (3, LENGTH))]
    references = [one_hot[rng.integers(0, 4, LENGTH)], rng.normal(size=(LENGTH, 4)), np.full((LENGTH, 4), 0.25)]
    return x, np.stack(references).astype(dtype)


def residuals(network, dtype, **options):
    x, references = inputs(dtype)

    def explain(x, r):
        return deeplift(network, reference=r, **options)(x), network(x), network(r)

    found, at_x, at_r = jax.jit(jax.vmap(explain), compiler_options=QUICK_TO_COMPILE)(x, references)
    independent = found.scores.sum((2, 3)) - (at_x - at_r)
    independent /= np.maximum(1, np.maximum(np.abs(at_x), np.abs(at_r)))
    np.testing.assert_allclose(found.residual, independent, atol=100 * np.finfo(dtype).eps)
    return np.abs(independent).max()


@pytest.mark.parametrize("network", NETWORKS, ids=lambda f: f.__name__)
def test_complete_in_double_precision(network):
    with jax.enable_x64(True):
        for rule in COMPLETE:
            assert residuals(network, np.float64, rule=rule) < 1e-9, rule


@pytest.mark.parametrize("network", [normalised, attention], ids=lambda f: f.__name__)
def test_complete_in_single_precision(network):
    assert residuals(network, np.float32, rule="reveal_cancel") < 1e-4
    assert residuals(network, np.float32, rule="rescale") < 1e-4


@pytest.mark.parametrize("network", [overlapping_pool, residual], ids=lambda f: f.__name__)
def test_gradient_pooling_is_not_complete(network):
    assert residuals(network, np.float32, rule="rescale", max_pool_rule="gradient") > 1e-2
