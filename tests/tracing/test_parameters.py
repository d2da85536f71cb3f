import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from jax import lax

from genomics.models.lab import LabConfig, LabNetwork
from genomics.tracing.blocks import blocks
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.parameters import parameter_layers
from genomics.tracing.program import trace

X = jax.ShapeDtypeStruct((12, 4), jnp.float32)


def found(apply, parameters, x=X):
    """Layers by name, each with the paths of its leaves."""
    paths = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in _with_paths(parameters)]
    return {layer.name: [paths[leaf] for leaf in layer.leaves] for layer in parameter_layers(apply, parameters, x)}


def _with_paths(parameters):
    return jax.tree_util.tree_flatten_with_path(parameters)[0]


def zeros(**shapes):
    return {name: jnp.zeros(shape) for name, shape in shapes.items()}


def convolve(x, kernel):
    return lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NHC", "HIO", "NHC"))[0]


@pytest.mark.parametrize("pooling", ["max", "subsample"])
def test_the_labs_network(pooling):
    config = LabConfig(filters=(3, 2), widths=(5, 3), pools=(2, 2), hidden=6, pooling=pooling)
    network = LabNetwork(config, length=40, num_tasks=2, rngs=nnx.Rngs(0))
    x = jax.ShapeDtypeStruct((40, 4), jnp.float32)
    layers = found(lambda model, x: model(x), network, x)
    assert list(layers) == ["convolution_1", "convolution_2", "dense_1", "dense_2"]
    assert [{path.split(".")[0] for path in paths} for paths in layers.values()] == [
        {"conv1"},
        {"conv2"},
        {"dense1"},
        {"dense2"},
    ]
    assert all(len(paths) == 2 for paths in layers.values())  # kernel and bias
    table = blocks(fold_elementwise(trace(network, x)))
    assert list(layers) == [block.name for block in table if block.weights is not None]


def test_names_do_not_matter_but_use_does():
    """In alphabetical order the leaves are neither in order of use nor side by side."""
    parameters = zeros(z=(4, 5), b=(5,), a=(60, 3), y=(3,), unused=(7,)) | {"count": jnp.int32(3)}

    def apply(p, x):
        return jax.nn.relu(x @ p["z"] + p["b"]).reshape(-1) @ p["a"] + p["y"] * p["count"]

    assert found(apply, parameters) == {"dense_1": ["b", "z"], "dense_2": ["a", "y"]}


def test_a_scale_behind_an_activation_begins_a_layer_whatever_is_added_before_it():
    parameters = zeros(w=(4, 5), shift=(5,), scale=(5,), head=(60, 2))

    def apply(p, x):
        h = (jax.nn.relu(x @ p["w"]) + p["shift"]) * p["scale"]
        return h.reshape(-1) @ p["head"]

    assert found(apply, parameters) == {"dense_1": ["shift", "w"], "scale_1": ["scale"], "dense_2": ["head"]}


def test_what_follows_a_product_belongs_to_it():
    parameters = zeros(w=(3, 4, 6), mean=(6,), variance=(6,), gamma=(6,), beta=(6,), slope=(6,), head=(6, 2))

    def apply(p, x):
        h = convolve(x, p["w"])
        h = (h - p["mean"]) * p["gamma"] / jnp.sqrt(p["variance"] + 1e-5) + p["beta"]
        h = jnp.where(h > 0, h, p["slope"] * h)
        return h.mean(0) @ p["head"]

    layers = found(apply, parameters)
    assert layers == {"convolution_1": ["beta", "gamma", "mean", "slope", "variance", "w"], "dense_1": ["head"]}


def test_behind_an_activation_a_scale_begins_a_layer_and_a_shift_does_not():
    parameters = zeros(w=(4, 6), late=(6,), gamma=(6,), beta=(6,), head=(12, 6))

    def apply(p, x):
        h = jax.nn.relu(x @ p["w"]) + p["late"]
        h = (h - h.mean(-1, keepdims=True)) * lax.rsqrt(h.var(-1, keepdims=True) + 1.0)
        h = h * p["gamma"] + p["beta"]
        return (jnp.tanh(h) * p["head"]).sum(1)

    assert found(apply, parameters) == {
        "dense_1": ["late", "w"],
        "scale_1": ["beta", "gamma"],
        "scale_2": ["head"],
    }


def test_weights_used_twice_are_one_layer():
    parameters = zeros(w=(3, 4, 5), b=(5,), mix=(5, 5), head=(5, 2))

    def strand(p, x):
        return jax.nn.relu(convolve(x, p["w"]) + p["b"])

    def both_strands(p, x):
        return jnp.maximum(strand(p, x).max(0), strand(p, x[::-1, ::-1]).max(0)) @ p["head"]

    assert found(both_strands, parameters) == {"convolution_1": ["b", "w"], "dense_1": ["head"]}

    def again(p, h):
        return jax.nn.relu(h @ p["mix"])

    def recurrent(p, x):  # the mixing weights are used before and after the head's
        return again(p, jnp.tile(again(p, strand(p, x).mean(0)) @ p["head"], 3)[:5])

    assert list(found(recurrent, parameters).values()) == [["b", "w"], ["head"], ["mix"]]


def test_kernels_computed_from_parameters_branches_and_loops():
    parameters = zeros(logits=(3, 4, 5), scale=(5,), cell=(5, 5), left=(5, 2), right=(12, 2))

    def apply(p, x):
        h = jax.jit(jax.nn.silu)(convolve(x, jax.nn.softmax(p["logits"], 1) * p["scale"]))
        state, _ = lax.scan(lambda state, row: (jnp.tanh(state @ p["cell"] + row), None), jnp.zeros(5), h)
        return state @ p["left"] + jax.nn.relu(x.sum(-1)) @ p["right"]

    layers = found(apply, parameters)
    assert layers["convolution_1"] == ["logits", "scale"]
    assert layers["recurrence_1"] == ["cell"]
    assert sorted(layers) == ["convolution_1", "dense_1", "dense_2", "recurrence_1"]
    assert next(iter(layers)) == "convolution_1"


def test_parameters_of_low_precision_and_none_at_all():
    parameters = {"w": jnp.zeros((4, 3), jnp.bfloat16), "b": np.zeros(3, np.float16)}
    assert found(lambda p, x: (x.astype(jnp.bfloat16) @ p["w"]).sum(0) + p["b"], parameters) == {"dense_1": ["b", "w"]}
    assert found(lambda p, x: x.sum(0), {}) == {}
