"""Gates: a local change times numbers that all columns share, as squeeze-and-excite has it.

The gate of a mutant is seen by every column, so that the product changes everywhere. But what reads the product
linearly needs little of it: sum_m (a_m + d_m) g = (sum_m a_m) g + sum_m d_m g, the reference's part once for all
mutants and the few columns that differ. So the product is kept as its factors until something reads it that is not
linear.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Shaped

from genomics.mutagenesis.incremental import contraction, described, reduction
from genomics.mutagenesis.incremental.change import Local, Whole, from_differences
from genomics.mutagenesis.incremental.elementwise import elementwise
from genomics.mutagenesis.incremental.factored import Factor, Gated, Term
from genomics.mutagenesis.incremental.shape import reshape
from genomics.mutagenesis.incremental.span import ALL, NotLocalError
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.columns.moves import kept_axis
from genomics.tracing.columns.record import resized
from genomics.tracing.columns.table import record
from genomics.tracing.columns.windows import COMBINATIONS
from genomics.tracing.linear import is_affine
from genomics.tracing.program import Equation

#: Each element of their outputs is one of the operand's.
_MOVES = frozenset({"broadcast_in_dim", "expand_dims", "reshape", "rev", "slice", "split", "squeeze", "transpose"})


def apply(equation: Equation, operands: Sequence[Any], references: Sequence[Unmutated]) -> list[Gated | Whole]:
    """The changes of an equation's outputs; at least one operand is `Gated`, or some are `Local` and some `Whole`.

    Raises:
      NotLocalError: it is not linear in the products, or mixes columns.
    """
    if not all(jnp.issubdtype(reference.array.dtype, jnp.inexact) for reference in references):
        raise NotLocalError("acts on whole numbers")
    rule = _RULES.get(equation.primitive, _moved)
    return rule(equation, list(operands), references)


def _factors(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Gated]:
    """`mul` and `div` by what all columns share, or by constants."""
    (reference,) = references
    sides = [o for o in operands if isinstance(o, Whole)]
    if not sides:
        return _scaled(equation, operands, references)
    (product, *others) = [o for o in operands if isinstance(o, Gated | Local)]
    numerator = operands[0] is product or equation.primitive == "mul"
    if others or not numerator or len(sides) > 1:
        raise NotLocalError("multiplies two values that both change along the sequence")
    terms = _terms(product)
    if terms[0].part.view is not None or terms[0].part.shape != reference.array.shape:
        raise NotLocalError("acts on a reshaped value")
    (side,) = sides
    factor = _shared(side, terms[0].part)
    combine: Callable[[Any, Any], Any] = jnp.multiply if equation.primitive == "mul" else jnp.divide
    return [
        Gated(reference=reference, terms=tuple(replace(term, factor=combine(term.factor, factor)) for term in terms))
    ]


def _scaled(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Gated]:
    """Elementwise and linear in the products, the other operands constants."""
    (reference,) = references
    place = _only_gated(operands)
    if not is_affine(equation):
        raise NotLocalError("reads what a gate has changed at every position")

    def scaled(part: Local) -> Local:
        given = [part if i == place else o for i, o in enumerate(operands)]
        arrays = [part.reference.array.reshape(part.view or part.shape) if o is part else o for o in given]
        return elementwise(equation, given, Unmutated(array=equation.evaluate(*arrays)[0]))

    terms = [replace(term, part=scaled(term.part)) for term in operands[place].terms]
    return [Gated(reference=reference, terms=tuple(terms))]


def _sum(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Gated]:
    """`add` and `sub`: the products of both, one after the other."""
    (reference,) = references
    shape = reference.array.shape
    like = next(_terms(o)[0].part for o in operands if isinstance(o, Local | Gated))
    axis = like.span.axis
    terms: list[Term] = []
    for operand, sign in zip(operands, (1, -1 if equation.primitive == "sub" else 1), strict=True):
        if isinstance(operand, Whole):
            found = [Term(part=_unchanged(like, jnp.ones(shape, reference.array.dtype)), factor=_shared(operand, like))]
        elif isinstance(operand, Local | Gated):
            found = _terms(operand)
        else:
            found = _terms(_unchanged(like, jnp.broadcast_to(operand, shape)))
        terms += [term if sign > 0 else replace(term, factor=-term.factor) for term in found]
    if any(t.part.view is not None or t.part.shape != shape or t.part.span.axis != axis for t in terms):
        raise NotLocalError("combines changes along different axes")
    return [Gated(reference=reference, terms=tuple(terms))]


def _moved(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Gated]:
    """What only moves elements, or adds up columns that lie side by side: the same to part and factor."""
    if record(equation.primitive).elementwise:
        return _scaled(equation, operands, references)
    place = _only_gated(operands)
    found: list[list[Term]] = [[] for _ in references]
    for term in operands[place].terms:
        outputs = described.along(equation, [term.part])
        if not _keeps_products(equation, term.part.span.axis):
            raise NotLocalError("reads what a gate has changed at every position")
        own = equation.evaluate(term.part.reference.array)
        changes = described.described(equation, [term.part], [Unmutated(array=array) for array in own])
        shape = resized(term.part.shape, term.part.span.axis, 1)
        factor = jnp.broadcast_to(term.factor, (*term.factor.shape[:2], *shape))
        for terms, along, change in zip(found, outputs, changes, strict=True):
            move = lambda column, b=along.block: b([column])  # noqa: E731
            same = along.window.taps > 1  # sums of columns: the factor is that of each
            terms.append(Term(part=change, factor=factor if same else jax.vmap(jax.vmap(move))(factor)))
    return [Gated(reference=r, terms=tuple(terms)) for r, terms in zip(references, found, strict=True)]


def _keeps_products(equation: Equation, axis: int) -> bool:
    """Whether each element of the output is one of the operand's, or a sum along the columns."""
    if equation.primitive == "reduce_window_sum":
        window, padding = equation.params["window_dimensions"], equation.params["padding"]
        others = [i for i in range(len(window)) if i != axis]
        same = all(window[i] == 1 and tuple(padding[i]) == (0, 0) for i in others)
        return same and all(equation.operands[0].shape[i] == equation.outputs[0].shape[i] for i in others)
    return equation.primitive in _MOVES


def _reshaped(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Gated]:
    """`reshape`: the columns keep their axis, or are merged with others, as the head of a network flattens them."""
    (gated,) = operands
    terms = []
    for term in gated.terms:
        part, sizes = term.part, equation.outputs[0].shape
        if part.view is None and kept_axis(part.shape, part.span.axis, sizes) is not None:
            return _moved(equation, operands, references)
        own = Unmutated(array=equation.evaluate(part.reference.array.reshape(part.view or part.shape))[0])
        changed = reshape(equation, [part], own)
        if changed.shape != part.shape:
            raise NotLocalError("takes apart what a gate has multiplied")
        terms.append(replace(term, part=changed))
    return [Gated(reference=references[0], terms=tuple(terms))]


def _total(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Whole]:
    """`reduce_sum` over the columns: of the reference once, and of the columns that differ."""
    (gated,), (reference,) = operands, references
    axes, axis = equation.params["axes"], _summed_axis(equation, gated)
    sums = []
    for term in gated.terms:
        part = term.part
        change = jnp.sum(part.delta(ALL, 0, part.span.width), 2 + axis, keepdims=True)
        total = jnp.sum(part.reference.array, axis, keepdims=True) + change
        sums.append(jnp.sum(total * term.factor, [2 + each for each in axes]))
    return [Whole(reference=reference, data=sum(sums[1:], sums[0]))]


def _extreme(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Whole]:
    """`reduce_max` and `reduce_min` over the columns of one product: a negative factor turns them about."""
    (gated,), (reference,) = operands, references
    axes, axis = equation.params["axes"], _summed_axis(equation, gated)
    if len(gated.terms) > 1:
        raise NotLocalError("reads what gates have changed at every position")
    (term,) = gated.terms
    ends = [
        reduction.extreme(replace(equation, primitive=name, params={"axes": (axis,)}), [term.part], reference).data
        for name in ("reduce_max", "reduce_min")
    ]
    ends = ends if equation.primitive == "reduce_max" else ends[::-1]
    upper, lower = (jnp.expand_dims(end, 2 + axis) for end in ends)
    products = jnp.where(term.factor >= 0, upper, lower) * term.factor
    over = COMBINATIONS[equation.primitive].over
    return [Whole(reference=reference, data=over(products, axis=tuple(2 + each for each in axes)))]


def _summed_axis(equation: Equation, gated: Gated) -> int:
    axis = gated.span.axis
    if axis not in equation.params["axes"] or any(term.part.view is not None for term in gated.terms):
        raise NotLocalError("reads what a gate has changed at every position")
    return axis


def _product(equation: Equation, operands: list[Any], references: Sequence[Unmutated]) -> list[Whole]:
    """`dot_general` with weights that sums over the columns: the head of a network."""
    place, (reference,) = _only_gated(operands), references
    zeros = Unmutated(array=jnp.zeros_like(reference.array))
    sums = []
    for term in operands[place].terms:
        given = [term.scaled() if i == place else o for i, o in enumerate(operands)]
        changed = contraction.contract(equation, given, zeros)
        if not isinstance(changed, Whole):
            raise NotLocalError("reads what a gate has changed at every position")
        sums += [changed.data, contraction.of_reference(equation, term.part, operands[1 - place], place, term.factor)]
    return [Whole(reference=reference, data=sum(sums[1:], sums[0]))]


def _only_gated(operands: Sequence[Any]) -> int:
    places = [i for i, operand in enumerate(operands) if isinstance(operand, Gated)]
    if len(places) != 1 or any(isinstance(operand, Local | Whole) for operand in operands):
        raise NotLocalError("combines a local change with one that is everywhere")
    return places[0]


def _terms(change: Local | Gated) -> list[Term]:
    if isinstance(change, Gated):
        return list(change.terms)
    one = jnp.ones((1, 1, *(1,) * len(change.shape)), change.reference.array.dtype)
    return [Term(part=change, factor=one)]


def _shared(side: Whole, like: Local) -> Factor:
    """The side of a product that does not vary along the columns, with 1 in their place."""
    axis = like.span.axis
    if side.data.ndim == 2:
        return side.data.reshape(*side.data.shape, *(1,) * len(like.shape))
    if axis in side.uniform:
        return jax.lax.slice_in_dim(side.data, 0, 1, axis=2 + axis)
    if side.data.shape[2 + axis] != 1:
        raise NotLocalError("combines a local change with one that is everywhere")
    return side.data


def _unchanged(like: Local, array: Shaped[Array, "..."]) -> Local:
    """A value that no mutation changes, as a change."""

    def delta(rows: slice, low: int, high: int) -> Shaped[Array, "rows three ..."]:
        return jnp.zeros_like(like.delta(rows, low, high))

    return from_differences(like.span, Unmutated(array=array), delta)


_RULES: dict[str, Callable[[Equation, list[Any], Sequence[Unmutated]], list[Any]]] = {
    "mul": _factors,
    "div": _factors,
    "add": _sum,
    "sub": _sum,
    "reshape": _reshaped,
    "reduce_sum": _total,
    "reduce_max": _extreme,
    "reduce_min": _extreme,
    "dot_general": _product,
}
