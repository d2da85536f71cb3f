"""Recurrences along the sequence: the states before a mutation are the reference's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.mutagenesis.incremental import planner, recurrence
from genomics.mutagenesis.incremental.engine import mutated, references
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.table import in_columns
from genomics.tracing.program import trace
from tests.networks import plain
from tests.networks.layers import conv, dense, max_pool, relu, weighted

LENGTH = 40


def features(x):
    return max_pool(relu(conv(x, 5, 3)), 3)  # (12, 3)


def gru(h, reverse, units=2, seed=0):
    """Products of the inputs inside of the steps; the state before last comes out too."""

    def step(state, row):
        z, r = jnp.split(jax.nn.sigmoid(row @ weighted(h, 3, 2 * units, seed=seed) + state @ weighted(h, units, 4)), 2)
        new = jnp.tanh(row @ weighted(h, 3, units, seed=seed + 1) + r * (state @ weighted(h, units, units)))
        return z * state + (1 - z) * new, (state, new)

    return lax.scan(step, jnp.zeros(units, h.dtype) + 0.1, h, reverse=reverse)


def last_state(x):
    return dense(gru(features(x), False)[0], 2)


def last_state_from_the_end(x):
    return dense(gru(features(x), True)[0], 2)


def all_outputs_of_both_directions(x):
    h = features(x)
    (_, (a, _)), (_, (_, b)) = gru(h, False), gru(h, True, seed=2)
    return dense(jnp.concatenate([a, b], 1).reshape(-1), 2)


def flipped(x):
    state, (outputs, _) = gru(features(x)[::-1], False)
    return dense(jnp.concatenate([state, outputs[::-1].max(0)]), 2)


def input_and_state_joined(x):
    def step(state, row):
        return jnp.tanh(jnp.concatenate([row, state]) @ weighted(x, 5, 2)), None

    return dense(lax.scan(step, jnp.ones(2, x.dtype), features(x))[0], 2)


def several_inputs(x):
    """Two that are changed in different columns, a constant for each step, one that is handed through."""
    h = features(x)

    def step(state, rows):
        a, b, c = rows
        return jnp.tanh(state * c + a[:2] + 0.5 * b[1:]), (a, state[0])

    rows = h, jnp.pad(h, ((1, 0), (0, 0)))[:-1], weighted(x, 12)
    state, (same, states) = lax.scan(step, jnp.zeros(2, x.dtype), rows)
    return dense(jnp.concatenate([state, same.sum(0), states]), 2)


def of_every_base(x):
    return dense(gru(x[:, :3] - x[:, 1:], True)[0], 2)


RECURRENT = [
    last_state,
    last_state_from_the_end,
    all_outputs_of_both_directions,
    flipped,
    input_and_state_joined,
    several_inputs,
    of_every_base,
]


def stops(predict, x):
    told = []
    program = trace(predict, x)
    tell = lambda *stop: told.append(stop)  # noqa: E731
    jax.eval_shape(lambda x: mutated(program, references(program, x), jnp.zeros(len(x), int), tell=tell), x)
    return [reason for _, _, reason in told]


@pytest.mark.parametrize("predict", RECURRENT, ids=lambda f: f.__name__)
def test_equal_to_every_mutant_by_itself(predict, monkeypatch):
    monkeypatch.setattr(recurrence, "_LEAST", 9)  # groups of few rows
    with plain.exactly():
        x = plain.sequence(LENGTH, unknown=4)

        def both(x):
            program = trace(predict, x)
            found = [in_columns(effects_of(program, x, positions), x) for positions in (LENGTH, 12)]
            return found, plain.ism(predict, x)

        found, expected = plain.compiled(both)(x)
        told = stops(predict, x)
    assert (np.nan_to_num(expected).any((0, 2))).sum() > LENGTH / 2
    for each in found:
        np.testing.assert_allclose(each, expected, atol=1e-12)
    # What follows the recurrence may need all of it; the recurrence itself does not.
    assert not [reason for reason in told if "state" in reason or "along" in reason]


def state_from_the_sequence(x):
    h = features(x)
    return dense(lax.scan(lambda state, row: (jnp.tanh(state + row), None), h.sum(0), h)[0], 2)


def across_channels(x):
    h = features(x)
    return dense(lax.scan(lambda state, row: (jnp.tanh(state + row), None), jnp.zeros(12, x.dtype), h.T)[0], 2)


@pytest.mark.parametrize(
    ("predict", "reason"),
    [(state_from_the_sequence, "combines a local change"), (across_channels, "goes along another axis")],
)
def test_other_loops_are_told(predict, reason):
    (told,) = stops(predict, plain.sequence(LENGTH).astype(jnp.float32))
    assert told.startswith(reason)


def test_half_of_the_steps_and_none_of_the_products_of_inputs():
    """An LSTM of as many units as inputs: 8 products of units x units a step, of which the inputs' 4 are spared."""
    units, steps = 16, 75

    def predict(x):
        w = weighted(x, units, 4 * units)

        def step(state, row):
            cell, hidden = state
            keep, put, show, new = jnp.split(row @ w + hidden @ w, 4)
            cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(put) * jnp.tanh(new)
            return (cell, jax.nn.sigmoid(show) * jnp.tanh(cell)), None

        zero = jnp.zeros(units, x.dtype)
        return lax.scan(step, (zero, zero), x @ weighted(x, 4, units))[0][1]

    x = jnp.zeros((steps, 4))
    program = trace(predict, x)
    (loop,) = (i for i, e in enumerate(program.equations) if e.primitive == "scan")
    work = planner.work(jax.make_jaxpr(lambda x: effects_of(program, x, steps))(x).jaxpr)
    full = planner.in_full(program, 3 * steps)
    assert 0.25 < work.parts[loop] / full.parts[loop] < 0.5
