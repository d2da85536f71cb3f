"""Several trained networks as one: the mean of what they give."""

import hashlib
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.errors import InputError
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor


def ensemble(predictors: Sequence[Predictor]) -> Predictor:
    """One predictor of several runs, each network of each counting alike: the mean of their logits.

    Networks of one architecture become replicates: whatever is asked of them is answered by the mean of their answers,
    with its spread beside it. Networks that differ become one function, the mean, whose differences, gradients and
    contributions are the means of theirs, but for which no spread is told.

    Args:
      predictors: from `genomics.training.load`, of the same tasks and length, in the order of the runs.

    Raises:
      InputError: they differ in tasks or length.
    """
    first, *others = predictors
    for other in others:
        for what, mine, theirs in (("tasks", first.tasks, other.tasks), ("length", first.length, other.length)):
            if mine != theirs:
                raise InputError(f"{other.source}: its {what} {theirs} are not those of {first.source}, {mine}")
    if not others:
        return first
    count = sum(each.replicates or 1 for each in predictors)
    digest = hashlib.sha256("; ".join(each.fingerprint for each in predictors).encode()).hexdigest()
    same = len({_architecture(each) for each in predictors}) == 1
    parameters: Any = _stacked(predictors) if same else tuple(each.parameters for each in predictors)
    return Predictor(
        apply=first.apply if same else _mean(predictors, count),
        parameters=parameters,
        replicates=count if same else None,
        length=first.length,
        tasks=first.tasks,
        fingerprint=digest,
        source=",".join(each.source for each in predictors),
    )


def _architecture(predictor: Predictor) -> tuple[Any, ...]:
    """What networks must have in common to be replicates; the structure holds what a module does beside its numbers."""
    leaves, structure = jax.tree.flatten(predictor.parameters)
    shapes = tuple(leaf.shape[1:] if predictor.replicates else leaf.shape for leaf in leaves)
    return structure, shapes


def _stacked(predictors: Sequence[Predictor]) -> Any:
    """Parameters with a leading axis over all networks."""
    each = [
        predictor.parameters if predictor.replicates else jax.tree.map(lambda leaf: leaf[None], predictor.parameters)
        for predictor in predictors
    ]
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *each)


def _mean(predictors: Sequence[Predictor], count: int):
    """Network by network, as every transformation reads them."""
    members = [(each.apply, each.replicates) for each in predictors]

    def apply(parameters: Sequence[Any], x: Float[Array, "L 4"]) -> Float[Array, " T"]:
        found = []
        for (one, replicates), own in zip(members, parameters, strict=True):
            found += [one(one_network(own, replicates, number), x) for number in range(replicates or 1)]
        return sum(found[1:], found[0]) / count

    return apply
