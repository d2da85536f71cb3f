"""How an equation that is no layer with weights splits relevance. All conserve it but the softmax.

| equation | relevance | source |
|---|---|---|
| activation, constant factor or summand | all goes through | |
| sum | each summand in proportion | Bach et al. 2015 |
| maximum, order | to where the value came from | |
| product with a gate, a sigmoid or softmax | the gate gets nothing, the signal all | Arras et al. 2017 |
| other products, matrix products of two live values | half to each | Achtibat et al. 2024 |
| softmax | `x_i (R_i - s_i sum R)`: the Taylor rule; not conserved | Achtibat et al. 2024 |
| norm: a value over its own statistic | all goes through, the statistic gets nothing | Achtibat et al. 2024 |
| product along an axis, also up to each place; other functions of several values | equal shares | |
| log of a sum of exponentials up to each place | `e^x` in proportion | Bach et al. 2015, of the sum |

Sources: Arras, Montavon, Mueller & Samek 2017, doi:10.18653/v1/W17-5221; Achtibat, Hatefi, Dreyer, Jain, Wiegand,
Lapuschkin & Samek 2024 (AttnLRP), arXiv:2402.05602.
"""

import math
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.attribution.lrp.rules import divided, stabilised
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import CHAIN, is_elementwise
from genomics.tracing.linear import is_affine, is_product
from genomics.tracing.program import Equation, UnsupportedPrimitiveError, Variable

Values = Float[Array, "..."]

METHOD = "lrp"

#: Relevance of an equation's outputs -> relevance of its live operands.
PullAll = Callable[[Sequence[Values]], Sequence[Values]]

#: The value of the first output comes from elements of the operand; further outputs are their places.
_ORDERS = frozenset({"cummax", "cummin", "sort", "top_k"})


def split(equation: Equation, operands: Sequence[Array], gates: frozenset[Variable], epsilon: float) -> PullAll:
    """The rule of one equation.

    Args:
      equation: neither a layer with weights nor a loop, branch, softmax or norm.
      operands: their values.
      gates: the values that lie between 0 and 1.
      epsilon: stabiliser of matrix products.

    Raises:
      UnsupportedPrimitiveError: there is no rule.
    """
    name, known = equation.primitive, record(equation.primitive)
    live = [operand for operand in equation.operands if isinstance(operand, Variable)]
    if name == CHAIN or (len(live) == 1 and is_elementwise(equation)):
        return lambda relevances: relevances  # an activation, a constant factor or summand: it all goes through
    if known.sums and is_affine(equation):
        return _in_proportion(equation, operands)
    if is_product(equation) and all(equation.live):
        if name != "mul":
            return _matrix_product(equation, operands, epsilon)
        shares = _shares([operand in gates for operand in live])
        return lambda relevances: _as_given(live, [share * relevances[0] for share in shares])
    if name in ("argmax", "argmin"):
        return _to_the_place(equation, operands)
    if name == "reduce_prod":
        return _equally(equation, operands)
    if name == "cumprod":
        return _equally_so_far(equation)
    if known.maximum or is_affine(equation) or name == "select_n" or (name in _ORDERS and len(operands) == 1):
        return _transpose(equation, operands)  # of a maximum, the winner takes it all
    if name == "cumlogsumexp":
        return _transpose(equation, operands)  # its derivatives are shares: e^x of the sum so far
    if known.elementwise:
        return lambda relevances: _as_given(live, [relevances[0] / len(live)] * len(live))
    raise UnsupportedPrimitiveError(equation, METHOD)


def softmax(x: Values, s: Values, axes: Sequence[int]) -> PullAll:
    """`x_i (R_i - s_i sum_j R_j)`: the linear term of the Taylor series of `s = softmax(x)` at x."""
    x = _finite(x)

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        (relevance,) = relevances
        return [x * (relevance - s * relevance.sum(axes, keepdims=True))]

    return pull


def rule_name(equation: Equation, gates: frozenset[Variable]) -> str:
    """What happens at an equation that is no layer with weights, for a reader."""
    name, known = equation.primitive, record(equation.primitive)
    live = [operand for operand in equation.operands if isinstance(operand, Variable)]
    if name == CHAIN or (len(live) == 1 and is_elementwise(equation)):
        return "pass"
    if known.sums and is_affine(equation):
        return "proportion"
    if is_product(equation) and all(equation.live):
        return "gate" if name == "mul" and sum(operand in gates for operand in live) == 1 else "halves"
    if name in ("reduce_prod", "cumprod") or (known.elementwise and not known.maximum and name != "select_n"):
        return "equal"
    if known.maximum or name in ("argmax", "argmin", "select_n") or (name in _ORDERS and len(equation.operands) == 1):
        return "winner"
    if name == "cumlogsumexp":
        return "proportion"
    return "moved" if is_affine(equation) else "unsupported"


def _as_given(live: Sequence[Variable], parts: Sequence[Values]) -> list[Values]:
    """What an operand gets that was repeated: a scalar, or one with axes of size one."""

    def summed(variable: Variable, part: Values) -> Values:
        if not variable.shape:
            return part.sum()
        return part.sum([i for i, n in enumerate(variable.shape) if n != part.shape[i]], keepdims=True)

    return [summed(variable, part) for variable, part in zip(live, parts, strict=True)]


def _shares(is_gate: Sequence[bool]) -> tuple[float, float]:
    first, second = is_gate
    return (0.5, 0.5) if first == second else (float(second), float(first))


def _transpose(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """Relevance goes where the values came from: of what is moved, and of maxima."""
    evaluate, live = _of_live(equation, operands)
    places = [i for i, value in enumerate(live) if jnp.issubdtype(value.dtype, jnp.inexact)]

    def of_real(*real: Array) -> list[Array]:
        replaced = dict(zip(places, real, strict=True))
        return evaluate(*(replaced.get(i, value) for i, value in enumerate(live)))

    out, transpose = jax.vjp(of_real, *(live[i] for i in places))
    is_real = [jnp.issubdtype(value.dtype, jnp.inexact) for value in out]

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        given = [
            r.astype(o.dtype) if real else _no_slope(o) for r, o, real in zip(relevances, out, is_real, strict=True)
        ]
        found = dict(zip(places, transpose(given), strict=True))
        return [jnp.real(found[i]) if i in found else jnp.zeros(live[i].shape) for i in range(len(live))]

    return pull


def _no_slope(value: Array) -> Array:
    return jnp.zeros(value.shape, jax.dtypes.float0)  # pyright: ignore[reportReturnType]


def _in_proportion(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """Each summand a of a sum z gets a / z; nothing is passed on where z is 0."""
    evaluate, live = _of_live(
        equation,
        [_number(operand) if is_live else operand for operand, is_live in zip(operands, equation.live, strict=True)],
    )
    sums, transpose = jax.vjp(evaluate, *live)

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        shares = [divided(relevance, z).astype(z.dtype) for relevance, z in zip(relevances, sums, strict=True)]
        return [jnp.real(_finite(a) * share) for a, share in zip(live, transpose(shares), strict=True)]

    return pull


def _finite(value: Values) -> Values:
    """0 where a mask has put an infinity: what it leaves out gets nothing."""
    return jnp.where(jnp.isinf(value), 0, value)


def _matrix_product(equation: Equation, operands: Sequence[Array], epsilon: float) -> PullAll:
    """`z = sum a b`: of each product's share `a b / z R` half goes to a and half to b."""
    evaluate, live = _of_live(equation, operands)
    (z,), transpose = jax.vjp(evaluate, *live)

    def pull(relevances: Sequence[Values]) -> Sequence[Values]:
        share = divided(0.5 * relevances[0], stabilised(z, epsilon))
        return [a * each for a, each in zip(live, transpose([share]), strict=True)]

    return pull


def _to_the_place(equation: Equation, operands: Sequence[Array]) -> PullAll:
    (axis,) = equation.params["axes"]
    (place,) = equation.evaluate(*operands)
    size = operands[0].shape[axis]
    return lambda relevances: [
        jax.nn.one_hot(place, size, axis=axis, dtype=relevances[0].dtype) * jnp.expand_dims(relevances[0], axis)
    ]


def _equally(equation: Equation, operands: Sequence[Array]) -> PullAll:
    """Of factors along axes."""
    (value,), axes = operands, equation.params["axes"]
    count = math.prod(value.shape[axis] for axis in axes)
    return lambda relevances: [jnp.broadcast_to(jnp.expand_dims(relevances[0] / count, axes), value.shape)]


def _equally_so_far(equation: Equation) -> PullAll:
    """Of a product of the factors up to each place, equal shares of each to its own."""
    axis, reverse = equation.params["axis"], equation.params["reverse"]
    shape = equation.outputs[0].shape
    counts = lax.broadcasted_iota(jnp.result_type(float), shape, axis)
    counts = shape[axis] - counts if reverse else counts + 1
    return lambda relevances: [lax.cumsum(relevances[0] / counts, axis=axis, reverse=not reverse)]


def _of_live(equation: Equation, operands: Sequence[Array]) -> tuple[Callable[..., list[Array]], list[Array]]:
    """An equation as a function of its live operands alone, and these; its linear part where it is affine."""
    places = [i for i, is_live in enumerate(equation.live) if is_live]

    def evaluate(*live: Array) -> list[Array]:
        replaced = dict(zip(places, live, strict=True))
        return evaluate_with_fast_gradient(equation, [replaced.get(i, o) for i, o in enumerate(operands)])

    return evaluate, [operands[i] for i in places]


def _number(operand: Array) -> Array:
    """Sums of truth values and integers are sums of numbers."""
    is_number = jnp.issubdtype(operand.dtype, jnp.inexact)
    return operand if is_number else operand.astype(jnp.result_type(float))
