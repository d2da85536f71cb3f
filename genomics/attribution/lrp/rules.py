"""The rules at layers with weights, one function each, in one table.

A rule splits the relevance R of a layer's outputs among its inputs. With the layer `z_j = sum_i a_i w_ij + b_j` (bias
and normalisation folded in) input i gets `R_i = sum_j q_ij / Q_j R_j`; the rules differ in the contributions q and in
`Q_j`, their sum over i and what of the bias belongs to it. Where Q is 0, nothing is passed on.

Sources: Bach, Binder, Montavon, Klauschen, Mueller & Samek (2015), doi:10.1371/journal.pone.0130140 (0, epsilon,
alpha-beta); Montavon, Lapuschkin, Binder, Samek & Mueller (2017), doi:10.1016/j.patcog.2016.11.008 (z+, w2, zB);
Lapuschkin, Binder, Mueller & Samek (2017), doi:10.1109/ICCVW.2017.197 (flat); Montavon, Binder, Lapuschkin, Samek &
Mueller (2019), doi:10.1007/978-3-030-28954-6_10 (gamma, composites).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Inexact

from genomics.attribution.lrp.layer import WeightedLayer

Values = Float[Array, "..."]

#: Relevance of a layer's outputs -> relevance of its inputs.
Pull = Callable[[Values], Values]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Numbers of the rules.

    Attributes:
      epsilon: of `epsilon`.
      gamma: of `gamma`.
      alpha: of `alpha_beta`; beta = alpha - 1.
    """

    epsilon: float = 1e-6
    gamma: float = 0.25
    alpha: float = 2.0


@dataclass(frozen=True, eq=False, kw_only=True)
class Box:
    """The smallest and the largest value that each input of a layer can have."""

    low: Values
    high: Values


def zero(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """LRP-0: `q = a w`, `Q = z`. In a ReLU network it is gradient x input."""
    return _whole(layer, a, epsilon=0.0)


def epsilon(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """`q = a w`, `Q = z + epsilon sign(z)` with sign(0) = 1."""
    return _whole(layer, a, epsilon=options.epsilon)


def gamma(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """Contributions of the sign of z count 1 + gamma times: `q = a w + gamma (a w)+` where z >= 0, else with (a w)-.

    The same of the bias in Q. For inputs >= 0 and outputs >= 0 that is the usual `q = a (w + gamma w+)`; in this form
    negative inputs cannot make Q vanish.
    """

    def shares(positive: Values, negative: Values) -> tuple[Values, Values]:
        z = positive + negative + layer.bias
        above, below = jnp.where(z >= 0, 1 + options.gamma, 1), jnp.where(z >= 0, 1, 1 + options.gamma)
        whole = above * (positive + jnp.maximum(layer.bias, 0)) + below * (negative + jnp.minimum(layer.bias, 0))
        return divided(above, whole), divided(below, whole)

    return _in_parts(layer, a, shares)


def alpha_beta(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """Positive and negative contributions apart: `alpha (a w)+ / sum (a w)+ - beta (a w)- / sum (a w)-`.

    The sums hold the positive and the negative bias; alpha - beta = 1.
    """
    return _in_parts(layer, a, _apart(layer, options.alpha))


def z_plus(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """`alpha_beta` with alpha = 1, beta = 0: positive contributions alone."""
    return _in_parts(layer, a, _apart(layer, 1.0))


def w_squared(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """`q = w^2`, `Q = sum q` over the inputs that exist (not over zero padding): independent of the input."""
    return _fixed(layer.squared, a)


def flat(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """`q = 1`, `Q` the number of inputs that exist: uniform over the receptive field."""
    return _fixed(layer.flat, a)


def z_box(layer: WeightedLayer, a: Values, box: Box | None, options: Options) -> Pull:
    """zB: `q = a w - l w+ - h w-` for inputs between l and h, `Q = sum q`.

    At a one-hot sequence (l = 0, h = 1) q is `w+` for an observed base and `|w-|` for the others: no q is negative, and
    what the others get is evidence by absence.
    """
    assert box is not None

    def contributions(above: Values, below: Values) -> Values:
        return layer.positive(above) + layer.negative(below)

    above, below = a - box.low, a - box.high
    total, transpose = jax.vjp(contributions, above, below)

    def pull(relevance: Values) -> Values:
        of_positive, of_negative = transpose(divided(relevance, total))
        return above * of_positive + below * of_negative

    return pull


RULES: Mapping[str, Callable[[WeightedLayer, Values, Box | None, Options], Pull]] = {
    "0": zero,
    "epsilon": epsilon,
    "gamma": gamma,
    "z_plus": z_plus,
    "alpha_beta": alpha_beta,
    "w_squared": w_squared,
    "flat": flat,
    "z_box": z_box,
}


def _whole(layer: WeightedLayer, a: Values, epsilon: float) -> Pull:
    product, transpose = jax.vjp(layer.full, a)
    z = stabilised(product + layer.bias, epsilon)
    return lambda relevance: a * transpose(divided(relevance, z))[0]


def _in_parts(layer: WeightedLayer, a: Values, shares: Callable[[Values, Values], tuple[Values, Values]]) -> Pull:
    """A rule that weights positive and negative contributions: `shares` gives both weights from both sums."""

    def sums(above: Values, below: Values) -> tuple[Values, Values]:
        positive = layer.positive(above) + layer.negative(below)
        negative = layer.negative(above) + layer.positive(below)
        return positive, negative

    above, below = jnp.maximum(a, 0), jnp.minimum(a, 0)
    both, transpose = jax.vjp(sums, above, below)
    of_positive, of_negative = shares(*both)

    def pull(relevance: Values) -> Values:
        to_above, to_below = transpose((of_positive * relevance, of_negative * relevance))
        return above * to_above + below * to_below

    return pull


def _apart(layer: WeightedLayer, alpha: float) -> Callable[[Values, Values], tuple[Values, Values]]:
    def shares(positive: Values, negative: Values) -> tuple[Values, Values]:
        of_positive = divided(alpha, positive + jnp.maximum(layer.bias, 0))
        of_negative = divided(1 - alpha, negative + jnp.minimum(layer.bias, 0))
        return of_positive, of_negative

    return shares


def _fixed(contributions: Callable[[Values], Values], a: Values) -> Pull:
    total, transpose = jax.vjp(contributions, jnp.ones_like(a))
    return lambda relevance: transpose(divided(relevance, total))[0]


def divided(above: Values | float, below: Inexact[Array, "..."]) -> Inexact[Array, "..."]:
    """The quotient, 0 where the divisor is."""
    return jnp.where(below == 0, 0, above / jnp.where(below == 0, 1, below))


def stabilised(z: Values, epsilon: float) -> Values:
    """Away from 0 by epsilon."""
    return z + epsilon * jnp.where(z >= 0, 1, -1)
