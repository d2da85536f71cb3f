"""Gates that see the whole sequence: their products stay factors up to whatever reads them linearly."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.mutagenesis.incremental.engine import mutated, references
from genomics.mutagenesis.incremental.ism import effects_of
from genomics.mutagenesis.table import in_columns
from genomics.tracing.program import trace
from tests.networks import plain
from tests.networks.layers import conv, dense, relu, sigmoid, tanh, weighted

LENGTH = 26


def gate(h, seed=0):
    """A number for each channel, some negative."""
    return tanh(dense(relu(dense(h.mean(0), 3, seed=seed)), h.shape[1], seed=seed)) + 0.1


def features(x):
    return relu(conv(relu(conv(x, 5, 4)), 3, 4))  # (20, 4)


def gated(x):
    h = features(x)
    return h * gate(h)


def flattened(x):
    return dense(gated(x).reshape(-1), 2)


def averaged_then_flattened(x):
    h = lax.reduce_window(gated(x), 0.0, lax.add, (4, 1), (4, 1), "SAME") / 4
    return dense(h.reshape(-1), 2)


def with_the_branch_around(x):
    h = features(x)
    return dense((h - 0.5 * h * gate(h) + 0.2).mean(0), 2)


def with_a_shift(x):
    h = features(x)
    return dense((h * gate(h) + gate(h, 1)).sum(0), 2)


def normalised_over_positions(x):
    h = features(x)
    return dense(((h - h.mean(0)) / (0.1 + h.std(0)) * weighted(x, 20, 4)).reshape(-1), 2)


def gated_twice(x):
    h = features(x)
    h = h * gate(h)
    return dense((h * gate(features(x), 1)).sum(0), 2)


def repeated_to_all_positions(x):
    h = features(x)
    return dense((h * jnp.broadcast_to(gate(h), h.shape)).sum(0), 2)


def one_number_for_all(x):
    h = features(x)
    return dense((h * sigmoid(h.sum())).sum(0), 2)


def channels_first(x):
    h = features(x)
    return dense(jnp.swapaxes(h * gate(h), 0, 1)[:, ::-1][:, 1:-2].reshape(-1), 2)


def channels_apart(x):
    a, b = jnp.split(gated(x), 2, axis=1)
    return dense(jnp.concatenate([a.sum(0), b.max(0), b.min(0)]), 2)


def largest_of_everything(x):
    return dense(jnp.stack([gated(x).max(), gated(x).min()]), 2)


def total_of_everything(x):
    return dense(jnp.stack([gated(x).sum(), gated(x).mean()]), 2)


def weights_of_positions_only(x):
    return dense(tanh(weighted(x, 3, 20) @ gated(x)).reshape(-1), 2)


def weights_in_front(x):
    return weighted(x, 2, 80) @ gated(x).reshape(-1)


LINEAR = [
    flattened,
    averaged_then_flattened,
    with_the_branch_around,
    with_a_shift,
    gated_twice,
    repeated_to_all_positions,
    one_number_for_all,
    channels_first,
    channels_apart,
    largest_of_everything,
    total_of_everything,
    weights_of_positions_only,
    weights_in_front,
]


def rectified(x):
    return dense(relu(gated(x) + 0.05).mean(0), 2)


def convolved(x):
    return dense(conv(gated(x), 3, 3).mean(0), 2)


def maximum_of_a_sum(x):
    h = features(x)
    return dense((h + h * gate(h)).max(0), 2)


def multiplied_with_itself(x):
    return dense((gated(x) * gated(x)).mean(0), 2)


def divided_by_it(x):
    return dense((1 / (2 + jnp.square(gated(x)))).mean(0), 2)


def whole_numbers(x):
    h = jnp.round(4 * features(x)).astype(int)
    return dense((h * h.max(0)).sum(0).astype(x.dtype), 2)


IN_FULL = [rectified, convolved, maximum_of_a_sum, multiplied_with_itself, divided_by_it, whole_numbers]


def stops(predict, x):
    told = []
    program = trace(predict, x)
    codes = jnp.zeros(len(x), int)
    tell = lambda *stop: told.append(stop)  # noqa: E731
    jax.eval_shape(lambda x: mutated(program, references(program, x), codes, tell=tell), x)
    return told


@pytest.mark.parametrize("predict", [*LINEAR, *IN_FULL, normalised_over_positions], ids=lambda f: f.__name__)
def test_equal_to_every_mutant_by_itself(predict):
    with plain.exactly():
        x = plain.sequence(LENGTH, unknown=4)

        def both(x):
            program = trace(predict, x)
            blocks = (LENGTH, 12) if predict in LINEAR[::3] else (12,)
            found = [in_columns(effects_of(program, x, positions), x) for positions in blocks]
            return found, plain.ism(predict, x)

        found, expected = plain.compiled(both)(x)
    assert np.nanmax(np.abs(expected)) > 1e-3
    for each in found:
        np.testing.assert_allclose(each, expected, atol=1e-12)


@pytest.mark.parametrize("predict", LINEAR, ids=lambda f: f.__name__)
def test_nothing_is_computed_in_full(predict):
    assert not stops(predict, plain.sequence(LENGTH).astype(jnp.float32))


@pytest.mark.parametrize("predict", IN_FULL, ids=lambda f: f.__name__)
def test_what_is_not_linear_ends_it_and_the_layer_is_told(predict):
    (stop,) = stops(predict, plain.sequence(LENGTH).astype(jnp.float32))
    layer, share, reason = stop
    assert layer.startswith("layer '")
    assert "test_gated.py" in layer or "tests/networks/layers.py" in layer
    assert 0.5 < share < 1
    assert "primitive" not in reason
