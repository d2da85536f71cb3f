"""What a filter is worth: how the network changes when the filter says the same to everything."""

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8
from sklearn.metrics import roc_auc_score

from genomics.motifs.layer import FilterLayer, Predict, responses, with_responses

#: Sequences times filters that are evaluated at a time.
_AT_ONCE = 1024


@dataclass(frozen=True, kw_only=True)
class Influence:
    """Changes of the network when one of F filters is fixed to its mean.

    Attributes:
      change: (F, T) mean squared change of the logit.
      loss: (F, T) increase of the mean cross-entropy, in nats; None without labels.
      auroc: (F, T) change of the area under the ROC curve, negative where the filter helps; NaN where all labels of
        the task are equal; None without labels.
    """

    change: Float[np.ndarray, "F T"]
    loss: Float[np.ndarray, "F T"] | None
    auroc: Float[np.ndarray, "F T"] | None


def influence(
    predict: Predict,
    bases: UInt8[np.ndarray, "N L"],
    layer: FilterLayer,
    labels: UInt8[np.ndarray, "N T"] | None,
    bound: Callable[[Array], Predict] | None = None,
) -> Influence:
    """Fixes the filters of a layer one by one to their mean response over all sequences and positions.

    Args:
      predict: the network that `layer` was read from.
      bases: sequences.
      layer: from `read_layer`.
      labels: 0 or 1; None where unknown.
      bound: a sequence -> the network that holds something of it constant; None = `predict` holds nothing.

    Source: Kelley, Snoek & Rinn 2016, doi:10.1101/gr.200535.115.
    """
    respond = responses(predict, layer.number)
    fixed_on = lambda x: with_responses(bound(x) if bound else predict, layer.number)  # noqa: E731
    size = max(1, min(256, _AT_ONCE // layer.filters))

    @jax.jit
    def total(rows: Array) -> Array:
        return jax.vmap(lambda row: respond(jax.nn.one_hot(row, 4)).mean(0))(rows)

    @jax.jit
    def logits(rows: Array, mean: Array) -> tuple[Array, Array]:
        def of_one(row: Array) -> tuple[Array, Array]:
            x = jax.nn.one_hot(row, 4)
            response, go_on = respond(x), fixed_on(x)

            def without(filter_: Array) -> Array:
                return go_on(x, jnp.where(jnp.arange(layer.filters) == filter_, mean, response))

            return go_on(x, response), jax.vmap(without)(jnp.arange(layer.filters))

        return jax.vmap(of_one)(rows)

    batches = [np.minimum(np.arange(i, i + size), len(bases) - 1) for i in range(0, len(bases), size)]
    mean = np.concatenate([np.asarray(total(bases[rows])) for rows in batches])[: len(bases)].mean(0)
    parts = [logits(bases[rows], jnp.asarray(mean)) for rows in batches]
    whole = np.concatenate([np.asarray(part[0]) for part in parts])[: len(bases)].astype(np.float64)
    fixed = np.concatenate([np.asarray(part[1]) for part in parts])[: len(bases)].astype(np.float64)
    change = np.square(fixed - whole[:, None]).mean(0)
    if labels is None:
        return Influence(change=change, loss=None, auroc=None)
    loss = _cross_entropy(fixed, labels[:, None]) - _cross_entropy(whole, labels)
    auroc = np.stack([_auroc(fixed[:, f], labels) for f in range(layer.filters)]) - _auroc(whole, labels)
    return Influence(change=change, loss=loss, auroc=auroc)


def _cross_entropy(logits: Float[np.ndarray, "*shape"], labels: np.ndarray) -> Float[np.ndarray, "..."]:
    return np.logaddexp(0, np.where(labels > 0, -logits, logits)).mean(0)


def _auroc(logits: Float[np.ndarray, "N T"], labels: UInt8[np.ndarray, "N T"]) -> Float[np.ndarray, " T"]:
    pairs = zip(labels.T, logits.T, strict=True)
    return np.array([roc_auc_score(truth, scores) if 0 < truth.mean() < 1 else np.nan for truth, scores in pairs])
