"""The networks that recipes were compared with: what `genomics.models` has, and what did not earn a place there.

With the defaults of body, head and strands it is `genomics.models.readable.ReadableNetwork`. Beside it are dilated
residual layers, pools over the whole sequence, and weights that both strands share.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from genomics.data.motifs import packaged_motifs
from genomics.models.convolution import conv1d, conv_max_pool
from genomics.models.dropout import drop
from genomics.models.motif_kernels import log_odds_kernel
from genomics.models.readable import exponential, mixed

#: First layers. All are monotone: they may follow the maximum.
ACTIVATIONS = {"exponential": exponential, "relu": jax.nn.relu, "mixed": mixed}
#: What the pools of the second layer leave to the hidden layer.
HEADS = ("flat", "max", "mean_max", "attention", "log_mean")
#: Added to means of positive scores before logarithms.
_FLOOR = 1e-2
#: Length of the weights of a filter that starts from a motif.
_NORM = 2.0

Parameters = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Network:
    """An architecture.

    Attributes:
      activation: of the first layer, a key of `ACTIVATIONS`.
      filters: of both convolutions; the second may be 0: there is none.
      widths: of both.
      pools: of both; the second is for `flat` alone.
      residual: (width, dilation) of each layer `h + relu(conv(h))` after the second convolution.
      head: of `HEADS`: all positions; their maximum; mean and maximum; the sum weighted by a softmax over the
        positions, one for each channel; the logarithm of the mean.
      hidden: units of the dense layer.
      dropout: share of the hidden units, and a third of it of the first layer's outputs.
      motifs: identifiers of packaged motifs that the first filters start from.
      shared_strands: the logit is the mean of those of both strands, in training too.
    """

    activation: str = "exponential"
    filters: tuple[int, int] = (32, 16)
    widths: tuple[int, int] = (19, 8)
    pools: tuple[int, int] = (4, 8)
    residual: tuple[tuple[int, int], ...] = ()
    head: str = "flat"
    hidden: int = 128
    dropout: float = 0.0
    motifs: tuple[str, ...] = ()
    shared_strands: bool = False


def initial(network: Network, key: Array, *, length: int, tasks: int) -> Parameters:
    """Glorot-uniform kernels and biases of zero, as the networks of the package start."""
    glorot, keys = nnx.initializers.glorot_uniform(), iter(jax.random.split(key, 16))
    found: Parameters = {}

    def layer(name: str, *shape: int) -> None:
        found[name] = {"kernel": glorot(next(keys), shape), "bias": jnp.zeros(shape[-1])}

    (first, second), (width, own_width) = network.filters, network.widths
    layer("first", width, 4, first)
    if network.motifs:
        motifs = [packaged_motifs()[name] for name in network.motifs]
        kernel = log_odds_kernel(motifs, width, _NORM)
        found["first"]["kernel"] = found["first"]["kernel"].at[..., : len(motifs)].set(kernel)
    channels = second or first
    if second:
        layer("second", own_width, first, second)
    for index, (body_width, _) in enumerate(network.residual):
        layer(f"residual{index}", body_width, channels, channels)
    if network.head == "attention":
        layer("attention", 1, channels, channels)
    places = -(-(length - width + 1) // network.pools[0])
    outputs = {"flat": -(-(places - own_width + 1) // network.pools[1]) * channels, "mean_max": 2 * channels}
    layer("dense1", outputs.get(network.head, channels), network.hidden)
    layer("dense2", network.hidden, tasks)
    return found


def logits(
    network: Network, parameters: Parameters, x: Float[Array, "L 4"], key: Array | None = None
) -> Float[Array, " T"]:
    """Of one sequence; with a key, units are dropped."""
    found = _one_strand(network, parameters, x, key)
    if not network.shared_strands:
        return found
    other = None if key is None else jax.random.fold_in(key, 1)
    return (found + _one_strand(network, parameters, x[::-1, ::-1], other)) / 2


def _one_strand(network: Network, parameters: Parameters, x: Array, key: Array | None) -> Array:
    first, hidden = (None, None) if key is None else jax.random.split(key)
    own = parameters["first"]
    h = ACTIVATIONS[network.activation](conv_max_pool(x, own["kernel"], network.pools[0]) + own["bias"])
    h = drop(h, network.dropout / 3, first)
    if network.head == "flat":
        own = parameters["second"]
        h = jax.nn.relu(conv_max_pool(h, own["kernel"], network.pools[1]) + own["bias"]).reshape(-1)
    else:
        if "second" in parameters:
            h = jax.nn.relu(_same(h, parameters["second"]))
        for index, (_, dilation) in enumerate(network.residual):
            h = h + jax.nn.relu(_same(h, parameters[f"residual{index}"], dilation))
        h = _over_positions(network.head, parameters, h)
    h = drop(jax.nn.relu(h @ parameters["dense1"]["kernel"] + parameters["dense1"]["bias"]), network.dropout, hidden)
    return h @ parameters["dense2"]["kernel"] + parameters["dense2"]["bias"]


def _over_positions(head: str, parameters: Parameters, h: Float[Array, "M C"]) -> Float[Array, " D"]:
    if head == "attention":
        return (jax.nn.softmax(_same(h, parameters["attention"]), axis=0) * h).sum(0)
    if head == "log_mean":
        return jnp.log(h.mean(0) + _FLOOR)
    return h.max(0) if head == "max" else jnp.concatenate([h.mean(0), h.max(0)])


def _same(x: Float[Array, "M C"], layer: Parameters, dilation: int = 1) -> Float[Array, "M F"]:
    """A convolution whose input is padded by zeros, so that it keeps its length; as a matrix product."""
    width = layer["kernel"].shape[0]
    if dilation > 1:
        spread = jnp.zeros(((width - 1) * dilation + 1, *layer["kernel"].shape[1:]))
        layer = {**layer, "kernel": spread.at[::dilation].set(layer["kernel"])}
        width = layer["kernel"].shape[0]
    padded = jnp.pad(x, (((width - 1) // 2, width // 2), (0, 0)))
    return conv1d(padded, layer["kernel"], form="matmul") + layer["bias"]
