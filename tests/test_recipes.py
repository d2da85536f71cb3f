"""The networks that `benchmarks/recipes.py` compares, and the lines that keep what it has found."""

from dataclasses import asdict, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import lines
from benchmarks.recipe_network import HEADS, Network, initial, logits
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
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, logits(network, parameters, X[::-1, ::-1]), rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, logits(network, parameters, X, jax.random.key(2)))
    alone = logits(Network(head=head, pools=(4, 2), residual=((3, 1), (3, 2)), **SMALL), parameters, X)
    assert not np.allclose(found, alone)


def test_a_line_answers_the_very_question_alone(tmp_path):
    path, network = str(tmp_path / "known.jsonl"), Network(**SMALL)
    asked = {"recipe": asdict(network), "data": lines.digest_of(np.arange(3))} | lines.computed_by()
    others = [
        asked | {"recipe": asdict(replace(network, pools=(5, 8)))},
        asked | {"data": lines.digest_of(np.arange(3, dtype=np.int32))},
        asked | {"source": "of another commit"},
        asked | {"seed": 1},
    ]
    lines.add(path, {"recipe": "chosen", "loss": 0.5})  # of names alone, as lines once were
    for number, each in enumerate([asked, *others]):
        assert lines.answered(path, each, lambda number=number: {"loss": number}) == {"loss": number}
    for number, each in enumerate([asked, *others]):
        assert lines.answered(path, each, lambda: pytest.fail("is known")) == {"loss": number}
    assert lines.computed_by() == lines.computed_by()


def test_a_line_that_was_cut_is_given_up(tmp_path):
    path = tmp_path / "known.jsonl"
    lines.add(str(path), {"a": 1})
    path.write_text(path.read_text() + '{"a": 2, "b')
    lines.add(str(path), {"a": 3})
    assert lines.known(str(path)) == [{"a": 1}, {"a": 3}]
