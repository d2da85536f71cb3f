"""Products of two values that both change: queries and keys of attention outside the change reuse their products."""

import math
from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.change import Local, Unmutated, Whole
from genomics.mutagenesis.incremental.span import ALL, NotLocalError, Span, by_column
from genomics.tracing.program import Equation

#: Multiply-adds that take as long as putting one number of the output in its place, twice: vectors must be longer for a
#: reused product to be worth it. On a CPU those of 128 are not (1.45 times as long as all products), nor of 256 (1.17).
PLACED = 512


def product_of_two(equation: Equation, left: Local, right: Local, reference: Unmutated) -> Whole:
    """`dot_general` of two changes whose columns both remain axes of the output.

    Of the output only the rows of the changed columns of one and the columns of those of the other are computed; all
    other products are the reference's.

    Args:
      equation: the product.
      left: its first operand.
      right: its second.
      reference: the output without mutations.

    Raises:
      NotLocalError: a changed column is summed over, or the whole product is as cheap.
    """
    contracted, batched = equation.params["dimension_numbers"]
    axes = []
    for side, local in enumerate((left, right)):
        if local.view is not None or local.span.axis in (*contracted[side], *batched[side]):
            raise NotLocalError("multiplies two values that both depend on the sequence")
        free = [axis for axis in range(len(local.shape)) if axis not in (*contracted[side], *batched[side])]
        before = len(left.shape) - len(contracted[0]) if side else len(batched[0])
        axes.append(before + free.index(local.span.axis))
    summed = math.prod(left.shape[axis] for axis in contracted[0])
    again = sum(local.span.width / local.span.size for local in (left, right))
    if summed * (1 - again) <= PLACED:
        raise NotLocalError("multiplies two values that both depend on the sequence")
    product = partial(
        lax.dot_general,
        dimension_numbers=equation.params["dimension_numbers"],
        precision=equation.params["precision"],
        preferred_element_type=equation.params["preferred_element_type"],
    )
    a, b = (local.value(ALL, 0, local.span.width) for local in (left, right))
    each = lambda function: jax.vmap(jax.vmap(function))  # noqa: E731
    of_rows, of_columns = (replace(local.span, axis=axis) for local, axis in zip((left, right), axes, strict=True))
    columns = each(lambda own: product(left.reference.array, own))(b)
    rows = each(lambda own: product(own, right.reference.array))(a)
    both = each(product)(a, b)
    data = _placed(columns, reference.whole(), of_columns)
    return Whole(reference=reference, data=_placed(_placed(both, rows, of_columns), data, of_rows))


def _placed(
    window: Shaped[Array, "rows three ..."], into: Shaped[Array, "..."], span: Span
) -> Shaped[Array, "rows three ..."]:
    """A value with its columns in the span replaced."""
    index = jnp.asarray(np.arange(span.size) - span.columns(ALL, 0, 1))
    inside = (index >= 0) & (index < span.width)
    index = by_column(jnp.clip(index, 0, span.width - 1), window.ndim, span.axis)
    spread = jnp.take_along_axis(window, index, axis=2 + span.axis, mode="promise_in_bounds")
    return jnp.where(by_column(inside, window.ndim, span.axis), spread, into)
