"""Small networks and planted sequences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest


@pytest.fixture(scope="session")
def kernel():
    """Three filters of five bases: ACGTA, anything with a C in the middle, and nothing."""
    weights = np.zeros((5, 4, 3), np.float32)
    for place, base in enumerate([0, 1, 2, 3, 0]):
        weights[place, base, 0] = 1.0
    weights[2, 1, 1] = 2.0
    return weights


@pytest.fixture(scope="session")
def predict(kernel):
    """conv (SAME, stride 2) - ReLU - pool - conv - ReLU - dense."""
    rng = np.random.default_rng(5)
    second = jnp.asarray(rng.normal(size=(2, 3, 2)), jnp.float32)
    bias = jnp.array([-2.5, -0.5, -1.0])

    def network(x):
        h = jax.lax.conv_general_dilated(
            x[None], jnp.asarray(kernel), (2,), "SAME", dimension_numbers=("NWC", "WIO", "NWC")
        )
        h = jax.nn.relu(h[0] + bias)
        h = jax.lax.reduce_window(h, -jnp.inf, jax.lax.max, (2, 1), (2, 1), "VALID")
        h = jax.lax.conv_general_dilated(h[None], second, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
        h = jax.nn.relu(h[0])
        return jnp.stack([h.max(0).sum(), h.mean(0).sum()])

    return network


@pytest.fixture(scope="session")
def bases():
    rng = np.random.default_rng(7)
    codes = rng.integers(0, 5, (300, 24)).astype(np.uint8)  # more than one batch, unknown bases among them
    codes[::3, 10:15] = [0, 1, 2, 3, 0]
    codes[1::3, 11:16] = [0, 1, 2, 3, 0]
    return codes
