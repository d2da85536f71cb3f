import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.data.motifs import packaged_motifs
from genomics.errors import InputError
from genomics.models.motif_kernels import log_odds_kernel
from genomics.models.readable import ReadableConfig, exponential
from genomics.models.table import build, config_from_dict, config_to_dict
from genomics.sequence.motif import log_odds, reverse_complement


def network(**fields):
    config = ReadableConfig(**{"filters": (6, 5), "widths": (9, 3), "pools": (10, 2), "hidden": 7, **fields})
    return build(config, length=60, num_tasks=2, key=jax.random.key(0))


def test_the_exponential_goes_on_as_its_tangent():
    x = jnp.array([-30.0, 0.0, 8.0, 10.0])
    np.testing.assert_allclose(exponential(x), [np.exp(-30), 1, np.exp(8), 3 * np.exp(8)], rtol=1e-6)
    slopes = jax.vmap(jax.grad(exponential))(jnp.array([7.999, 8.001, 50.0]))
    np.testing.assert_allclose(slopes, np.exp([7.999, 8.0, 8.0]), rtol=1e-5)


@pytest.mark.parametrize("activation", ["exponential", "relu", "mixed"])
def test_both_forms_agree(activation):
    model = network(activation=activation)
    model.conv1.bias[...] = jnp.linspace(-1, 1, 6)
    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (60,), 0, 4), 4)
    both = jax.jit(lambda model: (model(x), model(x, "matmul")))(model)
    np.testing.assert_allclose(*both, rtol=1e-4, atol=1e-5)


def test_only_the_first_activation_is_exponential():
    model = network(activation="exponential")
    jaxpr = str(jax.make_jaxpr(model)(jnp.zeros((60, 4))))
    assert jaxpr.count(" exp ") == 1
    assert "exp" not in str(jax.make_jaxpr(network(activation="relu"))(jnp.zeros((60, 4)))).replace("expand", "")
    assert model.layers()[0].name == "conv 6 x 9, exponential"


def test_filters_start_from_motifs_on_both_strands_and_the_rest_at_random():
    fields = {"filters": (32, 5), "widths": (19, 3)}
    started, fresh = network(motifs="packaged", **fields), network(**fields)
    kernels = [np.asarray(model.conv1.kernel[...]) for model in (started, fresh)]
    np.testing.assert_array_equal(kernels[0][..., 30:], kernels[1][..., 30:])
    ctcf = log_odds(packaged_motifs()["MA0139.1"])
    first, second = kernels[0][..., 0], kernels[0][..., 1]
    assert np.corrcoef(first.ravel(), (ctcf - ctcf.mean(1, keepdims=True)).ravel())[0, 1] > 0.9999
    np.testing.assert_allclose(second, first[::-1, ::-1], atol=1e-6)
    # They start as large as the filters that they replace.
    norms = [np.linalg.norm(kernel.reshape(-1, 32), axis=0) for kernel in kernels]
    assert 0.9 < norms[0][0] / norms[1].mean() < 1.1


def test_a_kernel_of_log_odds_scores_likelihoods():
    motif = packaged_motifs()["MA0151.1"]
    kernel = log_odds_kernel([motif, reverse_complement(motif)], 8, norm=3.0)
    np.testing.assert_allclose(np.linalg.norm(kernel.reshape(-1, 2), axis=0), 3.0, rtol=1e-6)
    np.testing.assert_allclose(kernel.sum(1), 0, atol=1e-6)


def test_the_configuration_survives_json():
    config = ReadableConfig(activation="exponential", motifs="packaged")
    assert config_from_dict(config_to_dict(config)) == config


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"activation": "tanh"}, "model.activation='tanh': must be one of exponential, relu, mixed"),
        ({"pooling": "subsample"}, "model.pooling='subsample': must be 'max'"),
        ({"motifs": "packaged"}, "fewer filters than 30 motif strands"),
    ],
)
def test_values_out_of_range_are_refused(fields, message):
    with pytest.raises(InputError, match=message):
        network(**fields)
