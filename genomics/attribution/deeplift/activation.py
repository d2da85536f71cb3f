"""The rules at an activation: one function each, all of the same form, in one table.

An activation is an `elementwise` equation: one non-linear function `f` of one value. `A` and `R` are that value at the
sequence and at the reference, `P + N` its difference in parts.
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from genomics.attribution.deeplift.value import Delta, Frozen, Linear, Parts, is_near_zero, real, total
from genomics.tracing.program import Equation

#: A RevealCancel multiplier this many times larger than Rescale's is not trusted.
_MOST_AMPLIFIED = 100.0

ActivationRule = Callable[[Equation, Frozen, Frozen], Linear]


def rescale(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """`s = (f(A) - f(R)) / (A - R)`, and `f'(R)` where A = R (Shrikumar et al. 2017, arXiv:1704.02685)."""
    return _diagonal(_secant(equation, operand, output))


def gradient(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """`f'(A)`."""
    return _diagonal(_slope(equation, operand.x))


def pass_through(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """1: the multiplier goes through unchanged."""
    return _diagonal(jnp.ones_like(output.difference))


def guided_backprop(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """`f'(A) 1[m > 0] m` (Springenberg et al. 2014, arXiv:1412.6806)."""
    return _gated(_slope(equation, operand.x))


def guided_backprop_rescale(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """`s 1[m > 0] m` with Rescale's `s`."""
    return _gated(_secant(equation, operand, output))


def deconvnet(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """`f(m)`: the activation itself, applied to the multiplier (Zeiler & Fergus 2014, arXiv:1311.2901)."""
    return Linear(
        push=_diagonal(jnp.ones_like(output.difference)).push,
        pull=lambda multipliers: [equation.evaluate(total(multipliers[0]))[0]],
    )


def reveal_cancel(equation: Equation, operand: Frozen, output: Frozen) -> Linear:
    """The two parts' average effects over both orders (Shrikumar et al. 2017, section 3.5.3).

        P' = ½ [f(R + P) - f(R)  +  f(A) - f(R + N)],   N' = ½ [f(R + N) - f(R)  +  f(A) - f(R + P)]

    with multipliers `P' / P` and `N' / N`, and their limits `½ [f'(R) + f'(R + N)]`, `½ [f'(R) + f'(R + P)]` where a
    part is zero. (The original moves such a part away from zero by 1e-7, which costs completeness.)

    One part alone may lie outside the function's domain, or far out on an exponential (in a softmax, in a layer
    normalisation), where the sum of both effects would be lost in rounding: there Rescale's multiplier serves both.
    """
    assert operand.parts is not None
    p, n = operand.parts
    reference, with_p, with_n = operand.r, operand.r + p, operand.r + n
    f = equation.evaluate
    f_r, f_p, f_n = (real(f(point)[0]) for point in (reference, with_p, with_n))
    f_a = real(output.x)
    slope_r = _slope(equation, reference)
    sizes = (operand.x, operand.r, p, n)
    of_p = _divided(0.5 * (f_p - f_r + f_a - f_n), p, sizes, 0.5 * (slope_r + _slope(equation, with_n)))
    of_n = _divided(0.5 * (f_n - f_r + f_a - f_p), n, sizes, 0.5 * (slope_r + _slope(equation, with_p)))

    secant = _divided(output.difference, operand.difference, sizes[:2], slope_r)
    largest = _MOST_AMPLIFIED * jnp.maximum(1, jnp.abs(secant))
    is_tame = (jnp.abs(of_p) <= largest) & (jnp.abs(of_n) <= largest)  # false for nan
    of_p, of_n = jnp.where(is_tame, of_p, secant), jnp.where(is_tame, of_n, secant)

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        (delta,) = deltas
        assert isinstance(delta, Parts)
        return [Parts(of_p * delta.positive, of_n * delta.negative)]

    return Linear(push=push)


ACTIVATION_RULES: dict[str, ActivationRule] = {
    "rescale": rescale,
    "reveal_cancel": reveal_cancel,
    "gradient": gradient,
    "pass_through": pass_through,
    "guided_backprop": guided_backprop,
    "guided_backprop_rescale": guided_backprop_rescale,
    "deconvnet": deconvnet,
}


def _diagonal(slope: Float[Array, "..."]) -> Linear:
    return Linear(push=lambda deltas: [jax.tree.map(lambda part: slope * part, deltas[0])])


def _gated(slope: Float[Array, "..."]) -> Linear:
    """Linear in the difference, but only positive multipliers come back through it."""
    return Linear(
        push=_diagonal(slope).push,
        pull=lambda multipliers: [jax.tree.map(lambda m: jnp.where(m > 0, m, 0) * slope, multipliers[0])],
    )


def _secant(equation: Equation, operand: Frozen, output: Frozen) -> Float[Array, "..."]:
    slope = _slope(equation, operand.r)
    return _divided(output.difference, operand.difference, (real(operand.x), real(operand.r)), slope)


def _divided(above: Array, below: Array, sizes: Sequence[Array], limit: Array) -> Float[Array, "..."]:
    near = is_near_zero(below, *sizes)
    return jnp.where(near, limit, above / jnp.where(near, 1, below))


def _slope(equation: Equation, point: Shaped[Array, "..."]) -> Float[Array, "..."]:
    """f' at each element, and at a kink the derivative from below: 0 for relu at 0, the slope below 0 for its kin.

    (JAX's own derivative of `maximum(x, 0)` at 0 is 1/2, and an activation that is smooth but written with `abs` or
    `maximum`, as `softplus` is, would get a wrong one there.)
    """
    if not all(jnp.issubdtype(each.dtype, jnp.inexact) for each in (point, equation.outputs[0])):
        return jnp.zeros_like(real(point))
    limits = jnp.finfo(point.dtype)
    below = point - limits.eps * jnp.abs(point) - float(limits.tiny) ** 0.5
    slope = jax.jvp(lambda value: equation.evaluate(value)[0], (below,), (jnp.ones_like(below),))[1]
    return jnp.where(jnp.isfinite(slope), slope, 0)
