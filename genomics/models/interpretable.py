"""A network whose filters are motifs by construction: information-gain matrices, learned or taken from a database.

After Ploenzke & Irizarry (2018), "Interpretable convolution methods for learning genomic sequence motifs",
doi:10.1101/411934.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.models.convolution import Form, conv1d, conv_max_pool
from genomics.models.motif_kernels import both_strands, information_kernel, motifs_of
from genomics.models.summary import LayerRow, count_parameters
from genomics.sequence.motif import Motif

#: Bits: what a position tells at most. A little less than 2, so that rounded sums never exceed 2.
_MOST_BITS = 2.0 - 2.0**-20
#: At the end of an epoch positions below one bit are mixed with this much of each base.
_MIXED_IN = 0.05
#: What an offset is multiplied by when its filter has lost all information.
_RESET = 0.1
_SAMPLES = 256
_PENALTIES = ("position", "filter", "weight", "offset", "head")
_POOL = 4


@dataclass(kw_only=True)
class InterpretableConfig:
    """Architecture and penalties of `InterpretableNetwork`.

    Attributes:
      filters: how many filters are learned; 0 = none.
      width: of these filters, in bases.
      motifs: a MEME file whose motifs, on both strands, are filters that do not change; `packaged` for the motifs that
        come with the package; empty for none.
      position_penalty: on weights far from a filter's middle: sum over j of |2 j + 1 - W| + 1, over 2 W / 2, times |w|.
      filter_penalty: on the Euclidean norm of each filter: drops whole filters.
      weight_penalty: on the sum of absolute weights.
      offset_penalty: on the sum of absolute offsets.
      head_penalty: on the sum of absolute weights of the dense layer.
      positive_head: whether a motif may only speak for a task, never against it.
    """

    filters: int = 12
    width: int = 19
    motifs: str = ""
    position_penalty: float = 0.0
    filter_penalty: float = 0.0
    weight_penalty: float = 0.0
    offset_penalty: float = 0.0
    head_penalty: float = 0.0
    positive_head: bool = False


class LearnedFilters(nnx.Module):
    """Kernel (W, 4, F), uniform in 0..0.5, and offset (F,), zero."""

    def __init__(self, filters: int, width: int, *, rngs: nnx.Rngs):
        self.kernel = nnx.Param(nnx.initializers.uniform(0.5)(rngs.params(), (width, 4, filters)))
        self.offset = nnx.Param(jnp.zeros(filters))

    def sizes(self) -> dict[str, Float[Array, ""]]:
        """What penalties multiply."""
        kernel = self.kernel[...]
        width = len(kernel)
        distance = jnp.abs(jnp.arange(width) - (width - 1) / 2) + 0.5
        squares = jnp.square(kernel).sum((0, 1))
        # The norm has no derivative at zero, where a dropped filter stays.
        norms = jnp.sqrt(jnp.where(squares > 0, squares, 1.0)) * (squares > 0)
        return {
            "position": (distance / (width / 2) * jnp.abs(kernel).sum((1, 2))).sum(),
            "filter": norms.sum(),
            "weight": jnp.abs(kernel).sum(),
            "offset": jnp.abs(self.offset[...]).sum(),
        }


class KnownFilters(nnx.Module):
    """Kernel (W, 4, F) of F motifs, at least `width` wide, and offset (F,): minus what random sequences score."""

    def __init__(self, motifs: Sequence[Motif], width: int, length: int, *, rngs: nnx.Rngs):
        kernel = jnp.asarray(information_kernel(motifs, max(width, *(motif.width for motif in motifs))))
        self.kernel = nnx.Param(kernel)
        self.offset = nnx.Param(-_typical_scores(kernel, length, rngs.params()))


class InterpretableNetwork(nnx.Module):
    """convolution - sigmoid - maximum over the whole sequence - dense: which motifs occur, and what follows from each.

    The sequence is padded with W - 1 unknown bases on both sides. A learned filter is an information-gain matrix: its
    weights are not negative and sum to at most 2 bits at every position; at the end of each epoch they are made exactly
    the letter heights p x information of a motif. Its offset is not positive: minus the offset is the score from which
    the filter counts as present. Filters of known motifs never change, nor do their offsets: minus the mean, over 256
    random sequences, of a sequence's highest score.
    """

    def __init__(self, config: InterpretableConfig, *, length: int, num_tasks: int, rngs: nnx.Rngs):
        if config.filters < 0 or config.filters + bool(config.motifs) < 1:
            raise InputError(f"model.filters={config.filters}: must be at least 1, or model.motifs must name a file")
        if config.width < 1:
            raise InputError(f"model.width={config.width}: must be at least 1")
        strengths = {name: getattr(config, f"{name}_penalty") for name in _PENALTIES}
        for name, strength in strengths.items():
            if strength < 0:
                raise InputError(f"model.{name}_penalty={strength}: must be at least 0")
        self.strengths = tuple((name, strength) for name, strength in strengths.items() if strength)
        self.length = length
        self.positive_head = config.positive_head
        motifs = both_strands(motifs_of(config.motifs)) if config.motifs else []
        # Checkpoints cannot hold an array without elements.
        self.learned = LearnedFilters(config.filters, config.width, rngs=rngs) if config.filters else None
        self.known = KnownFilters(motifs, config.width, length, rngs=rngs) if motifs else None
        glorot = nnx.initializers.glorot_uniform()
        self.head = nnx.Linear(config.filters + len(motifs), num_tasks, kernel_init=glorot, rngs=rngs)
        if config.positive_head:
            self.head.kernel[...] = jnp.abs(self.head.kernel[...])

    def __call__(self, x: Float[Array, "L 4"], form: Form = "primitive") -> Float[Array, " T"]:
        """Logits of one one-hot sequence; `form` chooses how convolutions are written, not what they compute."""
        kernel, offset = self.filters()
        with jax.named_scope("motifs"):
            padded = jnp.pad(x, ((len(kernel) - 1, len(kernel) - 1), (0, 0)))
            if form == "matmul":  # the sigmoid is monotone: it may follow the maximum
                present = jax.nn.sigmoid(conv_max_pool(padded, kernel, _POOL).max(0) + offset)
            else:
                present = jax.nn.sigmoid(conv1d(padded, kernel) + offset).max(0)
        with jax.named_scope("head"):
            return self.head(present)

    def filters(self) -> tuple[Float[Array, "W 4 F"], Float[Array, " F"]]:
        """Kernel and offsets of all filters, the learned ones first. No gradient reaches the known ones."""
        parts = [(part.kernel[...], part.offset[...]) for part in (self.learned, self.known) if part is not None]
        if self.known is not None:
            parts[-1] = jax.lax.stop_gradient(parts[-1])
        width = max(len(kernel) for kernel, _ in parts)
        return (
            jnp.concatenate([_widened(kernel, width) for kernel, _ in parts], -1),
            jnp.concatenate([offset for _, offset in parts]),
        )

    def penalties(self) -> dict[str, Float[Array, ""]]:
        """The terms whose strength is not zero."""
        sizes = self.learned.sizes() if self.learned is not None else {}
        sizes["head"] = jnp.abs(self.head.kernel[...]).sum()
        return {name: strength * sizes[name] for name, strength in self.strengths if name in sizes}

    def after_update(self) -> "InterpretableNetwork":
        """Weights not negative, at most 2 bits a position; offsets not positive."""
        model = jax.tree.map(lambda leaf: leaf, self)
        if model.learned is not None:
            model.learned.kernel[...] = at_most_two_bits(model.learned.kernel[...])
            model.learned.offset[...] = -optax.projections.projection_non_negative(-model.learned.offset[...])
        if self.positive_head:
            model.head.kernel[...] = optax.projections.projection_non_negative(model.head.kernel[...])
        return model

    def after_epoch(self) -> "InterpretableNetwork":
        """Learned filters as information-gain matrices; offsets grow or shrink as the information does."""
        model = jax.tree.map(lambda leaf: leaf, self)
        if model.learned is not None:
            old = model.learned.kernel[...]
            new = information_gain(old)
            before, after = old.sum((0, 1)), new.sum((0, 1))
            ratio = jnp.where((before > 0) & (after > 0), after / jnp.where(before > 0, before, 1.0), _RESET)
            model.learned.kernel[...] = new
            model.learned.offset[...] = model.learned.offset[...] * ratio
        return model

    def layers(self) -> list[LayerRow]:
        """What each layer gives and how many parameters it has; those of known motifs do not count."""
        learned, known = (part.offset.shape[-1] if part is not None else 0 for part in (self.learned, self.known))
        width = max(part.kernel.shape[-3] for part in (self.learned, self.known) if part is not None)
        own = count_parameters(self.learned) if self.learned is not None else 0
        name = f"conv {learned} learned, {known} known x {width}, sigmoid"
        return [
            LayerRow(name, (self.length + width - 1, learned + known), own),
            LayerRow("maximum over the sequence", (learned + known,), 0),
            LayerRow("dense, sigmoid", (self.head.out_features,), count_parameters(self.head)),
        ]


def at_most_two_bits(kernel: Float[Array, "W 4 F"]) -> Float[Array, "W 4 F"]:
    """The kernel with negative weights set to 0, and every position's weights scaled to at most 2 bits in all."""
    kernel = optax.projections.projection_non_negative(kernel)
    total = kernel.sum(1, keepdims=True)
    return jnp.where(total > _MOST_BITS, kernel * (_MOST_BITS / jnp.maximum(total, _MOST_BITS)), kernel)


def information_gain(kernel: Float[Array, "W 4 F"]) -> Float[Array, "W 4 F"]:
    """The information-gain matrices nearest in kind: p sum_a p_a log2(4 p_a), with p the share of each base's weight.

    Where a position's weights sum to less than one bit, 0.05 is added to each first, so that little weight is not read
    as certainty.
    """
    total = kernel.sum(1, keepdims=True)
    kernel = jnp.where(total < 1, kernel + _MIXED_IN, kernel)
    p = kernel / kernel.sum(1, keepdims=True)
    bits = jnp.where(p > 0, p * jnp.log2(4 * jnp.where(p > 0, p, 1.0)), 0.0).sum(1, keepdims=True)
    return at_most_two_bits(p * jnp.maximum(bits, 0.0))


def _widened(kernel: Float[Array, "V 4 F"], width: int) -> Float[Array, "W 4 F"]:
    """The kernel in the middle of `width` positions, between zeros."""
    more = width - len(kernel)
    return jnp.pad(kernel, ((more // 2, more - more // 2), (0, 0), (0, 0)))


def _typical_scores(kernel: Float[Array, "W 4 F"], length: int, key: Array) -> Float[Array, " F"]:
    """Mean over random sequences of each filter's highest score."""
    codes = jax.random.randint(key, (_SAMPLES, length), 0, 4)
    ends = ((kernel.shape[0] - 1,) * 2, (0, 0))

    def highest(row: Array) -> Array:
        return conv_max_pool(jnp.pad(jax.nn.one_hot(row, 4), ends), kernel, _POOL).max(0)

    return jax.lax.map(highest, codes, batch_size=64).mean(0)
