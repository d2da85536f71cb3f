"""Elementwise primitives: the change stays where it is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental.change import Local, Reader, Table, from_table, from_values, realigned, resized
from genomics.mutagenesis.incremental.span import NotLocalError, Span
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.table import record
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation


def elementwise(equation: Equation, operands: list[Any], reference: Unmutated) -> Local:
    """The rule of all elementwise primitives, of any number of changed values and constants of any broadcast shape.

    Sums, and products with what does not vary along the span's axis, act on differences (and on tables); all else
    on values, lazily: the consumer reads the windows that it needs.
    """
    changes = [operand for operand in operands if isinstance(operand, Local)]
    view = _common_view(changes)
    operands = [_unviewed(operand, view, changes[0].shape) for operand in operands]
    _check_shapes(operands, changes[0].span)
    operands, span = _common_span(operands)
    stored = Unmutated(array=reference.array.reshape(_broadcast_shape(operands))) if view else reference
    linear = _linear(equation, operands, span, stored)
    return replace(linear or _values(equation, operands, span, stored), view=view)


def _values(equation: Equation, operands: list[Any], span: Span, reference: Unmutated) -> Local:
    readers = [_reader(operand, span) for operand in operands]

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        arrays = [read(rows, low, high) for read in readers]
        shape = jnp.broadcast_shapes(*[array.shape for array in arrays])
        arrays = [array if array.ndim == 0 else jnp.broadcast_to(array, shape) for array in arrays]
        return equation.evaluate(*arrays)[0]

    return from_values(span, reference, value)


def _linear(equation: Equation, operands: list[Any], span: Span, reference: Unmutated) -> Local | None:
    """Rules on differences; None where there is none."""
    if not jnp.issubdtype(reference.array.dtype, jnp.inexact):
        return None
    changed = [isinstance(operand, Local) for operand in operands]
    known = record(equation.primitive)
    if known.sums:
        signs = (1, -1) if equation.primitive == "sub" else (1, 1)
        terms = [(operand, sign) for operand, sign in zip(operands, signs, strict=True) if isinstance(operand, Local)]
        if len(terms) == 1 and not terms[0][0].differences:
            read_value = _values(equation, operands, span, reference).value
            return _of_differences(terms, span, reference, lambda array: array, read_value)
        return _of_differences(terms, span, reference, lambda array: array, None)
    scaled = is_affine(equation) and equation.primitive != "select_n"
    if not scaled or sum(changed) != 1:
        return None
    (term,) = [operand for operand in operands if isinstance(operand, Local)]
    if not jnp.issubdtype(term.reference.array.dtype, jnp.inexact):
        return None
    constants = [operand for operand in operands if not isinstance(operand, Local)]
    if any(constant.ndim and constant.shape[span.axis] != 1 for constant in constants):
        return None

    def scale(array: Shaped[Array, "rows three ..."]) -> Shaped[Array, "rows three ..."]:
        arrays = [
            array if isinstance(operand, Local) else (operand if operand.ndim == 0 else operand[None, None])
            for operand in operands
        ]
        shape = jnp.broadcast_shapes(*[a.shape for a in arrays])
        return equation.evaluate(*[a if a.ndim == 0 else jnp.broadcast_to(a, shape) for a in arrays])[0]

    read_value = None if term.differences else lambda rows, low, high: scale(term.value(rows, low, high))
    return _of_differences([(term, 1)], span, reference, scale, read_value)


def _of_differences(
    terms: list[tuple[Local, int]],
    span: Span,
    reference: Unmutated,
    scale: Callable[[Any], Any],
    read_value: Reader | None,
) -> Local:
    """scale(sum of signed differences), with the shortest way to the values."""

    def total(arrays: list[Array]) -> Array:
        first, *rest = [array if sign > 0 else -array for array, (_, sign) in zip(arrays, terms, strict=True)]
        return scale(sum(rest, first))

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return total([_shifted(term.delta, term, span)(rows, low, high) for term, _ in terms])

    def value(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return reference.window(span, rows, low, high) + delta(rows, low, high)

    tables = [(term.table, _shift(term, span)) for term, _ in terms if term.table is not None]
    if len(tables) == len(terms):
        entries = [resized(t.entries, 2 + span.axis, shift, shift + span.width) for t, shift in tables]
        return from_table(span, reference, Table(codes=tables[0][0].codes, entries=total(entries)))
    return Local(
        span=span,
        reference=reference,
        value=read_value or value,
        delta=delta,
        stored=False,
        differences=read_value is None,
    )


def _reader(operand: Any, span: Span) -> Reader:
    if isinstance(operand, Local):
        return _shifted(operand.value, operand, span)
    if operand.ndim and operand.shape[span.axis] != 1:
        constant = Unmutated(array=operand)
        return lambda rows, low, high: constant.window(span, rows, low, high)
    return lambda rows, low, high: operand if operand.ndim == 0 else operand[None, None]


def _shift(term: Local, span: Span) -> int:
    return int(span.starts[0] - term.span.starts[0])


def _shifted(read: Reader, term: Local, span: Span) -> Reader:
    shift = _shift(term, span)
    return lambda rows, low, high: read(rows, low + shift, high + shift)


def _common_span(operands: list[Any]) -> tuple[list[Any], Span]:
    """The shortest span that holds all changes, and the operands with starts at a fixed distance from its start."""
    spans = [operand.span for operand in operands if isinstance(operand, Local)]
    starts = np.min([i.starts for i in spans], axis=0)
    width = int(np.max([(i.starts - starts).max() + i.width for i in spans]))
    span = replace(spans[0], starts=starts, width=width)
    return [
        realigned(operand, starts, width)
        if isinstance(operand, Local) and np.any(np.diff(operand.span.starts - starts))
        else operand
        for operand in operands
    ], span


def _common_view(changes: list[Local]) -> tuple[int, ...] | None:
    views = {change.view for change in changes}
    if len(views) > 1 or (None not in views and len({change.shape for change in changes}) > 1):
        raise NotLocalError("combines values that were reshaped in different ways")
    return changes[0].view


def _unviewed(operand: Any, view: tuple[int, ...] | None, shape: tuple[int, ...]) -> Any:
    """The operand in the shape that a reshaped value is stored in."""
    if view is None or isinstance(operand, Local) or operand.ndim == 0:
        return operand
    if operand.shape != view:
        raise NotLocalError("broadcasts a constant over a reshaped value")
    return operand.reshape(shape)


def _check_shapes(operands: list[Any], span: Span) -> None:
    for operand in operands:
        if isinstance(operand, Local):
            other = operand.span
            if (other.axis, other.size, other.unit) != (span.axis, span.size, span.unit):
                raise NotLocalError("combines changes along different axes")
        elif operand.ndim and operand.shape[span.axis] not in (1, span.size):
            raise NotLocalError("repeats the changed axis")


def _broadcast_shape(operands: list[Any]) -> tuple[int, ...]:
    return np.broadcast_shapes(*[tuple(operand.shape) for operand in operands])
