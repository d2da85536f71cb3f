"""Several networks as one: exact means of whatever is asked."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.models.ensemble import ensemble
from genomics.models.lab import LabConfig
from genomics.models.predictor import Predictor
from genomics.models.readable import ReadableConfig
from genomics.models.table import build
from genomics.mutagenesis.incremental.ism import incremental_ism

LENGTH = 40


def predictor(config, seed, replicates=None, tasks=("one", "two")):
    def one(key):
        return build(config, length=LENGTH, num_tasks=len(tasks), key=key)

    key = jax.random.key(seed)
    return Predictor(
        apply=lambda model, x: model(x),
        parameters=jax.vmap(one)(jax.random.split(key, replicates)) if replicates else one(key),
        replicates=replicates,
        length=LENGTH,
        tasks=tasks,
        fingerprint=f"{config} {seed}",
        source=f"run{seed}",
    )


LAB = LabConfig(filters=(5, 3), widths=(7, 3), hidden=6)
OTHER = ReadableConfig(filters=(4, 3), widths=(9, 3), hidden=5, activation="exponential")


def networks(predictor):
    """Each network of a predictor as a function of a sequence."""
    if predictor.replicates is None:
        return [lambda x: predictor.apply(predictor.parameters, x)]
    each = [jax.tree.map(lambda leaf, r=r: leaf[r], predictor.parameters) for r in range(predictor.replicates)]
    return [lambda x, own=own: predictor.apply(own, x) for own in each]


@pytest.fixture(scope="module")
def x():
    return jax.nn.one_hot(jnp.asarray(np.random.default_rng(0).integers(0, 4, LENGTH)), 4)


def test_networks_of_one_architecture_become_replicates(x):
    members = [predictor(LAB, 0), predictor(LAB, 1, replicates=2), predictor(LAB, 2)]
    found = ensemble(members)
    assert (found.replicates, found.tasks, found.source) == (4, ("one", "two"), "run0,run1,run2")
    expected = [network(x) for member in members for network in networks(member)]
    np.testing.assert_allclose([network(x) for network in networks(found)], expected, rtol=1e-6)
    assert len({found.fingerprint, ensemble(members[:2]).fingerprint, members[0].fingerprint}) == 3
    assert ensemble(members[:1]) is members[0]


@pytest.mark.slow
def test_networks_that_differ_are_one_function_whose_maps_are_exact_means(x):
    """Each network counts once, replicates too."""
    members = [predictor(LAB, 0), predictor(OTHER, 1, replicates=2)]
    found = ensemble(members)
    assert found.replicates is None
    (whole,), each = networks(found), [network for member in members for network in networks(member)]
    assert len(each) == 3
    reference = jnp.full((LENGTH, 4), 0.25)
    for method in (
        lambda predict: predict,
        lambda predict: lambda x: incremental_ism(predict)(x).scores,
        lambda predict: lambda x: deeplift(predict, reference=reference, rule="rescale")(x).scores,
    ):
        ask = lambda predict, method=method: jax.jit(method(predict))(x)  # noqa: E731
        np.testing.assert_allclose(ask(whole), np.mean([ask(network) for network in each], 0), atol=2e-6)


def test_what_networks_must_have_in_common():
    with pytest.raises(InputError, match=r"run1: its tasks \('a',\) are not those of run0"):
        ensemble([predictor(LAB, 0), predictor(LAB, 1, tasks=("a",))])
    other = dataclasses.replace(predictor(LAB, 1), length=LENGTH + 1)
    with pytest.raises(InputError, match="run1: its length 41"):
        ensemble([predictor(LAB, 0), other])
    subsampling = dataclasses.replace(LAB, pooling="subsample", pools=(4, 2))
    assert ensemble([predictor(LAB, 0), predictor(subsampling, 1)]).replicates is None
