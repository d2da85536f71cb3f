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
