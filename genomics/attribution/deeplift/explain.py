"""DeepLIFT of a network: contributions, hypothetical contributions and multipliers of every task in one pass."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.attribution.completeness import relative_residual
from genomics.attribution.deeplift.names import COMPLETE, check_names
from genomics.attribution.deeplift.passes import linearise, pull_back
from genomics.attribution.deeplift.value import Delta, Frozen, Parts, real, whole
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.tracing.blocks import blocks, find_block
from genomics.tracing.elementwise import fold_elementwise
from genomics.tracing.program import trace

ReferenceArray = Float[Array | np.ndarray, "L 4"] | Float[Array | np.ndarray, "K L 4"]


def deeplift(
    predict: Predict,
    *,
    reference: ReferenceArray,
    rule: str = "genomics_default",
    max_pool_rule: str = "cross",
    layer: int | str | None = None,
) -> Explain:
    """Contributions of every base to every task: how much of `f(x) - f(r)` is due to `x[l, a] - r[l, a]`.

    Scores are `m (x - r)` with the multipliers `m` of the chosen rule. With the rules `genomics_default`, `rescale` and
    `reveal_cancel` and the max-pool rule `cross` they sum to `f(x) - f(r)`; the residual says how well. Hypothetical
    scores `H[l, a] = m[l, a] - sum_c r[l, c] m[l, c]` are what the contribution of base a would be if it stood there
    and the multipliers did not change. Loops (LSTM, GRU) are explained step by step, branches by all of what may be
    taken. With K references everything is the mean over the references (DeepSHAP, with
    `rule="rescale"` and shuffled sequences). An unknown base (a row of zeros) contributes `-m r`.

    Args:
      predict: (L, 4) one-hot -> (T,) logits; any JAX function, which may close over tracers.
      reference: (L, 4), or (K, L, 4) to average over.
      rule: at activations: `genomics_default` (RevealCancel after dense layers, Rescale after convolutions and
        elsewhere), `rescale`, `reveal_cancel`, or one of the rules that do not sum to the difference: `gradient`,
        `pass_through`, `guided_backprop`, `guided_backprop_rescale`, `deconvnet`.
      max_pool_rule: `cross` (exact for every reference) or `gradient` (the original's: exact only for references that
        are constant in each window).
      layer: an index or name from `genomics.attribution.layers.layers`: also gives `layer_scores`, the contributions of
        that layer's outputs, (T, *its shape). They sum to the same difference where nothing bypasses the layer.

    Returns:
      A function of one sequence (L, 4); use `jax.vmap` and `jax.jit` outside. `residual` (T,) is
      `(sum of the scores - (f(x) - f(r))) / max(1, |f(x)|, |f(r)|)` for the three complete rules, None for the others.

    Raises:
      InputError: an unknown rule or layer, or shapes that do not fit (when called).
      UnsupportedPrimitiveError: the network holds a primitive without a rule (when called).

    >>> import genomics, jax.numpy as jnp
    >>> predict = lambda x: jnp.stack([jnp.maximum(x[:, 0].sum() - 1, 0)])  # A's beyond the first
    >>> explain = genomics.deeplift(predict, reference=jnp.zeros((3, 4)), rule="rescale")
    >>> attribution = explain(jnp.eye(4)[jnp.array([0, 0, 2])])  # AAG
    >>> attribution.scores[0].sum(1).tolist(), attribution.residual.tolist()
    ([0.5, 0.5, 0.0], [0.0])

    Sources: Shrikumar, Greenside & Kundaje 2017, Learning important features through propagating activation
    differences, arXiv:1704.02685; Lundberg & Lee 2017, arXiv:1705.07874 (DeepSHAP, the cross rule).
    """
    check_names(rule, max_pool_rule)

    def explain(x: Float[Array, "L 4"]) -> Attribution:
        attributions, _ = _over_references(predict, x, reference, rule, max_pool_rule, layer)
        return jax.tree.map(lambda leaf: leaf.mean(0), attributions)

    return explain


def multipliers(
    predict: Predict,
    *,
    reference: ReferenceArray,
    rule: str = "genomics_default",
    max_pool_rule: str = "cross",
) -> Callable[[Float[Array, "L 4"]], Float[Array, "K T L 4"]]:
    """The multipliers `m` themselves, one set for every reference (K = 1 for a single one); arguments as `deeplift`.

    They are never averaged over references: each belongs to its own difference from the sequence.
    """
    check_names(rule, max_pool_rule)
    return lambda x: _over_references(predict, x, reference, rule, max_pool_rule, None)[1]


def _over_references(
    predict: Predict,
    x: Float[Array, "L 4"],
    reference: Float[Array | np.ndarray, "..."],
    rule: str,
    max_pool_rule: str,
    layer: int | str | None,
) -> tuple[Attribution, Float[Array, "K T L 4"]]:
    """Of each reference the attribution and the multipliers, with a leading axis K."""
    x = real(jnp.asarray(x))
    references = jnp.asarray(reference, x.dtype)
    if references.ndim == x.ndim:
        references = references[None]
    if references.shape[1:] != x.shape or not len(references):
        raise InputError(f"reference of shape {np.shape(reference)}: must be {x.shape} or (K, *{x.shape})")
    # The sequence is not mapped over, so its forward pass is computed once for all references; in the same way a
    # reference that the caller does not map over is evaluated once for all sequences.
    if references.shape[0] == 1:
        pair = _pair(predict, x, references[0], rule, max_pool_rule, layer)
        return jax.tree.map(lambda leaf: leaf[None], pair)
    return jax.vmap(lambda r: _pair(predict, x, r, rule, max_pool_rule, layer))(references)


def _pair(
    predict: Predict, x: Array, r: Array, rule: str, max_pool_rule: str, layer: int | str | None
) -> tuple[Attribution, Float[Array, "T L 4"]]:
    program = fold_elementwise(trace(predict, x))
    shape = program.output.shape
    if len(shape) != 1:
        raise InputError(f"predict gives an array of shape {shape}: it must give one number for every task, (T,)")
    inner = find_block(blocks(program), layer).variable if layer is not None else None
    keep = [] if inner is None else [inner]
    linearised = linearise(program, [Frozen(x=x, r=r)], rule=rule, max_pool_rule=max_pool_rule, keep=keep)

    def of_task(one_hot: Float[Array, " T"]) -> tuple[Array, Array | None]:
        found = pull_back(linearised, [one_hot])
        scores = None if inner is None else _contributions(found[inner], linearised.frozen[inner])
        return whole(found[program.input], x - r), scores

    m, layer_scores = jax.vmap(of_task)(jnp.eye(shape[0], dtype=x.dtype))
    scores = m * (x - r)
    at_x, at_r = linearised.outputs[0].x, linearised.outputs[0].r
    attribution = Attribution(
        scores=scores,
        residual=relative_residual(scores, at_x, at_r) if rule in COMPLETE else None,
        hypothetical=m - (m * r).sum(-1, keepdims=True),
        layer_scores=layer_scores,
    )
    return attribution, m


def _contributions(found: Delta, value: Frozen) -> Float[Array, "..."]:
    if isinstance(found, Parts):
        assert value.parts is not None
        return found.positive * value.parts.positive + found.negative * value.parts.negative
    return found * value.difference
