"""Products of values that all depend on the sequence."""

import jax
import jax.numpy as jnp

from tests.networks.layers import clip, conv, dense, gelu, head, max_pool, relu, sigmoid, silu, tanh, weighted
from tests.networks.record import network


@network(lines=False)
def gated_by_slices(x):
    """A gate whose halves are slices of one convolution."""
    h = conv(x, 5, 6)
    return head(gelu(h[:, :3]) * sigmoid(h[:, 3:]))


@network(lines=False)
def gated_by_split(x):
    """The same, by `split`, a primitive of several outputs."""
    value, gate = jnp.split(conv(x, 5, 6), 2, axis=1)
    return head(gelu(value) * sigmoid(gate))


@network(lines=False)
def gated_linear_unit(x):
    """The same, by `jax.nn.glu`."""
    return head(jax.nn.glu(conv(x, 5, 6), axis=1))


@network(lines=False)
def gates_of_all_kinds(x):
    """Products, maxima, minima, selection, quotient and clipping of two branches."""
    a, b = jnp.split(conv(x, 5, 8), 2, axis=-1)
    h = tanh(a) * sigmoid(b)
    h = jnp.maximum(h, conv(x, 5, 4)) - jnp.minimum(a, b)
    h = jnp.where(a > b, h, 2 * b) / (2 + jnp.square(a))
    h = jnp.logaddexp(h, a) + clip(a, -0.3, 0.4)
    return head(h)


def _squeezed(h, seed=0):
    """A number between 0 and 1 for each channel, from the means of all channels."""
    squeezed = relu(dense(h.mean(0), 2, seed=seed))
    return sigmoid(dense(squeezed, h.shape[1], seed=seed))


@network(lines=False)
def squeeze_and_excite_last(x):
    """Channels are gated after the last convolution, then averaged into a linear head."""
    h = relu(conv(relu(conv(x, 5, 4)), 3, 4))
    return dense((h * _squeezed(h)).mean(0), 2)


@network(lines=False)
def squeeze_and_excite_everywhere(x):
    """LegNet's blocks: a gate that sees the whole sequence after every convolution."""
    h = silu(conv(x, 5, 4))
    for seed in (1, 2):
        h = silu(conv(h, 3, 4, padding="SAME", seed=seed))
        h = h + h * _squeezed(h, seed)
    return dense(h.mean(0), 2)


@network(lines=False)
def gated_by_the_sequence_itself(x):
    """The input multiplies what was computed from it."""
    return head(x * sigmoid(conv(x, 3, 4, padding="SAME")))


@network(lines=False)
def neighbours_multiplied(x):
    """Products of neighbouring positions, as counting of dinucleotides does."""
    h = x[:-1, :, None] * x[1:, None, :]
    return dense(relu(conv(h.reshape(len(x) - 1, 16), 3, 3)), 2)


@network(lines=False)
def bilinear_head(x):
    """A quadratic form of what a pool gave."""
    h = max_pool(relu(conv(x, 5, 4)), 4).reshape(-1)
    return jnp.stack([h @ weighted(x, h.size, h.size) @ h, h @ weighted(x, h.size, h.size, seed=1) @ h])


@network(lines=False)
def weights_from_the_sequence(x):
    """A kernel that is itself computed from the sequence."""
    kernel = tanh(dense(x, 3 * 4 * 2)).reshape(3, 4, 2)
    h = jax.lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
    return dense(relu(h[0]).max(0), 2)
