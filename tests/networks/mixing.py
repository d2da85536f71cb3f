"""Layers in which every position meets every other: attention, recurrences, sorting, loops."""

import jax
import jax.numpy as jnp
from jax import lax

from tests.networks.layers import conv, dense, head, max_pool, relu, sigmoid, tanh, weighted
from tests.networks.record import network


@network(lines=False)
def attention(x):
    """Softmax of products between all positions."""
    h = conv(x, 3, 4, padding="SAME")
    q, k, v = (h @ weighted(x, 4, 4, seed=seed) for seed in range(3))
    return head(h + jax.nn.softmax(q @ k.T / 2, axis=-1) @ v)


@network(lines=False)
def attention_pooling(x):
    """A mean over positions weighted by a softmax over positions, as in Enformer."""
    h = relu(conv(x, 5, 4))
    return dense((jax.nn.softmax(h @ weighted(x, 4, 4), axis=0) * h).sum(0), 2)


@network(lines=False)
def elman(x):
    """A plain recurrence by `lax.scan`."""
    steps = max_pool(relu(conv(x, 5, 3)), 4)
    step = lambda state, row: (jnp.tanh(state @ weighted(x, 3, 3) + row), None)  # noqa: E731
    return dense(lax.scan(step, jnp.zeros(3, x.dtype), steps)[0], 2)


@network(lines=False)
def lstm(x):
    """A long short-term memory by `lax.scan`, of both directions."""

    def run(steps, seed):
        def step(state, row):
            cell, hidden = state
            gates = row @ weighted(x, 3, 8, seed=seed) + hidden @ weighted(x, 2, 8, seed=seed)
            keep, put, show, new = jnp.split(gates, 4)
            cell = jax.nn.sigmoid(keep) * cell + jax.nn.sigmoid(put) * jnp.tanh(new)
            hidden = jax.nn.sigmoid(show) * jnp.tanh(cell)
            return (cell, hidden), hidden

        zero = jnp.zeros(2, x.dtype)
        return lax.scan(step, (zero, zero), steps)[1]

    h = max_pool(relu(conv(x, 5, 3)), 2)
    return dense(jnp.concatenate([run(h, 0), run(h[::-1], 1)[::-1]], 1).max(0), 2)


@network()
def layers_by_scan(x):
    """A residual trunk whose layers are a scan over their weights, as large networks are written."""
    kernels = weighted(x, 3, 3, 4, 4)

    def layer(h, kernel):
        return h + relu(
            lax.conv_general_dilated(h, kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))
        ), None

    h, _ = lax.scan(layer, conv(x, 5, 4)[None], kernels)
    return dense(h[0].mean(0), 2)


@network()
def running_sum(x):
    """A cumulative sum along the sequence."""
    return head(tanh(jnp.cumsum(conv(x, 5, 3), axis=0)[::4]))


@network()
def running_maximum(x):
    """A cumulative maximum along the sequence."""
    return head(lax.cummax(conv(x, 5, 3))[::5])


@network()
def running_sum_of_channels(x):
    """A cumulative sum across channels, with edges cut and padded by a constant."""
    h = jnp.pad(standard(x)[2:-1:2], ((1, 2), (0, 0)), constant_values=0.5)
    return head(jnp.concatenate([h, jnp.cumsum(h, 1)], 1).T)


def standard(x):
    """Each position by itself."""
    return relu(x @ weighted(x, 4, 5))


@network()
def decayed_sum(x):
    """A linear recurrence by `associative_scan`, as state-space models are written."""
    h = conv(x, 5, 3)
    decay = jnp.broadcast_to(sigmoid(weighted(x, 3)), h.shape)
    _, states = lax.associative_scan(lambda a, b: (a[0] * b[0], b[0] * a[1] + b[1]), (decay, h))
    return dense(tanh(states)[-1], 2)


@network()
def strongest_matches(x):
    """`top_k` over positions."""
    return dense(lax.top_k(relu(conv(x, 5, 3)).T, 3)[0], 2)


@network()
def sorted_matches(x):
    """All responses of a filter in order."""
    return head(jnp.sort(conv(x, 5, 2), axis=0))


@network()
def sorted_channels(x):
    """The channels of each position in order, as maxout and median filters need."""
    return head(max_pool(jnp.sort(conv(x, 5, 3), axis=1), 4))


@network(lines=False)
def spectrum(x):
    """A Fourier transform over positions."""
    return head(jnp.log1p(jnp.abs(jnp.fft.rfft(conv(x, 5, 2), axis=0))))


@network(lines=False)
def place_of_the_match(x):
    """Where a filter responds most, as a number: no gradient at all."""
    h = conv(x, 5, 3)
    return dense(jnp.argmax(h, axis=0).astype(h.dtype) / 10 + h.max(0), 2)


@network()
def chosen_branch(x):
    """`cond`: the sequence chooses one of two networks."""
    return lax.cond(x[:13, 1].sum() > 3, lambda h: head(relu(conv(h, 5, 3))), lambda h: head(tanh(conv(h, 5, 3))), x)
