"""Networks of richer graphs saved by Keras 2.15.0 and 3.15.1, against the outputs that Keras itself gave."""

import gzip
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.heads import choose_heads
from genomics.models.keras import build, load
from genomics.models.network import Network
from tests.npz import arrays

NAMES = ("recurrent", "attention", "nested", "heads", "operations")


@pytest.fixture(scope="module")
def files(repository: Path, tmp_path_factory: pytest.TempPathFactory):
    folder, unpacked = repository / "tests/fixtures/keras", tmp_path_factory.mktemp("graphs")

    def get(name: str, generation: int, kind: str) -> Path:
        path = unpacked / f"{name}_keras{generation}.{kind}"
        path.write_bytes(gzip.decompress((folder / f"{path.name}.gz").read_bytes()))
        return path

    return get


@pytest.fixture(scope="module")
def stored(repository: Path):
    return {g: arrays(repository / f"tests/fixtures/keras/graphs{g}.npz") for g in (2, 3)}


def as_keras_gives_them(network: Network, outputs: tuple) -> list[np.ndarray]:
    """The outputs with the final activations that were left out."""
    functions = {"sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax, None: lambda y: y}
    return [np.asarray(functions[o.removed](y)) for o, y in zip(network.outputs, outputs, strict=True)]


@pytest.mark.parametrize("generation", [2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_outputs_equal_those_of_keras_in_both_formats(files, stored, name, generation):
    expected = stored[generation]
    networks = [load(files(name, generation, kind)) for kind in ("h5", "keras")]
    jax.tree.map(np.testing.assert_array_equal, networks[0].parameters, networks[1].parameters)
    network = networks[0]
    assert (network.inputs, network.outputs) == (networks[1].inputs, networks[1].outputs)
    arrays = [expected[f"{name}:x{i}"] for i in range(len(network.inputs))]
    found = jax.jit(jax.vmap(lambda *x: network.apply(network.parameters, *x)))(*arrays)
    for i, y in enumerate(as_keras_gives_them(network, found)):
        wanted = expected[f"{name}:y{i}"]
        assert y.shape == wanted.shape
        np.testing.assert_allclose(y, wanted, rtol=0, atol=1e-5 * np.abs(wanted).max())


def test_heads_and_inputs_have_the_names_of_their_layers(files):
    network = load(files("heads", 3, "keras"))
    assert [each.name for each in network.inputs] == ["sequence", "control_logcount", "control_profile"]
    assert [str(output) for output in network.outputs] == ["profile (40, 2)", "logcount (1,)"]
    with pytest.raises(InputError, match=r"has 2 outputs: 0 profile \(40, 2\); 1 logcount \(1,\); --head=NAME"):
        choose_heads(network)


def test_a_final_activation_that_something_else_uses_stays_there(files, stored):
    """`called` is left out of its own output, not of what feeds `given`."""
    network = load(files("nested", 2, "h5"))
    removed = {output.name: output.removed for output in network.outputs}
    assert removed == {"called": "sigmoid", "given": None, "count": None, "last": "softmax"}
    x = jnp.asarray(stored[2]["nested:x0"][0])
    called, given, *_ = network.apply(network.parameters, x)
    np.testing.assert_allclose(jax.nn.sigmoid(called), stored[2]["nested:y0"][0], atol=1e-6)
    np.testing.assert_allclose(given, stored[2]["nested:y1"][0], rtol=1e-5)


def test_layers_of_a_model_inside_are_named_by_both(files):
    network = load(files("nested", 3, "h5"))
    names = network.layer_names
    assert {"frozen/first", "own/first", "own/first:1"} <= set(names)
    assert sum(name.startswith("own/inner/") for name in names) == 4
    assert "frozen/first" in network.parameters
    assert "own/first:1" not in network.parameters


def test_recurrences_are_loops_and_not_unrolled(files):
    network = load(files("recurrent", 3, "keras"))
    jaxpr = jax.make_jaxpr(lambda x: network.apply(network.parameters, x))(jnp.zeros((20, 4)))
    assert str(jaxpr).count("scan[") == 15  # one a direction, and one for the cells on top of each other


# What is not read.


def test_masks_that_would_matter_are_refused(network):
    masking = ("Masking", {"mask_value": 0.0})
    with pytest.raises(InputError, match="would leave out the positions that the Masking layer 'masking_0' marks"):
        build(network((9, 4), masking, ("Dropout", {}), ("GlobalAveragePooling1D", {})))


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (("custom GELU", {}), None),
        (("custom SoftmaxPool1D", {"pool_size": 2}, {"kernel": np.eye(4)[:, :1]}), "must divide the 9 positions"),
        (("GroupNormalization", {"groups": 3}), "groups=3: must divide the 4 channels"),
        (("UpSampling1D", {"size": 0}), "size=0: must be 1 whole number"),
        (("Rescaling", {"scale": [1.0, 2.0]}), "scale: has 2 numbers for 4 channels"),
        (
            ("EinsumDense", {"equation": "abc,cd->bd"}, {"kernel": np.eye(4)}),
            "equation='abc,cd->bd': must be of the form",
        ),
    ],
)
def test_fields_of_further_layers(network, layer, text):
    if text is None:
        build(network((9, 4), layer, ("Flatten", {})))
    else:
        with pytest.raises(InputError) as error:
            build(network((9, 4), layer, ("Flatten", {})))
        assert text in str(error.value)


def test_basenjis_layers_by_their_formula(network, compare):
    x = np.random.default_rng(0).normal(size=(8, 4))
    kernel = np.random.default_rng(1).normal(size=(4, 4))
    windows = x.reshape(4, 2, 4)
    weights = np.exp(windows @ kernel)
    pooled = (windows * weights / weights.sum(1, keepdims=True)).sum(1)
    pool = ("custom SoftmaxPool1D", {"pool_size": 2, "per_channel": True}, {"kernel": kernel})
    compare(
        x,
        (network((8, 4), ("custom GELU", {}), ("Flatten", {})), x / (1 + np.exp(-1.702 * x))),
        (network((8, 4), pool, ("Flatten", {})), pooled),
    )
