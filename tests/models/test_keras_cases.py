"""Networks as labs save them, against the outputs that Keras gave: `cases/networks` of the shared data."""

import jax
import numpy as np
import pytest

from genomics.models.keras import load
from genomics.models.sequence_input import sequence_input

NAMES = (
    *("basenji_k2.h5", "basset_k2.h5", "bpnet_k2.h5", "bpnet_k3.keras", "danq_k2.h5", "deepstarr_k2.h5"),
    *("five_channels_k2.h5", "nested_k2.h5", "siamese_shared_layers_k2.h5", "transformer_k2.h5", "two_inputs_k2.h5"),
)
#: What the reference outputs were computed with beside the sequence.
FIXED = {"five_channels_k2.h5": {"0": 0.0}, "two_inputs_k2.h5": {"cell_line": 0.0}}


@pytest.mark.parametrize("name", NAMES)
def test_outputs_equal_the_reference(shared, name):
    """To 1e-5 of the network's largest output: log-counts near 0 are the difference of larger numbers."""
    folder = shared / "cases/networks"
    network = load(folder / name)
    with np.load(folder / f"{name.partition('.')[0]}_keras.npz") as stored:
        expected = dict(stored)
    given = sequence_input(network, fixed=FIXED.get(name))
    x = np.eye(5, 4, dtype=np.float32)[expected["codes"]]
    found = jax.jit(jax.vmap(lambda x: network.apply(network.parameters, *given.arrange(x))))(x)
    functions = {"sigmoid": jax.nn.sigmoid, "softmax": jax.nn.softmax, None: lambda y: y}
    largest = max(np.abs(expected[f"out{i}"]).max() for i in range(len(network.outputs)))
    for i, (output, y) in enumerate(zip(network.outputs, found, strict=True)):
        np.testing.assert_allclose(functions[output.removed](y), expected[f"out{i}"], rtol=0, atol=1e-5 * largest)
