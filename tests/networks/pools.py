"""Pools and reductions along the sequence."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tests.networks.layers import (
    activation,
    clip,
    conv,
    dense,
    head,
    max_pool,
    mean_pool,
    min_pool,
    pool_with_holes,
    relu,
    square,
    tanh,
    weighted,
)
from tests.networks.record import network


@network()
def pooled_twice(x):
    """The lab's network: convolution, SAME pool, convolution, pool, dense layers."""
    return head(max_pool(relu(conv(max_pool(relu(conv(x, 5, 4)), 3, 3, "SAME"), 3, 3, seed=1)), 2))


@network()
def overlapping_pools(x):
    """A strided max pool that overlaps, then a mean over neighbours."""
    return head(mean_pool(max_pool(relu(conv(x, 4, 3)), 3, 2, "SAME"), 3, 1, "SAME"))


@network()
def tied_pools(x):
    """Zeros in nearly every window, which are tied for the maximum."""
    return head(max_pool(relu(conv(x, 5, 6) - 1.0), 4, 2))


lowered = activation(lambda h: h - 2.0)


@network(lines=False)
def pools_of_negative_values(x):
    """Padding must not win where all values are negative."""
    h = relu(conv(x, 4, 6, padding="SAME") - 0.5)
    h = max_pool(lowered(h), 5, 5, "SAME")
    return head(relu(conv(h, 3, 5, padding="SAME")))


@network()
def dilated_pool(x):
    """A pool with holes."""
    return head(pool_with_holes(tanh(conv(x, 4, 3)), 3, 2, 2))


@network()
def odd_period(x):
    """A pool of 11 with SAME padding: mutations lie differently to its windows everywhere."""
    return head(max_pool(tanh(conv(x, 4, 3)), 11, 11, "SAME"))


@network()
def min_and_mean_pools(x):
    """Minima and means of one layer, joined."""
    h = relu(conv(x, 5, 4))
    return head(jnp.concatenate([min_pool(h, 3, 2), mean_pool(h, 3, 2)], 1))


@network()
def pools_of_whole_numbers(x):
    """Counts of matches, their highest and lowest over neighbours, padded."""
    counts = jnp.floor(3 * conv(x, 5, 4)).astype(jnp.int32)
    window = {"window_dimensions": (5, 1), "window_strides": (1, 1), "padding": "SAME"}
    most = lax.reduce_window(counts, np.int32(np.iinfo(np.int32).min), lax.max, **window)
    least = lax.reduce_window(counts, np.int32(np.iinfo(np.int32).max), lax.min, **window)
    return head(jnp.concatenate([most, least], 1).astype(x.dtype))


@network()
def pool_by_reshape(x):
    """A maximum over an axis that a reshape has made."""
    h = relu(conv(x, 3, 4))  # 24 columns
    return dense(h.reshape(6, 4, 4).max(1), 2)


@network()
def clipped_then_pooled(x):
    """A pool, and a convolution after it, read a clipped convolution."""
    h = clip(conv(x, 5, 6), 0, 1)
    return head(relu(conv(max_pool(h, 4), 3, 3, seed=1)))


@network()
def global_maximum(x):
    """The strongest match anywhere."""
    return dense(relu(conv(x, 5, 6)).max(0), 2)


@network()
def global_minimum_of_all(x):
    """A minimum over positions and channels at once."""
    return dense(square(conv(x, 5, 6, padding="SAME").min((0, 1))), 2)


nearly_one = activation(lambda h: 1 + 0.1 * jnp.tanh(h))


@network(lines=False)
def global_product(x):
    """A product over positions: every position has to agree."""
    return dense(jnp.prod(nearly_one(conv(x, 5, 4)), axis=0), 2)


@network(lines=False)
def weighted_mean_of_positions(x):
    """A mean with a fixed weight for each position."""
    h = relu(conv(x, 5, 6, padding="SAME"))
    return jnp.einsum("lf,lft->t", h + weighted(x, len(h), 6), weighted(x, len(h), 6, 2) / 5)


@network(lines=False)
def several_reductions(x):
    """Maxima, means, minima, windows and a soft maximum of one layer."""
    h = relu(conv(x, 5, 6))
    averages = lax.reduce_window(h, 0.0, lax.add, (4, 1), (3, 1), "SAME") / 4
    parts = [h.max(0), h.mean(0), h.min(0), averages.sum(1), min_pool(h, 3, 2).reshape(-1)]
    return head(jnp.concatenate([*parts, jax.nn.logsumexp(h, axis=0)]))
