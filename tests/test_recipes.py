"""The networks that `benchmarks/recipes.py` compares, and one of its runs from end to end."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import recipes
from benchmarks.recipe_network import HEADS, Network, initial, logits
from genomics.io.examples import Dataset, Split
from genomics.models.readable import ReadableConfig
from genomics.models.table import build

SMALL = {"filters": (6, 5), "widths": (9, 3), "hidden": 7}
X = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, 60), 4)


@pytest.mark.parametrize("activation", ["relu", "mixed"])
def test_what_the_package_has_is_the_package_s(activation):
    model = build(
        ReadableConfig(activation=activation, pools=(10, 2), **SMALL), length=60, num_tasks=2, key=jax.random.key(0)
    )
    model.conv1.bias[...] = jnp.linspace(-1, 1, 6)
    layers = {"first": model.conv1, "second": model.conv2, "dense1": model.dense1, "dense2": model.dense2}
    parameters = {name: {"kernel": layer.kernel[...], "bias": layer.bias[...]} for name, layer in layers.items()}
    network = Network(activation=activation, pools=(10, 2), **SMALL)
    own = initial(network, jax.random.key(0), length=60, tasks=2)
    assert jax.tree.map(jnp.shape, own) == jax.tree.map(jnp.shape, parameters)
    np.testing.assert_allclose(logits(network, parameters, X), model(X), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("head", HEADS)
def test_shared_strands_tell_both_alike(head):
    network = Network(head=head, pools=(4, 2), residual=((3, 1), (3, 2)), shared_strands=True, dropout=0.5, **SMALL)
    parameters = initial(network, jax.random.key(1), length=60, tasks=2)
    found = logits(network, parameters, X)
    assert found.shape == (2,)
    np.testing.assert_allclose(found, logits(network, parameters, X[::-1, ::-1]), rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, logits(network, parameters, X, jax.random.key(2)))
    alone = logits(Network(head=head, pools=(4, 2), residual=((3, 1), (3, 2)), **SMALL), parameters, X)
    assert not np.allclose(found, alone)


def test_a_recipe_learns_what_is_there_and_stops():
    """Bound windows hold a word that the others lack; the second task's labels are chance."""
    rng = np.random.default_rng(3)
    splits = {}
    for name, count in (("train", 256), ("valid", 128)):
        bases = rng.integers(0, 4, (count, 40)).astype(np.uint8)
        labels = rng.integers(0, 2, (count, 2)).astype(np.uint8)
        bases[labels[:, 0] == 1, 10:22] = np.tile([0, 2, 2, 3], 3)
        splits[name] = Split(bases=bases, labels=labels)
    recipe = recipes.Recipe(
        network=Network(activation="relu", pools=(4, 2), **SMALL), rate=1e-2, batch=32, smoothing=0.05, balanced=True
    )
    found = recipes.lowest(recipe, Dataset(tasks=("word", "chance"), splits=splits), seed=0)
    assert found["tasks"][0] < 0.2 < 0.6 < found["tasks"][1]
    assert found["best"] < found["epochs"] <= found["best"] + 6
    assert found["loss"] == pytest.approx(np.mean(found["tasks"]))
