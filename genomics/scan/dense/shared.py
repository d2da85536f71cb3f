"""A primitive on tracks: how all windows' values follow from one description of its columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Shaped

from genomics.scan.dense.tracked import Columns, NotSharedError, Tracked

#: (differences of the input, low, high) -> differences of the output columns low ... high - 1.
Differences = Callable[[Columns, int, int], Shaped[Array, "..."]]


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Each output column is a function of a few input columns, the same function for all but the first and last ones.

    Attributes:
      shape: of the output, as stored.
      axis: the output's shared axis.
      stride: input columns from one output column to the next; negative = backwards.
      needs: output column -> the input columns [low, high) that it reads, the same for all operands; columns outside
        of the input are padding.
      columns: (operands, low, high) -> output columns low ... high - 1 as (high - low, *rest, *batch), for any batch
        axes; called with low + 1 == high or with a block.
      uniform: the output columns [low, high) with the same function.
      differences: as `columns`, from the differences of two inputs to the difference of the outputs; None where that
        needs the values.
      view: the output's logical shape, where it is not the stored one.
    """

    shape: tuple[int, ...]
    axis: int
    stride: int
    needs: Callable[[int], tuple[int, int]]
    columns: Callable[[Sequence[Columns], int, int], Shaped[Array, "..."]]
    uniform: tuple[int, int]
    differences: Differences | None = None
    view: tuple[int, ...] | None = None

    @property
    def size(self) -> int:
        """Number of output columns."""
        return self.shape[self.axis]

    def changed(self, start: int, stop: int) -> tuple[int, int]:
        """The output columns that read any of the input columns [start, stop)."""
        found = [j for j in range(self.size) if self.needs(j)[0] < stop and start < self.needs(j)[1]]
        return (found[0], found[-1] + 1) if found else (0, 0)


def evaluate(shared: Shared, operands: Sequence[Tracked]) -> Tracked:
    """The outputs of all windows: shared columns as one track, the others for every window."""
    steps = {operand.step for operand in operands}
    if len(steps) > 1:
        raise NotSharedError("joins branches of different strides")
    windows = operands[0].windows
    interior = [j for j in range(*shared.uniform) if all(_inside(shared.needs(j), operand) for operand in operands)]
    read = lambda low, high: shared.columns([operand.columns() for operand in operands], low, high)  # noqa: E731
    left, right = (interior[0], interior[-1] + 1) if interior else (shared.size, shared.size)
    rest = (*shared.shape[: shared.axis], *shared.shape[shared.axis + 1 :])
    track, origin, step = jnp.zeros((*rest, 0)), 0, 1
    if interior:
        step = steps.pop() * shared.stride
        low, high = shared.needs(left)
        places = [[o.origin + o.step * j for j in (low, high - 1)] for o in operands]
        first = max(-min(ends) for ends in places)
        count = min(o.track.shape[-1] - max(ends) for o, ends in zip(operands, places, strict=True)) - first
        shifted = [
            Columns(start=0, stop=o.size, read=lambda a, b, o=o: o.along_track(a, b, first, count)) for o in operands
        ]
        track = shared.columns(shifted, left, left + 1)[0]
        origin = -first - step * left
    none = jnp.zeros((0, *rest, operands[0].count), track.dtype)
    return Tracked(
        shape=shared.shape,
        axis=shared.axis,
        windows=windows,
        track=track,
        origin=origin,
        step=step,
        left=read(0, left) if left else none,
        right=read(right, shared.size) if right < shared.size else none,
        view=shared.view,
        chosen=operands[0].chosen,
    )


def _inside(needed: tuple[int, int], operand: Tracked) -> bool:
    low, high = operand.shared
    return low <= needed[0] and needed[1] <= high
