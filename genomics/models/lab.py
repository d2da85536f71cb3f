"""The network of the lab "Deep learning for genomics": two convolutions, two dense layers, 17,331 parameters."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.convolution import Form, conv1d, conv_max_pool, max_pool
from genomics.models.dropout import drop
from genomics.models.summary import LayerRow, count_parameters


@dataclass(kw_only=True)
class LabConfig:
    """Architecture of `LabNetwork`; the defaults are the lab's.

    Attributes:
      filters: filters of the two convolutions.
      widths: their widths, in bases and in pooled positions.
      pools: window and stride after each convolution, SAME padding.
      pooling: `max`, or `subsample` for the lab's literal `MaxPooling1D(1, stride)`: every stride-th position.
      hidden: units of the first dense layer.
    """

    filters: tuple[int, ...] = (32, 16)
    widths: tuple[int, ...] = (19, 8)
    pools: tuple[int, ...] = (4, 8)
    pooling: str = "max"
    hidden: int = 128


class Convolution(nnx.Module):
    """Kernel (W, C, F), Glorot-uniform as in Keras, and bias (F,), zero."""

    def __init__(self, width: int, channels: int, filters: int, *, rngs: nnx.Rngs):
        initialise = nnx.initializers.glorot_uniform()
        self.kernel = nnx.Param(initialise(rngs.params(), (width, channels, filters)))
        self.bias = nnx.Param(jnp.zeros(filters))


class LabNetwork(nnx.Module):
    """conv - ReLU - pool - conv - ReLU - pool - dense - ReLU - dense; the logits, without the final sigmoid."""

    dropout: float = 0.0

    def __init__(self, config: LabConfig, *, length: int, num_tasks: int, rngs: nnx.Rngs):
        if config.pooling not in ("max", "subsample"):
            raise InputError(f"model.pooling={config.pooling!r}: must be 'max' or 'subsample'")
        if not len(config.filters) == len(config.widths) == len(config.pools) == 2:
            raise InputError(
                f"model.filters={config.filters}, model.widths={config.widths}, model.pools={config.pools}: "
                "each must hold two numbers, one per convolution"
            )
        for name in ("filters", "widths", "pools", "hidden"):
            if np.min(getattr(config, name)) < 1:
                raise InputError(f"model.{name}={getattr(config, name)}: must be at least 1")
        self.pooling = config.pooling
        self.pools = tuple(config.pools)
        self.lengths = _lengths(length, config)
        (first_filters, second_filters), (first_width, second_width) = config.filters, config.widths
        self.conv1 = Convolution(first_width, 4, first_filters, rngs=rngs)
        self.conv2 = Convolution(second_width, first_filters, second_filters, rngs=rngs)
        glorot = nnx.initializers.glorot_uniform()
        self.dense1 = nnx.Linear(self.lengths[-1] * second_filters, config.hidden, kernel_init=glorot, rngs=rngs)
        self.dense2 = nnx.Linear(config.hidden, num_tasks, kernel_init=glorot, rngs=rngs)

    def __call__(
        self, x: Float[Array, "L 4"], form: Form = "primitive", key: Array | None = None
    ) -> Float[Array, " T"]:
        """Logits of one one-hot sequence.

        Args:
          x: the sequence.
          form: how convolutions are written, not what they compute.
          key: of what is dropped while training, where the network has a `dropout`.
        """
        first, hidden = (None, None) if key is None else jax.random.split(key)
        with jax.named_scope("block1"):
            h = drop(self._block(self.conv1, x, self.pools[0], form), self.dropout / 3, first)
        with jax.named_scope("block2"):
            h = self._block(self.conv2, h, self.pools[1], form)
        with jax.named_scope("dense1"):
            h = drop(jax.nn.relu(self.dense1(h.reshape(-1))), self.dropout, hidden)
        with jax.named_scope("dense2"):
            return self.dense2(h)

    def _block(self, layer: Convolution, x: Float[Array, "L C"], pool: int, form: Form) -> Float[Array, "M F"]:
        kernel, bias = layer.kernel[...], layer.bias[...]
        if self.pooling == "subsample":  # the positions that the pool drops are not computed at all
            return jax.nn.relu(conv1d(x, kernel, stride=pool, form=form) + bias)
        if form == "matmul":  # adding a constant and ReLU are monotone: they may follow the maximum
            return jax.nn.relu(conv_max_pool(x, kernel, pool) + bias)
        return max_pool(jax.nn.relu(conv1d(x, kernel, form=form) + bias), pool)

    def layers(self) -> list[LayerRow]:
        """The lab's table: what each layer gives and how many parameters it has."""
        (conv1, pool1, conv2, pool2), f1, f2 = self.lengths, self.conv1.bias.shape[-1], self.conv2.bias.shape[-1]
        widths = self.conv1.kernel.shape[-3], self.conv2.kernel.shape[-3]
        return [
            LayerRow(f"conv {f1} x {widths[0]}, ReLU", (conv1, f1), count_parameters(self.conv1)),
            LayerRow(f"{self.pooling} pool {self.pools[0]}", (pool1, f1), 0),
            LayerRow(f"conv {f2} x {widths[1]}, ReLU", (conv2, f2), count_parameters(self.conv2)),
            LayerRow(f"{self.pooling} pool {self.pools[1]}", (pool2, f2), 0),
            LayerRow("flatten, dense, ReLU", (self.dense1.out_features,), count_parameters(self.dense1)),
            LayerRow("dense, sigmoid", (self.dense2.out_features,), count_parameters(self.dense2)),
        ]


def _lengths(length: int, config: LabConfig) -> tuple[int, ...]:
    """Positions after each convolution and each pool."""
    lengths = []
    for layer, (width, pool) in enumerate(zip(config.widths, config.pools, strict=True), 1):
        if length < width:
            raise InputError(f"model.widths: convolution {layer} is {width} wide, its input only {length} long")
        lengths += [length - width + 1, -(-(length - width + 1) // pool)]
        length = lengths[-1]
    return tuple(lengths)
