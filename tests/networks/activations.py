"""Activations in every spelling, and normalisations."""

import jax
import jax.numpy as jnp

from tests.networks.layers import (
    activation,
    batch_norm,
    clip,
    conv,
    dense,
    elu,
    exp,
    gelu,
    head,
    leaky_relu,
    max_pool,
    relu,
    sigmoid,
    silu,
    softplus,
    standardised,
    tanh,
    weighted,
)
from tests.networks.record import network

log_square = activation(lambda h: jnp.log(jnp.square(h) + 1))
many_powers = activation(lambda h: jnp.sqrt(jnp.abs(h) + 1) + jnp.square(h) + h**3)


@network()
def smooth_activations(x):
    """GELU, SiLU, ELU, softplus, tanh, sigmoid, exp, leaky ReLU, log, square root and powers, one after another."""
    h = silu(conv(gelu(conv(x, 5, 4)), 3, 4))
    h = tanh(dense(elu(conv(softplus(h), 1, 3)), 6))
    h = exp(sigmoid(dense(h, 6)))
    return head(many_powers(log_square(conv(leaky_relu(dense(h, 6, seed=1))[:, None], 1, 2))))


stairs = activation(lambda h: jnp.where(h > 0.3, 1.0, 0.0) + jnp.round(2 * h) / 4 + jnp.sign(h - 0.1))


@network()
def steps(x):
    """Comparisons and rounding: the gradient is zero or lies."""
    return head(stairs(conv(x, 5, 5)))


@network(lines=False)
def each_position_by_itself(x):
    """Products with small matrices, comparisons, clipping, softmax and layer norm at each position."""
    h = jnp.where(x @ weighted(x, 4, 5) > 0.1, x @ weighted(x, 4, 5), clip(x @ weighted(x, 4, 5, seed=1), -0.3, 0.3))
    return dense(jax.nn.softmax(standardised(h, -1), axis=1), 2)


@network()
def batch_normalised(x):
    """A constant factor and summand for each channel."""
    return head(max_pool(relu(batch_norm(conv(x, 5, 3))), 3))


@network(lines=False)
def normalised_before_and_after(x):
    """Batch norm before and after the activation, with negative factors, and on the dense layer."""
    h = batch_norm(relu(batch_norm(conv(x, 5, 4))))
    return dense(relu(batch_norm(dense(h, 6))), 2)


@network(lines=False)
def layer_normalised(x):
    """Mean and variance over the channels of a position."""
    return head(standardised(conv(x, 5, 3), -1))


@network(lines=False)
def normalised_over_positions(x):
    """Instance norm: mean and variance over the whole sequence."""
    return head(relu(standardised(conv(x, 5, 3), 0)))


@network(lines=False)
def softmax_outputs(x):
    """Log-probabilities of three classes."""
    return jax.nn.log_softmax(head(relu(conv(x, 5, 3)), 3))


@network(tolerance=0.05)
def half_precision(x):
    """The first layer in bfloat16, the rest in the precision of the input."""
    h = conv(x.astype(jnp.bfloat16), 5, 4).astype(x.dtype)
    return head(relu(h))


@network(lines=False)
def stopped_gradient(x):
    """A branch that its author does not want differentiated."""
    h = conv(x, 5, 4)
    return head(relu(h) + jax.lax.stop_gradient(0.5 * jnp.tanh(conv(x, 5, 4, seed=1))))


@jax.custom_vjp
def clipped(h):
    """Between 0 and 1; outside, gradients leak."""
    return jnp.clip(h, 0, 1)


clipped.defvjp(lambda h: (clipped(h), h), lambda h, g: (jnp.where((h > 0) & (h < 1), g, 0.1 * g),))
# Guided methods read the function, not its author's derivative.
clipped.body = lambda h: clip(h, 0, 1)
leaky_clip = activation(clipped)


@network()
def own_derivative(x):
    """An activation with a derivative that its author defined, and a checkpoint."""
    return head(jax.checkpoint(lambda h: leaky_clip(conv(h, 3, 3)))(relu(conv(x, 3, 3))))
