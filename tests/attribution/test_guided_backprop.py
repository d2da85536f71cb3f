import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deconvnet import deconvnet
from genomics.attribution.guided_backprop import guided_backprop
from genomics.attribution.saliency import saliency
from genomics.sequence.bases import encode

X = jax.nn.one_hot(jnp.array([0, 1, 2, 3, 0, 4]), 4)
RANDOM = np.random.default_rng(0)
FIRST = RANDOM.normal(size=(4, 5)).astype(np.float32)
SECOND = RANDOM.normal(size=(30, 3)).astype(np.float32)


def minimum(x):
    """min(i1, i2) of the inputs i1 = x[0, 0] and i2 = x[0, 1], by two ReLUs."""
    hidden = jax.nn.relu(jnp.stack([x[0, 0], x[0, 0] - x[0, 1]]))
    return (hidden[0] - hidden[1])[None]


@pytest.mark.parametrize("method", [guided_backprop, deconvnet])
@pytest.mark.parametrize(("inputs", "contributions"), [([3, 1], [3, 0]), ([1, 3], [1, 0]), ([2, 0], [2, 0])])
def test_the_minimum_of_two_inputs(method, inputs, contributions):
    # Times the input, as the original DeepLIFT prints these modes.
    x = jnp.zeros((1, 4)).at[0, :2].set(jnp.array(inputs))
    np.testing.assert_allclose((method(minimum)(x).scores * x)[0, 0, :2], contributions)


def test_on_paper():
    # Hidden units: 1 at z = 1 with gradient 2, 1 at z = 1 with gradient -3, 1 at z = -1 with gradient 5.
    def predict(x):
        return jnp.array([2.0, -3.0, 5.0])[None] @ jax.nn.relu(x[0, :3] + jnp.array([0.0, 0.0, -2.0]))

    x = jnp.ones((1, 4))
    assert saliency(predict)(x).scores[0, 0].tolist() == [2, -3, 0, 0]
    assert guided_backprop(predict)(x).scores[0, 0].tolist() == [2, 0, 0, 0]
    assert deconvnet(predict)(x).scores[0, 0].tolist() == [2, 0, 5, 0]


def test_with_positive_weights_guided_backprop_is_the_gradient():
    def predict(x):
        return jax.nn.relu(jax.nn.relu(x @ jnp.abs(FIRST) - 0.5).reshape(-1) @ jnp.abs(SECOND) - 1)

    guided, plain = jax.jit(lambda x: (guided_backprop(predict)(x), saliency(predict)(x)))(X)
    np.testing.assert_allclose(guided.scores, plain.scores, rtol=1e-6)


def test_both_batch_over_sequences_and_over_replicates():
    def scores(method, first):
        return jax.vmap(method(lambda x: jax.nn.relu(x @ first).reshape(-1) @ SECOND))(X[None]).scores

    both = jnp.stack([FIRST, -FIRST])
    found = jax.jit(jax.vmap(lambda first: (scores(guided_backprop, first), scores(deconvnet, first))))(both)
    # By hand: the gradient of the hidden units is SECOND, its positive part goes through the first layer's transpose.
    positive = np.maximum(SECOND.T, 0).reshape(3, 6, 5)
    for replicate, first in enumerate((FIRST, -FIRST)):
        gate = np.asarray(X) @ first > 0
        np.testing.assert_allclose(found[0][replicate, 0], (positive * gate) @ first.T, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found[1][replicate, 0], positive @ first.T, rtol=1e-4, atol=1e-5)


def test_maps_of_the_golden_network_are_zero(repository):
    golden = json.loads((repository / "tests/golden/deeplift_tiny_cnn.json").read_text())
    w = {name: jnp.asarray(value, jnp.float32) for name, value in golden["weights"].items()}

    def predict(x):
        h = jax.lax.conv_general_dilated(x[None], w["W1"], (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC"))
        h = jax.lax.reduce_window(jax.nn.relu(h + w["b1"]), -jnp.inf, jax.lax.max, (1, 2, 1), (1, 2, 1), "VALID")
        return jax.nn.relu(h.reshape(-1) @ w["W2"] + w["b2"]) @ w["W3"] + w["b3"]

    x = jax.nn.one_hot(jnp.asarray(encode(golden["seq"])), 4)
    guided, plain = jax.jit(lambda x: (guided_backprop(predict)(x), saliency(predict)(x)))(x)
    assert not guided.scores[0].any()
    assert plain.scores[0].any()
