"""Incremental mutagenesis of the networks that people use, in single precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax

from genomics.models.lab import LabConfig, LabNetwork
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.naive import ism
from genomics.mutagenesis.table import in_columns
from genomics.tracing.program import trace

TOLERANCE = 1e-5


def agree(predict, length):
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, length), 4)
    with jax.default_matmul_precision("highest"):
        fast = jax.jit(lambda x: in_columns(effects_of(trace(predict, x), x, length), x))(x)
        naive = jax.jit(lambda x: ism(predict)(x).scores)(x)
    assert np.abs(naive).max() > 100 * TOLERANCE
    np.testing.assert_allclose(fast, naive, atol=TOLERANCE)


def weights(*shape):
    return np.random.default_rng(shape).normal(size=shape).astype(np.float32) / np.sqrt(np.prod(shape[:-1]))


def conv(h, width, features, dilation=1):
    return lax.conv_general_dilated(
        h[None], weights(width, h.shape[1], features), (1,), "SAME", rhs_dilation=(dilation,),
        dimension_numbers=("NWC", "WIO", "NWC"),
    )[0]  # fmt: skip


def bpnet(features, layers):
    def predict(x):
        h = jax.nn.relu(conv(x, 21, features))
        for layer in range(1, layers + 1):
            h = h + jax.nn.relu(conv(h, 3, features, dilation=2**layer))
        return h.mean(0) @ weights(features, 2)

    return predict


def basset(features, hidden):
    def predict(x):
        h = x
        for width, pool in ((19, 3), (11, 4), (7, 4)):
            h = jax.nn.relu(conv(h, width, features))
            h = lax.reduce_window(h, -jnp.inf, lax.max, (pool, 1), (pool, 1), "SAME")
        h = jax.nn.relu(h.reshape(-1) @ weights(h.size, hidden))
        return h @ weights(hidden, 4)

    return predict


@pytest.mark.parametrize("pooling", ["max", "subsample"])
def test_the_labs_network(pooling):
    network = LabNetwork(LabConfig(pooling=pooling), length=200, num_tasks=3, rngs=nnx.Rngs(0))
    agree(network, 200)


@pytest.mark.slow
def test_a_small_residual_and_a_small_pooling_network():
    agree(bpnet(6, 4), 150)
    agree(basset(6, 12), 150)


@pytest.mark.slow
def test_a_residual_network_of_1000_bases_and_a_pooling_network_of_600():
    agree(bpnet(64, 9), 1000)
    agree(basset(100, 200), 600)
