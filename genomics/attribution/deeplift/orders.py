"""Order along an axis: sorting, the largest k, running maxima, the place of a maximum. All complete; none is original.

What stands at a rank comes from other elements at the sequence than at the reference, so that no slope belongs to an
element alone. Running maxima are maxima over windows that grow (the cross rule). Sorting is explained along the
straight path from reference to sequence, in closed form: on it an element holds each rank for some share of the way.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.attribution.deeplift.pooling import credited
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, is_near_zero, real, total
from genomics.tracing.program import Equation

#: Elements of a matrix of pairs that are worked on at once.
_PAIRS_AT_ONCE = 2**22


def running(equation: Equation, operand: Frozen) -> Linear:
    """`cummax`, `cummin`: the cross rule of maxima over windows, each window being all that came before."""
    axis, sign = equation.params["axis"], 1 if equation.primitive == "cummax" else -1
    backwards = equation.params["reverse"]

    def extreme(values: Array) -> tuple[Array, Array]:
        """The running maximum, and its place, the first of equal ones."""
        highest = lax.cummax(values, axis=axis, reverse=backwards)
        place = lax.broadcasted_iota(jnp.int32, values.shape, axis)
        n = values.shape[axis]
        step = -1 if backwards else 1
        first = n - 1 if backwards else 0
        before = jnp.roll(highest, step, axis)
        is_new = (place == first) | (values >= before if backwards else values > before)
        if backwards:
            return highest, lax.cummin(jnp.where(is_new, place, n - 1), axis=axis, reverse=True)
        return highest, lax.cummax(jnp.where(is_new, place, 0), axis=axis)

    x, r = sign * real(operand.x), sign * real(operand.r)
    (y, i), (y_r, j) = extreme(x), extreme(r)
    top = jnp.maximum(y, y_r)
    to_i = credited(top - y_r, jnp.take_along_axis(x - r, i, axis), (y, y_r))
    to_j = credited(y - top, jnp.take_along_axis(x - r, j, axis), (y, y_r))

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        delta = total(deltas[0])
        return [to_i * jnp.take_along_axis(delta, i, axis) + to_j * jnp.take_along_axis(delta, j, axis)]

    return Linear(push=push)


def place(equation: Equation, operand: Frozen) -> Linear:
    """`argmax`, `argmin`: the way from the reference's place to the sequence's, half to the element at each.

    The Shapley values of these two elements as players; all to the one that changed where the other did not.
    """
    (axis,) = equation.params["axes"]
    x, r = real(operand.x), real(operand.r)
    i, j = (jnp.expand_dims(equation.evaluate(value)[0], axis) for value in (operand.x, operand.r))
    way = real(i) - real(j)
    of_i, of_j = (jnp.take_along_axis(x - r, at, axis) for at in (i, j))
    scales_i, scales_j = ([jnp.take_along_axis(v, at, axis) for v in (x, r)] for at in (i, j))
    still_i, still_j = is_near_zero(of_i, *scales_i), is_near_zero(of_j, *scales_j)
    share = jnp.where(still_i == still_j, 0.5, jnp.where(still_j, 1.0, 0.0))
    to_i = jnp.where(still_i, 0, share * way / jnp.where(still_i, 1, of_i))
    to_j = jnp.where(still_j, 0, (1 - share) * way / jnp.where(still_j, 1, of_j))

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        delta = total(deltas[0])
        moved = to_i * jnp.take_along_axis(delta, i, axis) + to_j * jnp.take_along_axis(delta, j, axis)
        return [moved.squeeze(axis)]

    return Linear(push=push)


def sorted_along(equation: Equation, operand: Frozen) -> Linear:
    """`sort`, `top_k`: an element's multiplier at a rank is the share of the path on which it holds that rank.

    `x_(k) - r_(k) = sum_i (x_i - r_i) |{t in [0, 1]: r_i + t (x_i - r_i) has rank k}|`, the integral of the gradient
    along the path (Sundararajan, Taly & Yan 2017, arXiv:1703.01365) without a sum over points.
    """
    axis = equation.params.get("dimension", equation.params.get("axis", -1)) % len(operand.x.shape)
    x, r = (jnp.moveaxis(real(value), axis, -1) for value in (operand.x, operand.r))
    n = x.shape[-1]
    columns = x.reshape(-1, n), r.reshape(-1, n)
    at_once = max(1, _PAIRS_AT_ONCE // (n * n))
    shares = lax.map(lambda pair: _shares_of_ranks(*pair), columns, batch_size=at_once)
    if equation.primitive == "top_k":
        shares = shares[:, ::-1][:, : equation.params["k"]]
    places = [jax.ShapeDtypeStruct(output.shape, output.dtype) for output in equation.outputs[1:]]

    def push(deltas: Sequence[Delta]) -> list[Delta]:
        delta = jnp.moveaxis(total(deltas[0]), axis, -1)
        found = jnp.einsum("cki,ci->ck", shares, delta.reshape(-1, n), precision="highest")
        ranked = jnp.moveaxis(found.reshape(*delta.shape[:-1], -1), -1, axis)
        return [ranked, *(jnp.zeros(each.shape, ranked.dtype) for each in places)]

    return Linear(push=push)


def _shares_of_ranks(x: Float[Array, " n"], r: Float[Array, " n"]) -> Float[Array, "n n"]:
    """[k, i]: the share of the path on which element i has the k-th lowest value, equal elements by place."""
    d, n = x - r, len(x)
    i = jnp.arange(n)
    # Just after the start: of equal values the one that rises less is lower.
    starts = (r[:, None] - r, d[:, None] - d, i[:, None] - i)
    above = (starts[0] > 0) | ((starts[0] == 0) & ((starts[1] > 0) | ((starts[1] == 0) & (starts[2] > 0))))
    ends = x[:, None] - x
    crosses = starts[0] * ends < 0
    times = jnp.where(crosses, -starts[0] / jnp.where(crosses, starts[1], 1), 1).clip(0, 1)
    overtakes = jnp.where(crosses, jnp.where(starts[1] > 0, 1, -1), 0)
    order = jnp.argsort(times, axis=1)
    times, overtakes = (jnp.take_along_axis(values, order, 1) for values in (times, overtakes))
    ranks = above.sum(1, keepdims=True) + jnp.pad(jnp.cumsum(overtakes, 1), ((0, 0), (1, 0)))
    lengths = jnp.diff(times, axis=1, prepend=0, append=1)
    return jnp.zeros((n, n), x.dtype).at[ranks, i[:, None]].add(lengths)
