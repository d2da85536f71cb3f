"""Flips, strands, joins, cuts and other changes of place."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from tests.networks.layers import conv, dense, head, max_pool, relu, tanh, weighted
from tests.networks.record import network


@network()
def both_strands(x):
    """The sum of one tower over both strands, each with a global maximum."""
    tower = lambda x: max_pool(relu(conv(x, 5, 3)), 4).max(0)  # noqa: E731
    return dense(tower(x) + tower(x[::-1, ::-1]), 2)


@network()
def strands_as_a_batch(x):
    """Both strands stacked, convolved as a batch of two; the higher response counts."""
    h = jnp.stack([x, x[::-1, ::-1]])
    h = lax.conv_general_dilated(h, weighted(x, 5, 4, 3), (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC"))
    return head(max_pool(relu(jnp.maximum(h[0], h[1, ::-1])), 3))


@network()
def strands_joined(x):
    """The reverse complement's responses, turned back, beside the forward ones."""
    h = jnp.concatenate([conv(x, 5, 3), conv(x[::-1, ::-1], 5, 3)[::-1]], 1)
    return head(max_pool(relu(h), 4))


@network()
def flipped_branch(x):
    """A layer added to its own mirror image: a mutation reaches two places."""
    h = relu(conv(x, 5, 3))
    return head(h + h[::-1])


@network()
def reversed_then_pooled(x):
    """Strides counted from the other end."""
    return head(max_pool(tanh(conv(x, 5, 3, stride=2)[::-1]), 3, 2))


@network(lines=False)
def padded_and_joined(x):
    """Constants around positions and channels, channels joined and split, constants before and behind."""
    h = conv(jnp.pad(x, ((2, 3), (0, 1)), constant_values=0.25), 5, 3)
    left, right = jnp.split(jnp.concatenate([h, jnp.tanh(h), jnp.ones_like(h)], 1), [4], axis=1)
    return head(jnp.concatenate([jnp.ones((2, 5)), left[:, :1] * right, jnp.ones((1, 5))])[1::3])


@network()
def halves_joined_end_to_end(x):
    """Two layers one behind the other along the sequence."""
    h = jnp.concatenate([relu(conv(x, 5, 3)), tanh(conv(x, 3, 3))])
    return head(max_pool(conv(h, 3, 2), 4))


@network()
def halves_apart(x):
    """The left and the right half of the sequence go different ways."""
    left, right = jnp.split(x, 2)
    return head(jnp.concatenate([relu(conv(left, 5, 3)), tanh(conv(right, 5, 3))], 1))


@network()
def quarters_as_channels(x):
    """Pairs of neighbours become one position with twice the channels."""
    return head(relu(conv(x.reshape(len(x) // 2, 8), 3, 3)))


@network()
def reshaped_askew(x):
    """An axis as long as the sequence's that runs along something else."""
    h = relu(conv(x, 3, 4))  # 24 columns
    return dense(h.reshape(4, 24).max(0), 2)


@network()
def turned_and_transposed(x):
    """Positions last, an axis put in and taken out, channels flipped."""
    h = tanh(conv(x, 5, 4)).T[:, None, ::-1][::-1]
    return head(jnp.squeeze(h, 1).T)


@network()
def rolled(x):
    """A layer beside itself shifted round."""
    h = relu(conv(x, 3, 3))
    return head(jnp.stack([h, jnp.roll(h, 3, axis=0)], axis=1))


@network()
def scattered_and_gathered(x):
    """Columns picked by index, one of them overwritten, one added to."""
    h = relu(conv(x, 3, 3))
    h = jnp.take(h, np.array([5, 3, 3, 17, 20]), axis=0)
    return head(lax.dynamic_slice(h, (0, 1), (5, 2)).at[0, 1].add(0.5).at[1, 0].set(0.3))


@network()
def embedded_words(x):
    """Three-letter words looked up in a table, by the index of the highest base."""
    code = jnp.argmax(x, axis=-1)
    words = 16 * code[:-2] + 4 * code[1:-1] + code[2:]
    return head(tanh(weighted(x, 64, 3)[words]))
