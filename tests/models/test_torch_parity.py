"""Networks exported by PyTorch 2.13.0 (tests/fixtures/torch), against the outputs that PyTorch itself gave."""

import gzip
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.models.torch import Imported, load
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.programs.network_model import Wanted, as_predictor
from tests.npz import arrays

NAMES = sorted(path.name[:-7] for path in (Path(__file__).parents[1] / "fixtures/torch").glob("*.pt2.gz"))
#: Of the largest absolute output.
LARGEST = 1e-5


@pytest.fixture(scope="module")
def unpacked(repository, tmp_path_factory):
    folder, fixtures = tmp_path_factory.mktemp("torch"), repository / "tests/fixtures/torch"

    def get(name: str) -> Path:
        path = folder / f"{name}.pt2"
        if not path.exists():
            path.write_bytes(gzip.decompress((fixtures / f"{name}.pt2.gz").read_bytes()))
        return path

    return get


@pytest.fixture(scope="module")
def stored(repository):
    return arrays(repository / "tests/fixtures/torch/outputs.npz")


def given_and_expected(stored, name):
    stem = name if f"{name}:y0" in stored else name.split(".")[0]
    inputs = [stored[key][0] for key in stored if key.startswith(f"{name.split('.')[0]}:x")]
    return inputs, [stored[key][0] for key in stored if key.startswith(f"{stem}:y")]


def close(imported: Imported, inputs, expected):
    network = imported.network
    found = jax.jit(network.apply)(network.parameters, *map(jnp.asarray, inputs))
    assert len(found) == len(expected) == len(network.outputs)
    for array, wanted, output in zip(found, expected, network.outputs, strict=True):
        array = {"sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax, None: lambda x: x}[output.removed](array)
        assert array.shape == wanted.shape == output.shape
        np.testing.assert_allclose(array, wanted, rtol=0, atol=LARGEST * np.abs(wanted).max())


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_pytorch(unpacked, stored, name):
    length = 100 if name == "spliceai.open" else None
    close(load(unpacked(name), length=length), *given_and_expected(stored, name))


@pytest.mark.parametrize("name", ["basset", "bpnet", "legnet", "rc"])
def test_networks_of_labs(shared, name):
    folder = shared / "cases/networks"
    stored = arrays(folder / f"{name}_pt2.npz")
    expected = [stored[key][0] for key in sorted(stored) if key.startswith("y")]
    close(load(folder / f"{name}.pt2"), [stored["x"][0]], expected)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("basset", "exported"),
        pytest.param("residual", "decomposed", marks=pytest.mark.slow),
        pytest.param("branched", "decomposed", marks=pytest.mark.slow),
        ("deepsea", "exported"),
    ],
)
def test_what_explains_a_network_reads_it(unpacked, stored, name, form):
    network = load(unpacked(f"{name}.{form}")).network
    predictor = as_predictor(network, Wanted())
    predict = partial(predictor.apply, predictor.parameters)
    rng = np.random.default_rng(0)
    x = np.eye(4, dtype=np.float32)[rng.integers(0, 4, predictor.length)]
    explain = deeplift(predict, reference=np.full_like(x, 0.25), rule="rescale")
    assert np.abs(jax.jit(explain)(jnp.asarray(x)).residual).max() <= 1e-5
    places = rng.choice(predictor.length, 5, replace=False)
    mutants = np.stack([x] * len(places))
    for row, place in enumerate(places):
        mutants[row, place] = np.roll(x[place], 1)
    plain = jax.jit(jax.vmap(predict))(jnp.concatenate([x[None], jnp.asarray(mutants)]))
    effects = jax.jit(incremental_ism(predict))(jnp.asarray(x)).scores
    for row, place in enumerate(places):
        base = int(mutants[row, place].argmax())
        np.testing.assert_allclose(effects[:, place, base], plain[1 + row] - plain[0], rtol=1e-4, atol=1e-6)


def test_pools_and_convolutions_are_what_the_transformations_read(unpacked):
    for form in ("exported", "decomposed"):
        predictor = as_predictor(load(unpacked(f"basset.{form}")).network, Wanted())
        jaxpr = jax.make_jaxpr(predictor.apply)(predictor.parameters, jnp.zeros((120, 4)))
        names = {equation.primitive.name for equation in jaxpr.jaxpr.eqns}
        assert {"conv_general_dilated", "reduce_window_max", "dot_general"} <= names


def test_decomposed_attention_asks_its_mask_alone(unpacked):
    for form in ("exported", "decomposed"):
        network = load(unpacked(f"encoder.{form}")).network
        jaxpr = str(jax.make_jaxpr(network.apply)(network.parameters, jnp.zeros((4, 120))))
        assert "reduce_max" in jaxpr
        assert "reduce_or" not in jaxpr
        assert "reduce_and" not in jaxpr


def test_recurrences_are_loops_and_said_to_be_slow_where_they_are_not(unpacked):
    for form in ("exported", "whole"):
        imported = load(unpacked(f"lstm.{form}"))
        network = imported.network
        jaxpr = str(jax.make_jaxpr(network.apply)(network.parameters, jnp.zeros((4, 60))))
        assert jaxpr.count(" scan[") == 4
        assert not imported.notes
    (note,) = load(unpacked("gru.decomposed")).notes
    assert "was written out into" in note
    assert "table.pop(torch.ops.aten.gru.input)" in note


def test_names_of_outputs_inputs_and_layers(unpacked):
    network = load(unpacked("bpnet.exported")).network
    assert [(each.name, each.shape) for each in network.inputs] == [("x", (4, 120)), ("controls", (2, 120))]
    assert [str(each) for each in network.outputs] == ["profile (2, 80)", "counts (1,)"]
    assert network.layer_names == ("first", "dilated.0", "dilated.1", "dilated.2", "profile", "counts")
    assert network.written_by.startswith("PyTorch 2.13.0")
    assert set(network.parameters) >= {"first.weight", "counts.bias"}


def test_tied_weights_are_one_parameter(unpacked):
    network = load(unpacked("odd.exported")).network
    assert len({"one.weight", "two.weight"} & set(network.parameters)) == 1
    assert network.parameters["strided"].shape == (4, 2)
    assert "expanded" not in network.parameters  # a plain tensor is a constant


def test_an_open_length_must_be_stated_and_lie_in_its_range(unpacked):
    with pytest.raises(InputError, match="leaves the length open: state it, --length=L"):
        load(unpacked("spliceai.open"))
    with pytest.raises(InputError, match="was exported for lengths from 90 to 5000, not 80"):
        load(unpacked("spliceai.open"), length=80)
    assert load(unpacked("spliceai.open"), length=200).network.outputs[0].shape == (3, 120)
    with pytest.raises(InputError, match="the length is not the 99 asked for"):
        load(unpacked("basset.exported"), length=99)


def test_a_fixed_batch_is_computed_and_said(unpacked):
    (note,) = load(unpacked("residual.three")).notes
    assert "exported for 3 sequences at a time" in note


def test_double_precision_is_kept(unpacked, stored):
    network = load(unpacked("basset.decomposed")).network
    with jax.enable_x64(True):
        (found,) = jax.jit(network.apply)(network.parameters, jnp.asarray(stored["basset:x0"][0], jnp.float64))
    assert found.dtype == jnp.float64
