"""Functions of two or more live values: quotients and products in closed form, all others by Shapley values."""

from collections.abc import Sequence
from itertools import combinations
from math import comb

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.attribution.deeplift.pooling import windows
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, is_near_zero, real, total
from genomics.attribution.quadrature import nodes_and_weights
from genomics.tracing.program import Equation, UnsupportedPrimitiveError

#: 2^n evaluations of the primitive are made for n operands.
_MOST_OPERANDS = 4


def division(above: Frozen, below: Frozen) -> Linear:
    """`a / b` as the product of `a` and `1 / b`, averaged over the two orders of replacement."""
    of_above = 0.5 * (1 / below.x + 1 / below.r)
    of_below = -0.5 * (above.x + above.r) / (below.x * below.r)

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        return [of_above * total(deltas[0]) + of_below * total(deltas[1])]

    return Linear(push=push)


def magnitude(value: Frozen) -> Linear:
    """`|z|` of complex numbers, as a Fourier transform gives them: `|z| - |r| = Re(conj(z + r) (z - r)) / (|z| + |r|)`.

    In the limit of an equal r its derivative; 0 where both are 0.
    """
    sizes = jnp.abs(value.x) + jnp.abs(value.r)
    slope = jnp.conj(value.x + value.r) / jnp.where(sizes == 0, 1, sizes)
    return Linear(push=lambda deltas: [jnp.real(slope * total(deltas[0]))])


def shapley_of_product(equation: Equation, operand: Frozen) -> Linear:
    """`reduce_prod`: each factor's Shapley value, `(x_i - r_i) ∫ prod_{j≠i} (r_j + t (x_j - r_j)) dt` over [0, 1].

    A product is linear in each factor, so the average over all orders of replacing them is that over the chance t of
    having been replaced (Owen 1972, doi:10.1287/mnsc.18.5.64). Of n factors it is a polynomial of degree n - 1:
    n / 2 nodes of Gauss and Legendre give it exactly.
    """
    x, r = (windows(equation, real(value), 1.0) for value in (operand.x, operand.r))
    nodes, weights = nodes_and_weights("gauss_legendre", (len(x) + 1) // 2)

    def add(slope: Array, node: tuple[Array, Array]) -> tuple[Array, None]:
        t, weight = node
        point = r + t * (x - r)
        one = jnp.ones_like(point[:1])
        before = jnp.concatenate([one, jnp.cumprod(point, 0)[:-1]])
        after = jnp.concatenate([jnp.cumprod(point[::-1], 0)[::-1][1:], one])
        return slope + weight * before * after, None

    grid = jnp.asarray(nodes, x.dtype), jnp.asarray(weights, x.dtype)
    slope, _ = lax.scan(add, jnp.zeros_like(x), grid)
    return Linear(push=lambda deltas: [(slope * windows(equation, total(deltas[0]), 0.0)).sum(0)])


def shapley(equation: Equation, operands: Sequence[Frozen | Array], method: str) -> Linear:
    """Any elementwise primitive, complete: each operand gets its average effect over all orders of replacement.

    The multiplier of operand i is its Shapley value divided by its difference, and the derivative at the reference
    where the difference is zero. Truth values take part as the numbers 0 and 1. With one operand this is Rescale.

    Args:
      equation: elementwise; operands may be broadcast.
      operands: `Frozen` where live.
      method: named in the error.

    Raises:
      UnsupportedPrimitiveError: more than four operands depend on the input.
    """
    live = [i for i, operand in enumerate(operands) if isinstance(operand, Frozen)]
    if len(live) > _MOST_OPERANDS:
        raise UnsupportedPrimitiveError(equation, method, f"has no rule for {len(live)} operands that all vary")

    def value(at_x: tuple[int, ...]) -> Array:
        mixed = [
            (operand.x if i in at_x else operand.r) if isinstance(operand, Frozen) else operand
            for i, operand in enumerate(operands)
        ]
        return real(equation.evaluate(*mixed)[0])

    values = {group: value(group) for n in range(len(live) + 1) for group in combinations(live, n)}
    slopes = []
    for i in live:
        others = [j for j in live if j != i]
        share = sum(
            (values[tuple(sorted((*group, i)))] - values[group]) / (len(live) * comb(len(others), n))
            for n in range(len(live))
            for group in combinations(others, n)
        )
        operand = operands[i]
        assert isinstance(operand, Frozen)
        near = is_near_zero(operand.difference, real(operand.x), real(operand.r))
        slopes.append(
            jnp.where(near, _derivative(equation, operands, i), share / jnp.where(near, 1, operand.difference))
        )

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        parts = [slope * total(delta) for slope, delta in zip(slopes, deltas, strict=True)]
        return [sum(parts[1:], start=parts[0])]

    return Linear(push=push)


def _derivative(equation: Equation, operands: Sequence[Frozen | Array], i: int) -> Float[Array, "..."]:
    """Of the result by operand i at the reference; 0 where there is none."""
    values = [operand.r if isinstance(operand, Frozen) else operand for operand in operands]
    result = equation.outputs[0]
    if not (jnp.issubdtype(values[i].dtype, jnp.inexact) and jnp.issubdtype(result.dtype, jnp.inexact)):
        return jnp.zeros(result.shape)
    slope = jax.jvp(
        lambda point: equation.evaluate(*values[:i], point, *values[i + 1 :])[0],
        (values[i],),
        (jnp.ones_like(values[i]),),
    )[1]
    return jnp.where(jnp.isfinite(slope), slope, 0)
