"""One network written in Flax Linen, Flax NNX, Equinox and plain JAX gets the same scores."""

import equinox
import flax.linen as linen
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax

from genomics.attribution.deeplift import deeplift
from genomics.attribution.layers import layers

RNG = np.random.default_rng(3)
KERNEL, BIAS = RNG.normal(size=(5, 4, 6)).astype(np.float32), RNG.normal(size=6).astype(np.float32)
DENSE, OUT = RNG.normal(size=(24, 7)).astype(np.float32), RNG.normal(size=(7, 3)).astype(np.float32)
X, REFERENCE = jnp.eye(4)[RNG.integers(0, 4, (2, 20))]


def plain(x):
    h = lax.conv_general_dilated(x[None], KERNEL, (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")) + BIAS
    h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (1, 4, 1), (1, 4, 1), "VALID")
    return jax.nn.relu(h.reshape(-1) @ DENSE) @ OUT


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x):
        h = linen.relu(linen.Conv(6, (5,), padding="VALID")(x))
        h = linen.max_pool(h, (4,), (4,)).reshape(x.shape[0], -1)
        h = linen.relu(linen.Dense(7, use_bias=False)(h))
        return linen.Dense(3, use_bias=False)(h)


class Nnx(nnx.Module):
    def __init__(self):
        rngs = nnx.Rngs(0)
        self.convolution = nnx.Conv(4, 6, (5,), padding="VALID", rngs=rngs)
        self.dense = nnx.Linear(24, 7, use_bias=False, rngs=rngs)
        self.out = nnx.Linear(7, 3, use_bias=False, rngs=rngs)
        self.convolution.kernel[...], self.convolution.bias[...] = jnp.asarray(KERNEL), jnp.asarray(BIAS)
        self.dense.kernel[...], self.out.kernel[...] = jnp.asarray(DENSE), jnp.asarray(OUT)

    def __call__(self, x):
        h = nnx.max_pool(nnx.relu(self.convolution(x)), (4,), (4,)).reshape(x.shape[0], -1)
        return self.out(nnx.relu(self.dense(h)))


class Equinox(equinox.Module):
    convolution: equinox.nn.Conv1d
    pool: equinox.nn.MaxPool1d
    dense: equinox.nn.Linear
    out: equinox.nn.Linear

    def __init__(self):
        key = jax.random.key(0)
        replace = lambda layer, weight: equinox.tree_at(lambda m: m.weight, layer, jnp.asarray(weight))  # noqa: E731
        convolution = replace(equinox.nn.Conv1d(4, 6, 5, key=key), KERNEL.transpose(2, 1, 0))
        self.convolution = equinox.tree_at(lambda m: m.bias, convolution, jnp.asarray(BIAS)[:, None])
        self.pool = equinox.nn.MaxPool1d(4, 4)
        self.dense = replace(equinox.nn.Linear(24, 7, use_bias=False, key=key), DENSE.T)
        self.out = replace(equinox.nn.Linear(7, 3, use_bias=False, key=key), OUT.T)

    def __call__(self, x):
        h = self.pool(jax.nn.relu(self.convolution(x.T))).T
        return self.out(jax.nn.relu(self.dense(h.reshape(-1))))


def linen_network():
    parameters = {
        "params": {
            "Conv_0": {"kernel": KERNEL, "bias": BIAS},
            "Dense_0": {"kernel": DENSE},
            "Dense_1": {"kernel": OUT},
        }
    }
    return lambda x: Linen().apply(parameters, x[None])[0]


def nnx_network():
    model = Nnx()
    return lambda x: model(x[None])[0]


@pytest.fixture(scope="module")
def expected():
    return jax.jit(lambda x: (plain(x), deeplift(plain, reference=REFERENCE)(x)))(X)


@pytest.mark.parametrize("make", [linen_network, nnx_network, Equinox], ids=["linen", "nnx", "equinox"])
def test_one_network_in_every_library_gets_the_same_scores(make, expected):
    predict = make()
    logits, found = jax.jit(lambda x: (predict(x), deeplift(predict, reference=REFERENCE)(x)))(X)
    np.testing.assert_allclose(logits, expected[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.scores, expected[1].scores, atol=2e-5)
    np.testing.assert_allclose(found.hypothetical, expected[1].hypothetical, atol=2e-5)
    rules = [layer.rule for layer in layers(predict, (20, 4)) if layer.name.startswith("relu")]
    assert rules == ["rescale", "reveal_cancel"]
