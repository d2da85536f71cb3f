"""Networks that Keras's backends compute differently: average pooling whose SAME padding is uneven."""

import gzip

import h5py
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.attribution.deeplift import deeplift
from genomics.errors import InputError
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism
from genomics.programs.keras_model import read_keras
from tests.models.single import built, loaded


@pytest.fixture
def saved(repository, tmp_path):
    """The files that Keras 3.15.1 saved on torch, and what it gives for them on each backend."""
    folder = repository / "tests" / "fixtures" / "keras"
    for name in ("uneven_torch.h5", "uneven_torch.keras"):
        (tmp_path / name).write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))
    with np.load(folder / "uneven.npz") as arrays:
        return tmp_path, dict(arrays)


def outputs(model, codes):
    return jax.vmap(model.apply, (None, 0))(model.parameters, jax.nn.one_hot(codes, 4))


def test_a_file_is_read_by_its_backend(saved):
    folder, expected = saved
    assert np.abs(expected["torch"] - expected["jax"]).max() > 4e-3
    model = loaded(folder / "uneven_torch.h5")
    np.testing.assert_allclose(outputs(model, expected["codes"]), expected["torch"], atol=3e-7)
    assert model.in_doubt == ()
    with h5py.File(folder / "uneven_torch.h5", "r+") as file:
        file.attrs["backend"] = "tensorflow"
    np.testing.assert_allclose(
        outputs(loaded(folder / "uneven_torch.h5"), expected["codes"]), expected["jax"], atol=3e-7
    )
    with pytest.raises(InputError, match="attribute backend: is tensorflow, not the torch asked for"):
        loaded(folder / "uneven_torch.h5", backend="torch")


def test_a_file_that_does_not_say_its_backend_is_read_as_told_and_else_with_a_warning(saved, caplog):
    folder, expected = saved
    path = str(folder / "uneven_torch.keras")
    for backend, like in (("torch", "torch"), ("jax", "jax"), ("tensorflow", "jax"), (None, "jax")):
        caplog.clear()
        network = read_keras(path, backend=backend)
        found = jax.vmap(lambda x, network=network: network.apply(network.parameters, x)[0])(
            jax.nn.one_hot(expected["codes"], 4)
        )
        np.testing.assert_allclose(found, expected[like], atol=3e-7)
        assert bool(caplog.messages) == (backend is None)
    (message,) = caplog.messages
    assert "layer average_pooling1d averages over unevenly padded windows" in message
    # The largest difference is a figure of this file, of the size of that between Keras's own backends.
    figure = float(message.partition("up to ")[2].split()[0])
    assert 1e-3 < figure < 1e-1


def test_even_padding_and_other_pooling_are_the_same_everywhere(network):
    for layer, length, doubtful in (
        (("AveragePooling1D", {"pool_size": [4], "strides": [4], "padding": "same"}), 199, True),
        (("AveragePooling1D", {"pool_size": [4], "strides": [4], "padding": "same"}), 200, False),
        (("AveragePooling1D", {"pool_size": [3], "strides": [1], "padding": "same"}), 200, False),  # one on each side
        (("AveragePooling1D", {"pool_size": [4], "strides": [4], "padding": "valid"}), 199, False),
        (("MaxPooling1D", {"pool_size": [4], "strides": [4], "padding": "same"}), 199, False),
    ):
        model = built(network((length, 4), layer, ("Flatten", {})))
        assert bool(model.in_doubt) is doubtful
        other = built(network((length, 4), layer, ("Flatten", {})), backend="torch")
        x = jnp.asarray(np.random.default_rng(0).normal(size=(length, 4)), jnp.float32)
        same = np.array_equal(model.apply(model.parameters, x), other.apply(other.parameters, x))
        assert same is not doubtful


@pytest.mark.parametrize(("rank", "shape"), [(1, (7, 4)), (2, (7, 1, 4)), (2, (6, 1, 4))])
def test_copies_of_the_ends_are_counted(network, rank, shape):
    """By the definition; an odd window across a single row makes even padding along the sequence uneven too."""
    size = [3] if rank == 1 else [3, 2]
    layer = (f"AveragePooling{rank}D", {"pool_size": size, "strides": [2] * rank, "padding": "same"})
    model = built(network(shape, layer, ("Flatten", {})), backend="torch")
    x = np.random.default_rng(0).normal(size=(shape[0], 4)).astype(np.float32)
    count = -(-shape[0] // 2)
    total = max((count - 1) * 2 + 3 - shape[0], 0)
    even_alone = rank == 1 and total % 2 == 0
    padded = np.pad(x, ((total // 2, total - total // 2), (0, 0)), mode="edge" if not even_alone else "constant")
    windows = np.stack([padded[2 * i : 2 * i + 3] for i in range(count)])
    divisor = 3.0
    if even_alone:
        inside = np.pad(np.ones(shape[0]), (total // 2, total - total // 2))
        divisor = np.array([inside[2 * i : 2 * i + 3].sum() for i in range(count)])[:, None]
    expected = windows.sum(1) / divisor
    np.testing.assert_allclose(model.apply(model.parameters, jnp.asarray(x)), expected.ravel(), rtol=1e-5, atol=1e-6)


def test_the_transformations_read_it(saved):
    folder, expected = saved
    model = loaded(folder / "uneven_torch.h5")
    x = jax.nn.one_hot(expected["codes"][0], 4)

    def predict(x):
        return model.apply(model.parameters, x)

    np.testing.assert_allclose(jax.jit(incremental_ism(predict))(x).scores, jax.jit(ism(predict))(x).scores, atol=1e-6)
    found = jax.jit(deeplift(predict, reference=jnp.full((199, 4), 0.25), rule="rescale"))(x)
    assert np.abs(found.residual).max() < 1e-5
