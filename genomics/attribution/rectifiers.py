"""Networks whose rectifiers treat gradients in another way: the ground of guided backpropagation and deconvnet."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.record import Predict
from genomics.tracing.elementwise import CHAIN, fold_elementwise
from genomics.tracing.kinks import evaluate_with_kinks
from genomics.tracing.program import Equation, UnsupportedPrimitiveError, Variable, trace, walk

Function = Callable[[Float[Array, "..."]], Float[Array, "..."]]

#: How a rectifier is replaced: (its function f, its input z) -> f(z), with another gradient.
RectifierRule = Callable[[Function, Float[Array, "..."]], Float[Array, "..."]]

# Where the slopes of an activation are looked up: right of the kinks and shoulders of the rectifiers in use (but left
# of ReLU6's ceiling), and far to the left.
_RIGHT, _LEFT = 3.0, -20.0

#: Primitives whose bodies are not inlined.
_HIDE_RECTIFIERS = frozenset({"cond", "scan", "while"})


def with_rectifiers(predict: Predict, rule: RectifierRule) -> Predict:
    """`predict` with `rule` in the place of every rectifier; its values do not change, its gradient does.

    A rectifier is known by what it does, not by how it is spelled: an elementwise function of one value whose slope is
    between 0.5 and 1.5 at z = 3 and smaller than 0.5 in size at z = -20. That holds for ReLU, leaky and parametric ReLU
    (slopes below 0.5), ReLU6, elu, selu, celu, gelu, silu, hard swish, mish, softplus and squareplus; it does not for
    sigmoid, tanh, exp, log, abs and powers, which keep their gradient like everything else in the network (of
    `maximum(x, c)` at x = c it is 0, of a pool's equal values the first takes it all). Rectifiers inside another
    activation, as in `log1p(relu(z))`, count too. The bodies of functions are read, not the derivatives that their
    authors defined for them.

    Raises:
      UnsupportedPrimitiveError: on calling it, where the network holds a loop or a branch (`scan`, `while`, `cond`):
        rectifiers inside would keep their gradient.
    """

    def step(equation: Equation, operands: Sequence[Array]) -> list[Array]:
        if equation.primitive in _HIDE_RECTIFIERS:
            raise UnsupportedPrimitiveError(equation, "guided backpropagation", "cannot reach the rectifiers inside it")
        if equation.primitive == CHAIN and _is_real(equation):
            inner = equation.params["program"]
            (z,) = operands

            def activation(z: Array) -> Array:
                return walk(inner, z, evaluate_with_kinks)

            outside = walk(inner, z, step) if len(inner.equations) > 1 else activation(z)
            return [jnp.where(_is_rectifier(activation, z), rule(activation, z), outside)]
        if equation.primitive in ("max", "min") and not all(equation.live) and _is_real(equation):
            return [_bound(equation, operands, rule)]
        return evaluate_with_fast_gradient(equation, operands)

    def rewritten(x: Float[Array, "..."]) -> Array:
        return walk(fold_elementwise(trace(predict, x)), x, step)

    return rewritten


@jax.custom_vjp
def positive_gradient(y: Float[Array, "..."]) -> Float[Array, "..."]:
    """`y` itself; of the gradient that comes back only what is positive passes."""
    return y


positive_gradient.defvjp(lambda y: (y, None), lambda _, gradient: (jnp.maximum(gradient, 0),))


def _bound(equation: Equation, operands: Sequence[Array], rule: RectifierRule) -> Array:
    """A maximum or minimum with a constant inside another activation."""
    live = equation.live.index(True)

    def activation(z: Array) -> Array:
        return evaluate_with_kinks(equation, [z if i == live else o for i, o in enumerate(operands)])[0]

    z = operands[live]
    return jnp.where(_is_rectifier(activation, z), rule(activation, z), activation(z))


def _is_real(equation: Equation) -> bool:
    """Whether it has a slope: neither comparisons nor whole numbers do."""
    live = [operand for operand in equation.operands if isinstance(operand, Variable)]
    return all(jnp.issubdtype(variable.dtype, jnp.inexact) for variable in (*live, *equation.outputs))


def _is_rectifier(activation: Function, z: Float[Array, "..."]) -> Bool[Array, "..."]:
    right, left = (jax.jvp(activation, (jnp.full_like(z, at),), (jnp.ones_like(z),))[1] for at in (_RIGHT, _LEFT))
    return (right > 0.5) & (right < 1.5) & (jnp.abs(left) < 0.5)
