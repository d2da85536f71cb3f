import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from genomics.errors import InputError
from genomics.tracing.blocks import blocks, find_block
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import trace

KERNEL = jnp.ones((3, 4, 6))


def convolve(x, kernel):
    return lax.conv_general_dilated(x, kernel, (1,), "SAME", dimension_numbers=("NHC", "HIO", "NHC"))


def found(function):
    return blocks(fold_elementwise(trace(function, jnp.ones((12, 4)))))


def network(x):
    with jax.named_scope("stem"):
        h = convolve(x[None], KERNEL) + jnp.arange(6.0)  # bias
        h = (h - 0.5) / jnp.arange(1.0, 7.0)  # normalisation
        h = jax.nn.relu(h)
        h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 3, 1), (1, 3, 1), "SAME")
        h = lax.reduce_window(h, 0.0, lax.add, (1, 2, 1), (1, 2, 1), "SAME") / 2.0
    h = h.reshape(-1) @ jnp.ones((12, 5))
    return jnp.tanh(h + 1) @ jnp.ones((5, 2)) - 3


def test_layers_are_what_a_reader_would_call_so():
    assert [(b.index, b.name, b.shape, b.weights) for b in found(network)] == [
        (0, "convolution_1", (1, 12, 6), (3, 4, 6)),
        (1, "relu_1", (1, 12, 6), None),
        (2, "max_pool_1", (1, 4, 6), None),
        (3, "average_pool_1", (1, 2, 6), None),
        (4, "flatten_1", (12,), None),
        (5, "dense_1", (5,), (12, 5)),
        (6, "tanh_1", (5,), None),
        (7, "dense_2", (2,), (5, 2)),
    ]
    assert [b.scope for b in found(network)] == ["stem"] * 4 + [""] * 4
    assert all("test_blocks.py" in b.where for b in found(network))


def test_branches_are_layers_of_their_own():
    def residual(x):
        h = jax.nn.relu(convolve(x[None], KERNEL)[0])
        h = h + jax.nn.relu(convolve(h[None], jnp.ones((3, 6, 6)))[0])
        return jnp.concatenate([h.mean(0), h.max(0)])

    names = [(b.name, b.shape) for b in found(residual)]
    assert names == [
        ("convolution_1", (12, 6)),
        ("relu_1", (12, 6)),
        ("convolution_2", (12, 6)),
        ("relu_2", (12, 6)),
        ("add_1", (12, 6)),
        ("mean_1", (6,)),
        ("global_max_1", (6,)),
        ("concatenate_1", (12,)),
    ]


def test_a_product_of_two_live_values_is_no_dense_layer():
    assert [b.name for b in found(lambda x: (x @ x.T).sum(0))] == ["transpose_1", "product_1", "sum_1"]


def test_layers_are_found_by_index_and_by_name():
    table = found(network)
    assert find_block(table, 2) is table[2]
    assert find_block(table, -1) is table[7]
    assert find_block(table, "dense_1") is table[5]
    with pytest.raises(InputError, match="layer 8: the network has layers 0 to 7"):
        find_block(table, 8)
    with pytest.raises(InputError, match="layer 'dense': the network has convolution_1, relu_1"):
        find_block(table, "dense")


def test_shape_of_a_layer_is_that_of_its_variable():
    for block in found(network):
        assert np.prod(block.shape) == np.prod(block.variable.shape)
