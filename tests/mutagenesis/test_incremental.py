"""The engine of incremental mutagenesis: blocks, locality, random stacks; `tests/networks` has all other networks."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import logging
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from genomics.mutagenesis.incremental import products
from genomics.mutagenesis.incremental.engine import announce, mutated, references
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.incremental.unmutated import Margin
from genomics.mutagenesis.table import in_columns
from genomics.tracing.program import trace
from tests.networks import NETWORKS, plain
from tests.networks.layers import LENGTH, batch_norm, conv, dense, head, max_pool, mean_pool


def pool(h, width, stride, padding, dilation):
    """A max pool that may have holes, padded or not."""
    return lax.reduce_window(h, -jnp.inf, lax.max, (width, 1), (stride, 1), padding, window_dilation=(dilation, 1))


def agree(predict, x, positions=None):
    """Incremental = naive in double precision, whatever the planner would choose."""
    with plain.exactly():
        x = jnp.asarray(x, jnp.float64)
        fast = lambda x: in_columns(effects_of(trace(predict, x), x, positions or len(x)), x)  # noqa: E731
        effects, expected = plain.compiled(lambda x: (fast(x), plain.ism(predict, x)))(x)
        np.testing.assert_allclose(effects, expected, atol=1e-11)
    return np.nanmax(np.abs(expected))


def is_local(predict, x):
    """Whether nothing was computed in full for every mutant."""
    messages = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging, "info", lambda text, *args: messages.append(text % args))
        announce.cache_clear()
        program = trace(predict, x)
        jax.eval_shape(lambda x: mutated(program, references(program, x), jnp.zeros(len(x), int)), x)
    return not messages, messages


@pytest.mark.parametrize("name", ["pooled twice", "bpnet", "both strands", "two convolutions", "global maximum"])
def test_nothing_is_computed_in_full(name):
    local, messages = is_local(NETWORKS[name].predict, plain.sequence(80))
    assert local, messages


@pytest.mark.parametrize(
    ("name", "layer"),
    [("attention", "product_1"), ("layers by scan", "scan_1"), ("squeeze and excite everywhere", "convolution_3")],
)
def test_other_networks_are_finished_in_full_and_say_so_once(name, layer):
    local, messages = is_local(NETWORKS[name].predict, plain.sequence(NETWORKS[name].length))
    assert not local
    (message,) = messages
    assert f"layer '{layer}' at " in message
    assert re.search(
        r"tests/networks/\w+.py.* [1-9]\d? % of the network's arithmetic stays local, the rest is", message
    )


@pytest.mark.parametrize("name", ["pooled twice", "strides", "two convolutions", "both strands"])
def test_blocks_of_positions_change_nothing(name):
    network = NETWORKS[name]
    assert agree(network.predict, plain.sequence(network.length, unknown=4), positions=12) > 1e-3


def test_blocks_of_few_positions_slice_and_multiply_tap_by_tap(monkeypatch):
    monkeypatch.setattr(products, "_WIDE", 1)
    network, sliced = NETWORKS["bpnet"], []
    monkeypatch.setattr(Margin, "windows", lambda *asked, of=Margin.windows: sliced.append(of(*asked)) or sliced[-1])
    assert agree(network.predict, plain.sequence(network.length, unknown=4), positions=3) > 1e-3
    assert sum(each is not None for each in sliced) >= 4


def test_networks_that_ignore_the_sequence_have_no_effects():
    x = plain.sequence(LENGTH)
    assert np.all(effects_of(trace(lambda x: jnp.ones(2), x), x, LENGTH) == 0)


def test_pools_with_holes_whose_stride_is_odd_to_everything():
    """Mutations lie in too many ways to such windows for static slices."""
    predict = lambda x: head(pool(jnp.tanh(conv(x, 4, 2)), 5, 11, "SAME", 3))  # noqa: E731
    assert agree(predict, plain.sequence(100)) > 1e-3


def test_long_windows_of_a_wide_pool_use_masks():
    predict = lambda x: head(max_pool(jnp.tanh(conv(x, 4, 2)), 40, 40, "SAME"))  # noqa: E731
    assert agree(predict, plain.sequence(100)) > 1e-3


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
                h = pool(h, width, stride, padding, dilation)
            elif kind == "mean":
                h = mean_pool(h, (width - 1) * dilation + 1, stride, padding)
            elif kind == "residual":
                h = h + jnp.sin(conv(h, 2 * width + 1, 3, padding="SAME"))
            else:
                h = batch_norm(h)
        return dense({"flatten": lambda h: h, "maximum": lambda h: h.max(0), "mean": lambda h: h.mean(0)}[end](h), 2)

    return network


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(network=stacks(), positions=st.sampled_from([None, 6, 18]), seed=st.integers(0, 99))
def test_random_stacks_equal_naive_mutagenesis(network, positions, seed):
    agree(network, plain.sequence(LENGTH, seed), positions)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(network=stacks(), positions=st.sampled_from([None, 6, 18]), seed=st.integers(0, 99))
def test_many_random_stacks_equal_naive_mutagenesis(network, positions, seed):
    agree(network, plain.sequence(LENGTH, seed), positions)
