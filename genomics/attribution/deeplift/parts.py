"""A difference in positive and negative parts, through every kind of equation."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from genomics.attribution.deeplift.resolve import passes_parts
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, Parts, by_sign, total, whole
from genomics.tracing.elementwise import CHAIN
from genomics.tracing.linear import is_weighted
from genomics.tracing.program import Equation

#: Affine primitives that may turn a sign (the only others are layers with weights) -> the factor of operand i, given
#: the constants in the places of the operands.
_FACTORS: Mapping[str, Callable[[Sequence[Any], int], Array | float]] = {
    "neg": lambda operands, i: -1.0,
    "sub": lambda operands, i: (1.0, -1.0)[i],
    "mul": lambda operands, i: operands[1 - i],
    "div": lambda operands, i: 1 / operands[1],
}


def in_parts(
    equation: Equation, operands: Sequence[Frozen | Array], outputs: Sequence[Frozen], chosen: Linear
) -> Linear:
    """The map of parts that belongs to an equation's map of whole differences.

    * Layers with weights make parts anew from the sign of each input's difference (Shrikumar et al. 2017, section
      3.5.2): `P' = W⁺ d⁺ + W⁻ d⁻`, `N' = W⁻ d⁺ + W⁺ d⁻`, an unchanged input counting half in both.
    * Affine steps and maxima act on each part; a negative factor swaps them.
    * Activations know what they do with parts.
    * All others (products of two live values, ...) make parts anew from the sign of the result's difference.
    """
    if equation.primitive == CHAIN:
        return chosen
    if is_weighted(equation):
        return _weighted(equation, operands, outputs[0])
    if not passes_parts(equation):
        return _anew(outputs, chosen)
    if equation.primitive in _FACTORS:
        return _signed(equation, operands, outputs[0])

    def each(deltas: Sequence[Delta]) -> list[Delta]:
        positive = chosen.push([delta.positive for delta in deltas if isinstance(delta, Parts)])
        negative = chosen.push([delta.negative for delta in deltas if isinstance(delta, Parts)])
        return [Parts(total(p), total(n)) for p, n in zip(positive, negative, strict=True)]

    return Linear(push=each)


def _anew(outputs: Sequence[Frozen], chosen: Linear) -> Linear:
    def push(deltas: Sequence[Delta]) -> list[Delta]:
        return [by_sign(o.difference, delta) for o, delta in zip(outputs, chosen.push(deltas), strict=True)]

    def pull(multipliers: Sequence[Delta]) -> list[Delta]:
        assert chosen.pull is not None
        return chosen.pull([whole(m, o.difference) for o, m in zip(outputs, multipliers, strict=True)])

    parts = [by_sign(o.difference, o.difference) for o in outputs]
    return Linear(push=push, pull=None if chosen.pull is None else pull, parts=parts)


def _weighted(equation: Equation, operands: Sequence[Frozen | Array], output: Frozen) -> Linear:
    """Two products instead of four: `P' + N' = W d`, and `P' - N' = |W| (d sign(Δ))`."""
    (live,) = (i for i, operand in enumerate(operands) if isinstance(operand, Frozen))
    source, weights = operands[live], operands[1 - live]
    assert isinstance(source, Frozen)
    assert not isinstance(weights, Frozen)
    sign = jnp.sign(source.difference)

    def product(w: Array, d: Array) -> Array:
        return equation.evaluate(*((d, w) if live == 0 else (w, d)))[0]

    def halves(whole: Array, spread: Array) -> Parts:
        return Parts(0.5 * (whole + spread), 0.5 * (whole - spread))

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        d = total(deltas[0])
        return [halves(product(weights, d), product(jnp.abs(weights), d * sign))]

    frozen = halves(output.difference, product(jnp.abs(weights), jnp.abs(source.difference)))
    return Linear(push=push, parts=[frozen])


def _signed(equation: Equation, operands: Sequence[Frozen | Array], output: Frozen) -> Linear:
    factors = [
        jnp.asarray(_FACTORS[equation.primitive](operands, i))
        for i, operand in enumerate(operands)
        if isinstance(operand, Frozen)
    ]

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        positive = negative = jnp.zeros(output.x.shape, output.x.dtype)
        for factor, delta in zip(factors, deltas, strict=True):
            assert isinstance(delta, Parts)
            up, down = jnp.maximum(factor, 0), jnp.minimum(factor, 0)
            positive = positive + up * delta.positive + down * delta.negative
            negative = negative + up * delta.negative + down * delta.positive
        return [Parts(positive, negative)]

    return Linear(push=push)
