import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.models.lab import LabConfig
from genomics.models.summary import count_parameters, summary
from genomics.models.table import build, config_from_dict, config_to_dict
from genomics.tracing.program import trace

TABLE = """\
layer                 output     parameters
-------------------------------------------
conv 32 x 19, ReLU    (182, 32)       2,464
max pool 4            (46, 32)            0
conv 16 x 8, ReLU     (39, 16)        4,112
max pool 8            (5, 16)             0
flatten, dense, ReLU  (128)          10,368
dense, sigmoid        (3)               387
-------------------------------------------
total                                17,331"""


def lab(pooling, key=0):
    return build(LabConfig(pooling=pooling), length=200, num_tasks=3, key=jax.random.key(key))


@pytest.mark.parametrize("pooling", ["max", "subsample"])
def test_summary_is_the_labs_table(pooling):
    model = lab(pooling)
    assert summary(model.layers()).replace("subsample pool", "max pool").split() == TABLE.split()
    assert count_parameters(model) == 17_331


def test_parameters_start_as_in_keras():
    model = lab("max")
    limit = np.sqrt(6 / (19 * 4 + 19 * 32))  # Glorot-uniform with the receptive field in both fans
    assert 0.95 * limit < float(jnp.abs(model.conv1.kernel[...]).max()) <= limit
    limit = np.sqrt(6 / (80 + 128))
    assert 0.95 * limit < float(jnp.abs(model.dense1.kernel[...]).max()) <= limit
    for layer in (model.conv1, model.conv2, model.dense1, model.dense2):
        assert not layer.bias[...].any()


@pytest.mark.parametrize("pooling", ["max", "subsample"])
def test_both_forms_give_the_same_logits_and_gradients(pooling):
    model = jax.tree.map(lambda leaf: leaf + 0.01, lab(pooling))  # biases that are not zero
    x = jax.nn.one_hot(jax.random.randint(jax.random.key(1), (4, 200), 0, 4), 4)

    def run(form):
        def loss(model, x):
            logits = jax.vmap(lambda row: model(row, form))(x)
            return (logits**2).sum(), logits

        return jax.jit(jax.grad(loss, has_aux=True))(model, x)

    (gradient, logits), (fast_gradient, fast_logits) = run("primitive"), run("matmul")
    np.testing.assert_allclose(fast_logits, logits, atol=1e-5)
    for expected, found in zip(jax.tree.leaves(gradient), jax.tree.leaves(fast_gradient), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("pooling", ["max", "subsample"])
def test_what_the_transformations_read_holds_convolutions(pooling):
    program = trace(lab(pooling), jnp.zeros((200, 4)))
    names = [equation.primitive for equation in program.equations]
    assert names.count("conv_general_dilated") == 2
    assert names.count("reduce_window_max") == (2 if pooling == "max" else 0)
    assert names.count("dot_general") == 2


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (LabConfig(pooling="mean"), "model.pooling='mean': must be 'max' or 'subsample'"),
        (LabConfig(filters=(3,)), "each must hold two numbers"),
        (LabConfig(widths=(201, 8)), "convolution 1 is 201 wide, its input only 200 long"),
        (LabConfig(widths=(19, 47)), "convolution 2 is 47 wide, its input only 46 long"),
    ],
)
def test_impossible_architectures_are_refused(config, message):
    with pytest.raises(InputError, match=message):
        build(config, length=200, num_tasks=3, key=jax.random.key(0))


def test_configurations_survive_json():
    config = LabConfig(filters=(8, 4), pooling="subsample")
    assert config_from_dict(config_to_dict(config)) == config
    with pytest.raises(InputError, match="network 'Other' is not one of LabConfig"):
        config_from_dict({"network": "Other"})
