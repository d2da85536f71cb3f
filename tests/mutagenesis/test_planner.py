"""How many positions are mutated at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.mutagenesis.incremental import planner
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.tracing.program import trace

LENGTH = 120


def conv(h, width, features, stride):
    kernel = np.random.default_rng(width).normal(size=(width, h.shape[1], features)).astype(np.float32)
    return lax.conv_general_dilated(h[None], kernel, (stride,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0]


def pool(h, size):
    return lax.reduce_window(h, -jnp.inf, lax.max, (size, 1), (size, 1), "SAME")


NETWORKS = {
    "pools of 3 and 4": (lambda x: pool(conv(pool(conv(x, 5, 6, 1), 3), 3, 6, 1), 4).sum(0), 12),
    "strides of 2 and 5": (lambda x: conv(jax.nn.relu(conv(x, 5, 6, 2)), 3, 6, 5).sum(0), 10),
    "every seventh column": (lambda x: jax.nn.relu(conv(x, 5, 6, 1))[::7].sum(0), 7),
    "no stride": (lambda x: jax.nn.relu(conv(x, 5, 6, 1)).sum(0), 1),
}


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("blocks", [2, 3, 5, 7])
def test_blocks_are_multiples_of_all_strides(network, blocks, monkeypatch):
    """Otherwise blocks lie differently to the windows of a pool, and their mutants would be computed in full."""
    predict, stride = NETWORKS[network]
    x = jnp.zeros((LENGTH, 4))
    program = trace(predict, x)
    work = planner.work(jax.make_jaxpr(lambda x: effects_of(program, x, LENGTH))(x).jaxpr)
    monkeypatch.setattr(planner, "_LARGEST", {jax.default_backend(): work.largest // blocks + 1})
    positions = planner.positions_per_block(program, work)
    assert positions % stride == 0
    assert LENGTH / blocks <= positions < LENGTH / blocks + stride + 1


def test_all_positions_at_once_where_their_arrays_are_small():
    predict, _ = NETWORKS["pools of 3 and 4"]
    work = planner.Work(operations=1.0, largest=1)
    assert planner.positions_per_block(trace(predict, jnp.zeros((LENGTH, 4))), work) == LENGTH


def gate_between_convolutions(x):
    h = jax.nn.relu(conv(x, 5, 6, 1))
    h = conv(h * jax.nn.sigmoid(h.mean(0)), 3, 6, 1)
    return pool(h, 3).sum(0)


def test_the_work_of_each_equation_is_told_apart():
    program = trace(gate_between_convolutions, jnp.zeros((LENGTH, 4)))
    work = planner.work(jax.make_jaxpr(lambda x: effects_of(program, x, LENGTH))(jnp.zeros((LENGTH, 4))).jaxpr)
    full = planner.in_full(program, 3 * LENGTH)
    first, second = (i for i, e in enumerate(program.equations) if e.primitive == "conv_general_dilated")
    assert work.parts[first] < 0.1 * full.parts[first]  # looked up
    assert 1 < work.parts[second] / full.parts[second] < 2.5  # behind the gate: of all mutants
    assert sum(work.parts.values()) <= work.operations
    multiplications = LENGTH * 6 * (3 * 6 + planner._WRITTEN)
    assert full.parts[second] == 3 * LENGTH * multiplications
    assert planner.share_before(program, second) == pytest.approx(
        sum(full.parts[i] for i in range(second)) / full.operations
    )


@pytest.mark.parametrize("ends", [None, 3, 8])
def test_mutants_are_computed_in_full_from_where_that_is_cheaper(ends):
    program = trace(gate_between_convolutions, jnp.zeros((LENGTH, 4)))
    full = planner.in_full(program, 3 * LENGTH)
    parts = {i: cost / 10 if ends is None or i < ends else cost + 1e7 for i, cost in full.parts.items()}
    work = planner.Work(operations=sum(parts.values()), largest=0, parts=parts)
    assert planner.best_end(program, work, full) == ends


@pytest.mark.parametrize("until", range(0, 20, 3))
def test_wherever_it_ends_the_numbers_are_the_same(until):
    x = jax.nn.one_hot(np.random.default_rng(3).integers(0, 4, LENGTH), 4)
    program = trace(gate_between_convolutions, x)
    told = []
    found = jax.jit(lambda x: effects_of(program, x, LENGTH, until, lambda *stop: told.append(stop)))(x)
    np.testing.assert_allclose(found, jax.jit(lambda x: effects_of(program, x, LENGTH))(x), atol=1e-4)
    assert len(told) == 1
    assert told[0][0].startswith("layer '")
