"""The lab's network with first filters that are easier to read: exponential, far pooled, or started from motifs."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.convolution import Form, conv1d, conv_max_pool, max_pool
from genomics.models.dropout import check_rate
from genomics.models.lab import Convolution, LabConfig, LabNetwork
from genomics.models.motif_kernels import both_strands, log_odds_kernel, motifs_of
from genomics.models.summary import LayerRow
from genomics.sequence.motif import Motif

#: Above this the exponential goes on as a straight line, so that no step can overflow.
LINEAR_FROM = 8.0


@dataclass(kw_only=True)
class ReadableConfig(LabConfig):
    """Architecture of `ReadableNetwork`.

    Attributes:
      activation: of the first layer: `exponential` (Koo & Ploenzke 2021, doi:10.1038/s42256-020-00291-x), `relu`, or
        `mixed`: exponential for the first half of the filters, ReLU for the others.
      motifs: a MEME file whose motifs, on both strands, the first filters start from; `packaged` for those that come
        with the package; empty for none. Filters beyond them start at random.
      dropout: share of the hidden layer's units that are dropped while training, and a third of it of the first
        layer's outputs.
    """

    activation: str = "relu"
    motifs: str = ""
    dropout: float = 0.0


class ReadableNetwork(LabNetwork):
    """`LabNetwork` with another activation after the first convolution, and another start of its filters.

    A large first pool leaves later layers too little to put whole motifs together from parts, so the first layer's
    filters must hold them (Koo & Eddy 2019, doi:10.1371/journal.pcbi.1007560); an exponential activation stays near
    zero for background and rises steeply for what fits the whole filter.
    """

    def __init__(self, config: ReadableConfig, *, length: int, num_tasks: int, rngs: nnx.Rngs):
        if config.activation not in _ACTIVATIONS:
            raise InputError(f"model.activation={config.activation!r}: must be one of {', '.join(_ACTIVATIONS)}")
        if config.pooling != "max":
            raise InputError(f"model.pooling={config.pooling!r}: must be 'max' for this network")
        self.dropout = check_rate(config.dropout)
        super().__init__(config, length=length, num_tasks=num_tasks, rngs=rngs)
        self.activation = config.activation
        if config.motifs:
            self.conv1.kernel[...] = _started(self.conv1, motifs_of(config.motifs))

    def _block(self, layer: Convolution, x: Float[Array, "L C"], pool: int, form: Form) -> Float[Array, "M F"]:
        if layer is not self.conv1 or self.activation == "relu":
            return super()._block(layer, x, pool, form)
        kernel, bias = layer.kernel[...], layer.bias[...]
        activate = _ACTIVATIONS[self.activation]
        if form == "matmul":  # adding a constant and the activations are monotone: they may follow the maximum
            return activate(conv_max_pool(x, kernel, pool) + bias)
        return max_pool(activate(conv1d(x, kernel) + bias), pool)

    def layers(self) -> list[LayerRow]:
        """As the lab's table, with this network's activation."""
        first, *rest = super().layers()
        return [first._replace(name=first.name.replace("ReLU", self.activation)), *rest]


def exponential(x: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """exp(x), continued as a straight line above 8."""
    return jnp.exp(jnp.minimum(x, LINEAR_FROM)) * (1 + jnp.maximum(x - LINEAR_FROM, 0.0))


def mixed(x: Float[Array, "M F"]) -> Float[Array, "M F"]:
    """`exponential` of the first half of the filters, ReLU of the others.

    The exponential answers steeply to what fits a whole filter, ReLU in proportion to what fits in part: factors with
    one long motif are told by the one, those with short or varied ones by the other.
    """
    half = x.shape[1] // 2
    return jnp.concatenate([exponential(x[:, :half]), jax.nn.relu(x[:, half:])], axis=1)


_ACTIVATIONS = {"exponential": exponential, "relu": jax.nn.relu, "mixed": mixed}


def _started(layer: Convolution, motifs: list[Motif]) -> Float[Array, "W 4 F"]:
    """The layer's random kernel with its first filters replaced by motifs, as large as a random one."""
    kernel = layer.kernel[...]
    width, _, filters = kernel.shape
    motifs = both_strands(motifs)
    if len(motifs) > filters:
        raise InputError(f"model.filters={filters}: the first layer has fewer filters than {len(motifs)} motif strands")
    # Of a Glorot-uniform kernel: limit^2 / 3 times the number of weights.
    norm = (width * 4 * 6 / (width * (4 + filters)) / 3) ** 0.5
    return kernel.at[..., : len(motifs)].set(log_odds_kernel(motifs, width, norm))
