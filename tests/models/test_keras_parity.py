"""Networks saved by Keras 2.15.0 and 3.15.1, against the predictions that Keras itself gave (tests/fixtures/keras)."""

import gzip
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism
from tests.models.single import Single, loaded
from tests.npz import arrays

#: Stored by each generation in both formats, in `.keras` alone, and in `.h5` alone.
BOTH = ("lab", "sequential", "functional")
FILES = [f"{name}_keras{g}.h5" for name in (*BOTH, "bases_last", "one_row") for g in (2, 3)]
FILES += [f"{name}_keras{g}.keras" for name in ("deep", "bases_first", "bases_second") for g in (2, 3)]


@pytest.fixture(scope="module")
def imported(repository: Path, tmp_path_factory: pytest.TempPathFactory):
    folder, unpacked = repository / "tests/fixtures/keras", tmp_path_factory.mktemp("keras")
    models: dict[str, Single] = {}

    def get(name: str) -> Single:
        if name not in models:
            path = folder / name
            if not path.exists():
                path = unpacked / name
                path.write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))
            models[name] = loaded(path)
        return models[name]

    return get


@pytest.fixture(scope="module")
def stored(repository: Path):
    folder = repository / "tests/fixtures/keras"
    return {generation: arrays(folder / f"keras{generation}.npz") for generation in (2, 3)}


def generation(name: str) -> int:
    return int(name.rpartition("_keras")[2][0])


def equations(jaxpr) -> list:
    """Every equation, those of nested jaxprs included."""
    found = []
    for eqn in jaxpr.eqns:
        found.append(eqn)
        for value in eqn.params.values():
            inner = getattr(value, "jaxpr", value)
            found += equations(inner) if hasattr(inner, "eqns") else []
    return found


@pytest.mark.parametrize("name", FILES)
def test_logits_and_predictions_equal_those_of_keras(imported, stored, name):
    model, expected = imported(name), stored[generation(name)]
    x = jax.nn.one_hot(expected[f"{name}:codes"], 4)
    logits = jax.jit(jax.vmap(model.apply, (None, 0)))(model.parameters, x)
    np.testing.assert_allclose(logits, expected[f"{name}:logits"], rtol=1e-5, atol=1e-5)
    activation = {"sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax, None: lambda y: y}[model.removed_activation]
    np.testing.assert_allclose(activation(logits), expected[f"{name}:predictions"], rtol=1e-5, atol=1e-5)
    assert (model.length, model.num_tasks) == (x.shape[1], logits.shape[1])


@pytest.mark.parametrize("name", [f"{name}_keras{g}" for name in BOTH for g in (2, 3)])
def test_both_formats_give_the_same_program(imported, stored, name):
    first, second = imported(f"{name}.h5"), imported(f"{name}.keras")
    jax.tree.map(np.testing.assert_array_equal, first.parameters, second.parameters)
    x = jnp.zeros((first.length, 4))
    programs = [str(jax.make_jaxpr(model.apply)(model.parameters, x)) for model in (first, second)]
    assert programs[0] == programs[1]
    for field in ("codes", "predictions", "logits"):
        np.testing.assert_array_equal(*(stored[generation(name)][f"{name}.{kind}:{field}"] for kind in ("h5", "keras")))


def test_fixtures_say_their_versions(stored):
    assert [str(stored[generation]["version"]) for generation in (2, 3)] == ["2.15.0", "3.15.1"]


def test_final_activations(imported):
    assert imported("lab_keras2.h5").removed_activation == "sigmoid"
    assert imported("sequential_keras3.keras").removed_activation == "softmax"
    assert imported("deep_keras3.keras").removed_activation is None


@pytest.mark.parametrize(
    "name", ["lab_keras3.keras", "functional_keras2.h5", "bases_first_keras2.keras", "one_row_keras3.h5"]
)
def test_the_program_is_an_ordinary_one_dimensional_network(imported, name):
    """Every convolution has one spatial axis, and every layer that computes something is named in the program."""
    model = imported(name)
    found = equations(jax.make_jaxpr(lambda x: model.apply(model.parameters, x))(jnp.zeros((model.length, 4))).jaxpr)
    convolutions = [eqn for eqn in found if eqn.primitive.name == "conv_general_dilated"]
    assert convolutions
    assert all(eqn.outvars[0].aval.ndim == 3 for eqn in convolutions)
    scopes = {str(eqn.source_info.name_stack).split("/")[0] for eqn in found} - {""}
    assert scopes <= set(model.layer_names)
    assert set(model.parameters) <= scopes | {scope.split(":")[0] for scope in scopes}


def test_layer_names_of_a_shared_layer(imported):
    model = imported("functional_keras3.keras")
    assert [name for name in model.layer_names if "shared" in name] == ["shared", "shared:1", "shared:2"]
    assert [name for name in model.parameters if "shared" in name] == ["shared"]


def test_collapsed_kernels_are_the_old_ones_rearranged(imported):
    """(4, k) on (4, L, 1) is (k, 4, F); (k, 1) on (L, 4, 1) serves each base on its own."""
    first = imported("bases_first_keras3.keras").parameters
    assert next(iter(first.values()))["kernel"].shape == (7, 4, 5)
    shared = next(iter(imported("bases_second_keras3.keras").parameters.values()))["kernel"]
    assert shared.shape == (5, 4, 12)
    blocks = np.asarray(shared).reshape(5, 4, 4, 3)
    for base in range(4):
        np.testing.assert_array_equal(blocks[:, base, base], blocks[:, 0, 0])
        assert not blocks[:, base, np.arange(4) != base].any()


def test_double_precision_follows_the_sequence(imported, stored):
    model = imported("lab_keras3.h5")
    codes = stored[3]["lab_keras3.h5:codes"][:2]
    with jax.enable_x64(True):
        logits = jax.jit(jax.vmap(model.apply, (None, 0)))(
            model.parameters, jax.nn.one_hot(codes, 4, dtype=jnp.float64)
        )
        assert logits.dtype == jnp.float64
        np.testing.assert_allclose(logits, stored[3]["lab_keras3.h5:logits"][:2], rtol=1e-5, atol=1e-5)


def test_derivatives_by_sequence_and_parameters(imported):
    model = imported("functional_keras3.h5")
    x = jax.nn.one_hot(jnp.arange(model.length) % 4, 4)
    by_sequence, by_parameters = jax.jit(jax.grad(lambda x, p: model.apply(p, x)[0], (0, 1)))(x, model.parameters)
    assert np.abs(by_sequence).max() > 0
    assert all(np.abs(array).max() > 0 for array in jax.tree.leaves(by_parameters["stem"]))


def test_transformations_follow_an_imported_network(imported):
    """A Conv2D network with padding and dilation: DeepLIFT closes, and incremental equals naive mutagenesis."""
    model = imported("bases_first_keras3.keras")
    predict = partial(model.apply, model.parameters)
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, model.length), 4)

    @jax.jit
    def explain(x):
        contributions = deeplift(predict, reference=jnp.zeros_like(x), rule="rescale")(x)
        return contributions.residual, incremental_ism(predict)(x).scores, ism(predict)(x).scores

    residual, incremental, naive = explain(x)
    assert np.abs(residual).max() < 1e-5
    np.testing.assert_allclose(incremental, naive, atol=1e-5)


def test_a_sequence_of_another_length_is_refused(imported):
    model = imported("lab_keras3.h5")
    with pytest.raises(InputError, match=r"the network takes \(200, 4\), not x.shape=\(100, 4\)"):
        model.apply(model.parameters, jnp.zeros((100, 4)))
