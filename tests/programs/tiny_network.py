"""Networks for `--model=tiny_network:FUNCTION`: sequences of 24 bases, two tasks."""

import jax
import jax.numpy as jnp
import numpy as np

LENGTH = 24


def _weights(seed):
    rng = np.random.default_rng(seed)
    return [jnp.asarray(rng.normal(size=shape) / 2, jnp.float32) for shape in ((5, 4, 6), (6,), (30, 2), (2,))]


def build(seed=0):
    kernel, bias, dense, offset = _weights(seed)

    def predict(x):
        h = jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))[0]
        h = jax.lax.reduce_window(jax.nn.relu(h + bias), -jnp.inf, jax.lax.max, (4, 1), (4, 1), "VALID")
        return h.reshape(-1) @ dense + offset

    return predict


def other():
    return build(seed=1)


def linear():
    kernel = jnp.asarray(np.random.default_rng(2).normal(size=(2, LENGTH, 4)), jnp.float32)
    return lambda x: jnp.tensordot(kernel, x, ((1, 2), (0, 1)))


def no_vector():
    return lambda x: x


def wrong_length():
    kernel = jnp.ones((LENGTH + 1, 2))
    return lambda x: x.sum(1) @ kernel


def fails():
    raise RuntimeError("no weights\nhere")


not_a_function = 3


def not_a_predict():
    return 3
