"""Does a map depend on what the network has learned? Parameters are destroyed layer by layer, from the top down.

The sanity check of Adebayo, Gilmer, Muelly, Goodfellow, Hardt & Kim (2018, Sanity checks for saliency maps,
doi:10.48550/arXiv.1810.03292), cascading: first the layer next to the logits, then the one below it as well, and so on,
until nothing is left of the training. A map that stays as it was does not explain the network.

A layer is redrawn by permuting the entries of each of its arrays. So every array keeps its values, and with them its
scale, its mean and its signs: a network of any kind stays one of the same kind (variances stay positive, activations
neither vanish nor explode), whatever initialised it, and a change of the map is not a change of scale. An array whose
entries are all equal has nothing to redraw.

Maps are compared by Spearman's rank correlation over the positions of one sequence: of signed maps, and of absolute
ones, which say where but not in which direction. Tied values share the mean of their ranks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import rankdata
from jaxtyping import Array, Bool, Float

from genomics.tracing.parameters import ParameterLayer

#: (parameters, what belongs to B sequences) -> signed maps; NaN where a position has none.
Maps = Callable[[Any, Any], Float[Array, "B T L"]]


@dataclass(frozen=True, kw_only=True)
class Similarities:
    """Correlations of maps with those of the trained network.

    Attributes:
      layers: S names: `none`, then what is redrawn in addition to what stands before it.
      signed: of each sequence and task; NaN where one of the two maps is constant.
      absolute: of the absolute values of the same maps.
    """

    layers: tuple[str, ...]
    signed: Float[np.ndarray, "S D N T"]
    absolute: Float[np.ndarray, "S D N T"]


def cascade(
    maps: Maps,
    parameters: Any,
    layers: Sequence[ParameterLayer],
    batches: Sequence[tuple[Any, int]],
    *,
    draws: int,
    seed: int,
    replicates: int | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> Similarities:
    """Redraws the layers from the top down, and compares the maps with the original ones after each.

    Args:
      maps: compiled, so that parameters are an argument and all draws share one program.
      parameters: of the trained network.
      layers: from the sequence to the logits, as `genomics.tracing.parameters.parameter_layers` gives them.
      batches: what `maps` takes as its second argument, and how many of its sequences count: the rest fills it up.
      draws: D, how often everything is drawn anew.
      seed: of the draws; leaf i of draw d has the seed (seed, d, i), so more draws only add to fewer.
      replicates: R, if every leaf has a leading axis of networks; each is then permuted within itself.
      advance: called with the number of sequences whose maps were just compared.

    Returns:
      Similarities for S = layers + 1 stages, in order of the sequences.
    """
    leaves, structure = jax.tree.flatten(parameters)
    from_top = layers[::-1]
    original = [maps(parameters, batch) for batch, _ in batches]
    trained = _joined([similarity(own, own) for own in original], batches)
    found = np.empty((2, len(layers) + 1, draws, *trained.shape[1:]), np.float32)
    found[:, 0] = trained[:, None]
    for draw in range(draws):
        fresh = redrawn(leaves, (seed, draw), replicates)
        mixed = list(leaves)
        for stage, layer in enumerate(from_top, 1):
            for leaf in layer.leaves:
                mixed[leaf] = fresh[leaf]
            network, blocks = jax.tree.unflatten(structure, mixed), []
            for (batch, count), own in zip(batches, original, strict=True):
                blocks.append(similarity(maps(network, batch), own))
                advance(count)
            found[:, stage, draw] = _joined(blocks, batches)
    signed, absolute = found
    return Similarities(layers=("none", *(layer.name for layer in from_top)), signed=signed, absolute=absolute)


def redrawn(leaves: Sequence[Array], seed: tuple[int, ...], replicates: int | None = None) -> list[Array]:
    """Permutes the entries of each array, leaf i by the seed (*seed, i); on the host, where no shape is compiled for.

    Args:
      leaves: arrays of parameters; those that are no floating-point numbers stay as they are.
      seed: of all permutations.
      replicates: R, if every leaf has a leading axis of networks; each is then permuted within itself.
    """

    def permuted(number: int, leaf: Array) -> Array:
        rows = np.asarray(leaf).reshape(replicates or 1, -1)
        return jnp.asarray(np.random.default_rng((*seed, number)).permuted(rows, axis=1).reshape(leaf.shape))

    return [permuted(i, leaf) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf for i, leaf in enumerate(leaves)]


@jax.jit
def similarity(a: Float[Array, "*batch L"], b: Float[Array, "*batch L"]) -> Float[Array, "2 *batch"]:
    """Spearman's correlation of signed and of absolute maps, over the positions where both are numbers.

    Returns:
      Signed, absolute; NaN where a map is constant.
    """
    return jnp.stack([spearman(a, b), spearman(jnp.abs(a), jnp.abs(b))])


def spearman(a: Float[Array, "*batch L"], b: Float[Array, "*batch L"]) -> Float[Array, "*batch"]:
    """Pearson's correlation of average ranks along the last axis, over the positions where both are numbers.

    Returns:
      Correlations in -1..1; NaN where one of the two is constant, or fewer than two positions are left.
    """
    known = ~(jnp.isnan(a) | jnp.isnan(b))
    first, second = _centred_ranks(a, known), _centred_ranks(b, known)
    norm = jnp.sqrt((first**2).sum(-1)) * jnp.sqrt((second**2).sum(-1))
    return jnp.where(norm > 0, (first * second).sum(-1) / jnp.where(norm > 0, norm, 1), jnp.nan)


def _centred_ranks(values: Float[Array, "*batch L"], known: Bool[Array, "*batch L"]) -> Float[Array, "*batch L"]:
    """Ranks minus their mean; 0 where unknown. Unknown values rank above all others, so they change no rank."""
    ranks = rankdata(jnp.where(known, values, jnp.inf), axis=-1)
    mean = (known.sum(-1, keepdims=True) + 1) / 2
    return jnp.where(known, ranks - mean, 0)


def _joined(blocks: Sequence[Array], batches: Sequence[tuple[Any, int]]) -> Float[np.ndarray, "2 N T"]:
    """One array from blocks of batches, without the sequences that fill them up."""
    return np.concatenate([np.asarray(block)[:, :count] for block, (_, count) in zip(blocks, batches, strict=True)], 1)
