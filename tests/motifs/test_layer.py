import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.interpretable import InterpretableConfig
from genomics.models.table import build
from genomics.motifs.layer import read_layer, responses, with_responses


def test_the_first_layer_is_read_off_the_program(predict, kernel):
    layer = read_layer(predict, 24)
    assert (layer.number, layer.filters, layer.width, layer.activation) == (1, 3, 5, "relu")
    np.testing.assert_array_equal(layer.kernel, kernel)
    # Stride 2 and SAME padding of 3: one base on the left, two on the right.
    assert layer.starts[1:-1].tolist() == list(range(1, 20, 2))
    assert layer.whole.tolist() == [False] + [True] * 10 + [False]


def test_the_window_of_a_deeper_layer_is_its_receptive_field(predict):
    layer = read_layer(predict, 24, 2)
    # Two of the pool's two of the stride's five: 5 + 2 (4 - 1) bases.
    assert (layer.filters, layer.width) == (2, 11)
    assert layer.starts[layer.whole].tolist() == [3, 7, 11]
    assert layer.whole.sum() == 3


def test_responses_are_the_activations(predict, kernel):
    x = jax.nn.one_hot(jax.random.randint(jax.random.key(0), (24,), 0, 4), 4)
    padded = np.pad(np.asarray(x), ((1, 2), (0, 0)))
    plain = np.stack([np.einsum("wa,waf->f", padded[i : i + 5], kernel) for i in range(0, 23, 2)])
    plain += [-2.5, -0.5, -1.0]
    np.testing.assert_allclose(responses(predict, before_activation=True)(x), plain, atol=1e-6)
    np.testing.assert_allclose(responses(predict)(x), np.maximum(plain, 0), atol=1e-6)


@pytest.mark.parametrize("number", [1, 2])
def test_a_network_goes_on_from_responses_that_are_given(predict, number):
    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (24,), 0, 4), 4)
    go_on, found = with_responses(predict, number), responses(predict, number)(x)
    np.testing.assert_allclose(go_on(x, found), predict(x), atol=1e-6)
    np.testing.assert_allclose(go_on(x, jnp.zeros_like(found)), 0, atol=1e-6)


def test_an_interpretable_network_shows_its_filters_as_they_are():
    model = build(InterpretableConfig(filters=3, width=6), length=20, num_tasks=2, key=jax.random.key(0))
    layer = read_layer(model, 20)
    assert (layer.width, layer.activation, layer.whole.sum()) == (6, "logistic", 15)
    assert layer.starts[layer.whole].tolist() == list(range(15))
    np.testing.assert_array_equal(layer.kernel, model.learned.kernel[...])


def test_a_layer_that_does_not_exist_is_refused(predict):
    with pytest.raises(InputError, match="convolution 3: the network has 2 convolutions, counted from 1"):
        read_layer(predict, 24, 3)


@pytest.mark.parametrize("clip", [False, True])
@pytest.mark.parametrize("filters", [8, 32])
def test_the_window_of_the_second_convolution_behind_a_pool_of_many_channels(filters, clip):
    """19 + (4 - 1) + 4 (8 - 1) = 50 bases, however many channels the pool has."""
    first, second = (jax.random.normal(jax.random.key(i), s) for i, s in enumerate([(19, 4, filters), (8, filters, 5)]))

    def predict(x):
        h = jax.lax.conv_general_dilated(x[None], first, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        h = jnp.clip(h, 0, 6) if clip else jax.nn.relu(h)
        h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (1, 4, 1), (1, 4, 1), "VALID")
        h = jax.lax.conv_general_dilated(h, second, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        return jax.nn.relu(h).sum((0, 1))

    layer = read_layer(predict, 200, 2)
    assert (layer.width, layer.filters) == (50, 5)
    assert layer.starts.tolist() == list(range(0, 4 * len(layer.starts), 4))
    assert layer.whole.all()


def test_channels_may_come_before_positions(predict, kernel):
    """As networks of PyTorch have it: the same layer, map and continuation."""
    second = jax.random.normal(jax.random.key(3), (5, 3, 2))

    def network(first):
        def predict(x):
            x = x[None] if first else x.T[None]
            numbers = ("NWC", "WIO", "NWC") if first else ("NCW", "WIO", "NCW")
            h = jax.nn.relu(jax.lax.conv_general_dilated(x, kernel, (2,), "SAME", dimension_numbers=numbers))
            h = jax.lax.conv_general_dilated(h, second, (1,), "VALID", dimension_numbers=numbers)
            return jax.nn.relu(h).sum((0, 1 if first else 2))

        return predict

    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (24,), 0, 4), 4)
    last, before = network(True), network(False)
    for number in (1, 2):
        a, b = read_layer(last, 24, number), read_layer(before, 24, number)
        assert (a.filters, a.width, a.starts.tolist()) == (b.filters, b.width, b.starts.tolist())
        found = responses(before, number)(x)
        np.testing.assert_allclose(found, responses(last, number)(x), atol=1e-6)
        np.testing.assert_allclose(with_responses(before, number)(x, found), before(x), atol=1e-6)


def test_a_convolution_that_mixes_positions_is_refused():
    def predict(x):
        flat = (x.reshape(-1) @ jnp.ones((96, 30))).reshape(1, 30, 1)
        return jax.lax.conv_general_dilated(
            flat, jnp.ones((3, 1, 2)), (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC")
        ).sum((0, 1))

    with pytest.raises(InputError, match="does not respond position by position"):
        read_layer(predict, 24)
