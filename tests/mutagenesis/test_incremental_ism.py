"""Incremental mutagenesis as users call it: it composes, falls back to the plain form, refuses."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from absl import logging
from jax import lax

from genomics.errors import InputError
from genomics.mutagenesis import naive
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism

RNG = np.random.default_rng(0)
KERNELS = jnp.asarray(RNG.normal(size=(2, 5, 4, 8)) / np.sqrt(20), jnp.float32)
DENSE = jnp.asarray(RNG.normal(size=(14 * 8, 2)) / np.sqrt(112), jnp.float32)
SEQUENCES = jnp.eye(4)[RNG.integers(0, 4, (3, 60))]


def network(kernel, x):
    h = lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0]
    h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (4, 1), (4, 1), "VALID")
    return h.reshape(-1) @ DENSE


def test_it_composes_with_vmap_over_sequences_and_over_parameters():
    def everywhere(method):
        scores = lambda kernel, x: method(lambda x: network(kernel, x))(x).scores  # noqa: E731
        return jax.jit(jax.vmap(jax.vmap(scores, (None, 0)), (0, None)))(KERNELS, SEQUENCES)

    fast, plain = everywhere(incremental_ism), everywhere(ism)
    assert fast.shape == (2, 3, 2, 60, 4)
    np.testing.assert_allclose(fast, plain, atol=1e-5)


def test_where_nothing_is_saved_the_plain_form_is_used(monkeypatch):
    messages = []
    monkeypatch.setattr(logging, "info", lambda text, *args: messages.append(text % args))

    def predict(x):
        for _ in range(2):
            x = jax.nn.softmax(x @ x.T, axis=0) @ x
        return x.mean(0)

    x = SEQUENCES[0, :26]
    assert np.array_equal(jax.jit(incremental_ism(predict))(x).scores, jax.jit(ism(predict))(x).scores)
    assert messages[-1].endswith("which gains too little: every mutant is computed in full")


def test_where_most_is_saved_the_plain_form_is_not_used(monkeypatch):
    monkeypatch.setattr(naive, "ism", lambda predict: pytest.fail("every mutant through the whole network"))
    jax.eval_shape(lambda x: incremental_ism(lambda x: network(KERNELS[0], x))(x).scores, SEQUENCES[0])


def test_no_positions_at_a_time_are_refused():
    with pytest.raises(InputError, match="positions=0"):
        incremental_ism(lambda x: x.sum(0), 0)
