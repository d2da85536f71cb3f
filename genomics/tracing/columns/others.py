"""Primitives that act along other axes than the sequence's: every column by itself."""

from genomics.tracing.columns.record import Along, NotColumnsError, Record, by_itself, evaluated, single
from genomics.tracing.program import Equation


def reduction(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """Reductions over the axes that the parameter `axes` lists."""
    _, axis = single(equation, axes)
    gone = equation.params["axes"]
    if axis in gone:
        raise NotColumnsError("reduces the columns")
    new = axis - sum(other < axis for other in gone)
    linear = equation.primitive == "reduce_sum"
    return (by_itself(equation, axes, new, evaluated(equation), linear=linear),)


def running(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """Scans, sorts and the largest k along one axis; several operands are sorted together."""
    (axis, *different) = {axis for axis in axes if axis is not None}
    if different or not all(equation.live):
        raise NotColumnsError("combines values whose columns lie on different axes")
    if equation.primitive == "top_k":
        own = equation.params.get("axis", len(equation.operands[0].shape) - 1) % len(equation.operands[0].shape)
    else:
        own = equation.params.get("axis", equation.params.get("dimension"))
    if own == axis:
        raise NotColumnsError("goes from column to column")
    linear = equation.primitive == "cumsum"
    return tuple(
        by_itself(equation, axes, axis, evaluated(equation, i), output=i, linear=linear)
        for i in range(len(equation.outputs))
    )


def product(equation: Equation, axes: tuple[int | None, ...]) -> tuple[Along, ...]:
    """`dot_general`: an axis that is not summed over is kept; weights may have columns of their own."""
    contracted, batch = equation.params["dimension_numbers"]
    places = set()
    for i, axis in enumerate(axes):
        if axis is None:
            continue
        if axis in contracted[i]:
            raise NotColumnsError("sums over the columns")
        if axis in batch[i]:
            places.add(tuple(batch[i]).index(axis))
            continue
        free = [a for a in range(len(equation.operands[i].shape)) if a not in (*contracted[i], *batch[i])]
        before = len(batch[0])
        if i == 1:
            before += len(equation.operands[0].shape) - len(contracted[0]) - len(batch[0])
        places.add(before + free.index(axis))
    if len(places) > 1:
        raise NotColumnsError("multiplies columns with each other")
    (place,) = places
    aligned = axes
    if place < len(batch[0]):
        aligned = tuple(own[place] for own in batch)
    elif all(equation.live):
        raise NotColumnsError("multiplies columns with each other")
    block = evaluated(equation)
    linear = sum(equation.live) == 1 and aligned == axes
    return (
        Along(
            axis=place,
            size=equation.outputs[0].shape[place],
            block=block,
            aligned=aligned,
            differences=block if linear else None,
        ),
    )


RECORDS: dict[str, Record] = {
    **{name: Record(along=reduction) for name in ("argmax", "argmin", "reduce_and", "reduce_or", "reduce_prod")},
    **{name: Record(along=running) for name in ("cumlogsumexp", "cummax", "cummin", "cumprod", "sort", "top_k")},
    "cumsum": Record(along=running, affine=None, sums=True),
    "fft": Record(affine=None, sums=True),
    "dot_general": Record(along=product, product=True, weighted=True),
    "reduce_max": Record(along=reduction, maximum=1),
    "reduce_min": Record(along=reduction, maximum=-1),
    "reduce_sum": Record(along=reduction, affine=None, sums=True),
}
