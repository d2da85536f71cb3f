"""Integrated gradients: the gradient averaged along the straight line from a reference to the sequence."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from genomics.attribution.affine_prefix import interpolate, split_affine_prefix
from genomics.attribution.completeness import relative_residual
from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.gradients import logits_and_gradients
from genomics.attribution.quadrature import nodes_and_weights
from genomics.attribution.record import Attribution, Explain, Predict
from genomics.errors import InputError
from genomics.tracing.program import trace

#: One reference (L, 4), or K of them.
Reference = Float[Array | np.ndarray, "L 4"] | Float[Array | np.ndarray, "K L 4"]


def integrated_gradients(
    predict: Predict, *, reference: Reference, steps: int = 50, quadrature: str = "midpoint"
) -> Explain:
    """The difference to a reference times the mean gradient on the straight line between them.

    `scores[t] = (x - r) * sum_s w_s grad f_t(r + a_s (x - r))` with the nodes a and weights w of the quadrature. Exact
    for every number of steps where the network is linear. The residual is that of completeness,
    `sum(scores[t]) = f_t(x) - f_t(r)`: the error of the quadrature.

    The leading layers that are affine in the input (a first convolution and its bias) are evaluated at the two ends of
    the line only, and their transpose is applied once, to the mean gradient; between the ends their output moves on a
    straight line too. The tasks share the forward pass of each step, and one step at a time is held in memory.
    `plain_integrated_gradients` gives the same numbers the long way.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      reference: (L, 4) or (K, L, 4), any rows; of K references the scores and the residual are the mean.
      steps: gradients along the line.
      quadrature: `midpoint`, `trapezoid` or `gauss_legendre`: see `nodes_and_weights`.

    Returns:
      `explain(x)`: (L, 4) -> `Attribution` of scores (T, L, 4) and residual (T,).

    Raises:
      InputError: an unknown quadrature, too few steps; on calling `explain`, a reference of another shape, or a
        `predict` that does not return a vector.

    >>> import genomics, jax.numpy as jnp
    >>> predict = lambda x: jnp.stack([x[:, 0].sum() ** 2])  # the number of A's, squared
    >>> explain = genomics.integrated_gradients(predict, reference=jnp.zeros((3, 4)))
    >>> explain(jnp.eye(4)[jnp.array([0, 0, 2])]).scores[0].sum(1).tolist()  # AAG
    [2.0, 2.0, 0.0]

    Source:
      Sundararajan, Taly & Yan (2017), Axiomatic attribution for deep networks, doi:10.48550/arXiv.1703.01365.
    """
    nodes, weights = nodes_and_weights(quadrature, steps)

    def from_one(reference: Float[Array, "L 4"], x: Float[Array, "L 4"]) -> Attribution:
        program = trace(predict, x, inline_custom_rules=False)
        prefix, suffix = split_affine_prefix(program, evaluate_with_fast_gradient)
        end, pull_back = jax.vjp(prefix, x)
        start = prefix(reference)

        def add_step(total, node_and_weight):
            node, weight = node_and_weight
            _, gradients = logits_and_gradients(suffix, interpolate(start, end, node))
            return jax.tree.map(lambda t, g: t + weight * g, total, gradients), None

        zero = jax.tree.map(jnp.zeros_like, jax.eval_shape(lambda v: logits_and_gradients(suffix, v)[1], end))
        line = (jnp.asarray(nodes, x.dtype), jnp.asarray(weights, x.dtype))
        mean, _ = jax.lax.scan(add_step, zero, line)
        (gradients,) = jax.vmap(pull_back)(mean)
        scores = gradients * (x - reference)
        return Attribution(scores=scores, residual=relative_residual(scores, suffix(end), suffix(start)))

    return lambda x: _mean_over_references(from_one, reference, x)


def plain_integrated_gradients(
    predict: Predict, *, reference: Reference, steps: int = 50, quadrature: str = "midpoint"
) -> Explain:
    """`integrated_gradients` as its definition reads: the whole network at every step. The measure of the fast form."""
    nodes, weights = nodes_and_weights(quadrature, steps)

    def from_one(reference: Float[Array, "L 4"], x: Float[Array, "L 4"]) -> Attribution:
        line = jnp.asarray(nodes, x.dtype)[:, None, None]
        _, gradients = jax.vmap(lambda at: logits_and_gradients(predict, at))(reference + line * (x - reference))
        scores = jnp.tensordot(jnp.asarray(weights, x.dtype), gradients, 1) * (x - reference)
        return Attribution(scores=scores, residual=relative_residual(scores, predict(x), predict(reference)))

    return lambda x: _mean_over_references(from_one, reference, x)


def _mean_over_references(
    from_one: Callable[[Array, Array], Attribution], reference: Array | np.ndarray, x: Float[Array, "L 4"]
) -> Attribution:
    references = jnp.asarray(reference, x.dtype)
    if references.ndim == x.ndim:
        references = references[None]
    if references.shape[1:] != x.shape or not len(references):
        raise InputError(f"reference of shape {np.shape(reference)}: must be {x.shape} or (K, *{x.shape})")
    if len(references) == 1:  # nothing to map over: what depends on the reference alone stays unbatched
        return from_one(references[0], x)
    each = jax.vmap(from_one, in_axes=(0, None))(references, x)
    return jax.tree.map(lambda leaf: leaf.mean(0), each)
