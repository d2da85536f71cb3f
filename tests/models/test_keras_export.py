"""Networks written for Keras: read again by this project, and what Keras 2.15.0 and 3.15.1 gave for them."""

import gzip
import importlib.util
import json

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from genomics.errors import InputError
from genomics.io.keras import read
from genomics.io.keras.write import write
from genomics.models.keras.export import EXPORTERS, export
from genomics.models.table import NETWORKS
from tests.models.single import built, loaded
from tests.npz import arrays

NAMES = ("max", "subsample", "exponential", "large_pool", "learned", "known")


@pytest.fixture(scope="module")
def fixtures(repository):
    return repository / "tests" / "fixtures" / "keras"


@pytest.fixture(scope="module")
def exported(fixtures):
    """The script that made exported.npz."""
    specification = importlib.util.spec_from_file_location("exported", fixtures / "exported.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stored(fixtures):
    return arrays(fixtures / "exported.npz")


def test_the_stored_values_are_of_all_networks(exported, stored):
    assert set(exported.configurations()) == set(NAMES)
    assert set(NETWORKS) == {type(config) for config in exported.configurations().values()}
    assert set(EXPORTERS) == set(NETWORKS.values())
    assert (str(stored["keras2"]), str(stored["keras3"])) == ("2.15.0", "3.15.1")


@pytest.mark.parametrize("name", NAMES)
def test_round_trip_and_what_keras_gives(exported, stored, tmp_path, name):
    network, path = exported.network(name), tmp_path / "model.h5"
    write(path, export(network, length=exported.LENGTH, file=path), attributes={"tasks": ["a", "b", "c"]})
    with h5py.File(path) as file:
        # Keras has seen this very text.
        assert json.loads(file.attrs["model_config"]) == json.loads(str(stored[f"{name}:model_config"]))
        assert list(file.attrs["tasks"]) == ["a", "b", "c"]
    imported = loaded(path)
    assert (imported.length, imported.num_tasks) == (exported.LENGTH, exported.TASKS)
    assert imported.removed_activation == "sigmoid"

    @jax.jit
    def logits(network, parameters, codes):
        x = jax.nn.one_hot(codes, 4)
        return jax.vmap(network)(x), jax.vmap(lambda one: imported.apply(parameters, one))(x)

    own, through_file = logits(network, imported.parameters, stored[f"{name}:codes"])
    np.testing.assert_allclose(through_file, own, rtol=1e-5, atol=1e-5)
    for keras in ("keras2", "keras3"):
        np.testing.assert_allclose(jax.nn.sigmoid(own), stored[f"{name}:{keras}"], rtol=1e-5, atol=2e-6)


def test_the_exponential_is_asked_beyond_its_bend(exported, stored):
    """Otherwise the stored values would not tell it from Keras's own."""
    network = exported.network("exponential")
    x = np.eye(5, 4)[stored["exponential:codes"]]
    windows = np.lib.stride_tricks.sliding_window_view(x, 7, axis=1)
    scores = np.einsum("blcw,wcf->blf", windows, network.conv1.kernel[...]) + network.conv1.bias[...]
    assert scores.max() > 10


@pytest.mark.parametrize("name", ["lab_keras2.h5", "functional_keras2.h5", "sequential_keras3.h5"])
def test_what_was_read_is_written_as_it_was(fixtures, tmp_path, name):
    """Chains, branches, a shared layer, and layers with weights in an order of their own."""
    path = fixtures / name
    if not path.exists():
        path = tmp_path / name
        path.write_bytes(gzip.decompress((fixtures / f"{name}.gz").read_bytes()))
    first = read(path)
    write(tmp_path / "again.h5", first, attributes={})
    second = read(tmp_path / "again.h5")
    assert second.inputs == first.inputs
    assert second.outputs == first.outputs
    assert second.calls == first.calls
    for layer in first.layers.values():
        again = second.layers[layer.name]
        assert again.class_name == layer.class_name
        assert again.weights.keys() == layer.weights.keys()
        for role, values in layer.weights.items():
            np.testing.assert_array_equal(again.weights[role], values)
    if name.endswith("keras2.h5"):
        models = [built(model) for model in (first, second)]
        x = jnp.zeros((models[0].length, 4))
        assert len({str(jax.make_jaxpr(model.apply)(model.parameters, x)) for model in models}) == 1


def test_equal_networks_give_equal_files(exported, tmp_path):
    for name in ("one.h5", "two.h5"):
        network = export(exported.network("max"), length=exported.LENGTH, file=tmp_path / name)
        write(tmp_path / name, network, attributes={})
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()


def test_a_network_without_a_place_among_keras_layers(tmp_path):
    class Mixer(nnx.Module):
        """Not in the table."""

    with pytest.raises(InputError) as caught:
        export(Mixer(), length=5, file=tmp_path / "m.h5")
    assert str(caught.value) == (
        f"{tmp_path / 'm.h5'}: Mixer cannot be expressed by layers of Keras; the networks that can are "
        "LabNetwork, ReadableNetwork, InterpretableNetwork"
    )
