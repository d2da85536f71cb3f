"""What a record of a primitive holds: how its outputs run along the sequence, and what kind of function it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import jax
import numpy as np
from jaxtyping import Array, Shaped

from genomics.tracing.program import Equation

#: (columns of the operands, each in its own layout with `batch` more axes behind; batch = 0) -> columns of the output,
#: with these axes behind. Constants have no batch axes.
Block = Callable[..., Shaped[Array, "..."]]


class NotColumnsError(Exception):
    """An output does not run along the sequence as its operands do; the text completes "PRIMITIVE at LINE ..."."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """Output column j reads the input columns (j * stride - low + t * dilation) / base, 0 <= t < taps.

    Attributes:
      taps: columns that are read.
      stride: from one output column to the next.
      dilation: from one tap to the next.
      low: columns of padding before the first.
      base: 1 + the holes between input columns (`lhs_dilation`); columns at holes do not exist.
    """

    taps: int = 1
    stride: int = 1
    dilation: int = 1
    low: int = 0
    base: int = 1

    @property
    def extent(self) -> int:
        """Input columns from the first to the last one read."""
        return (self.taps - 1) * self.dilation + 1

    @property
    def by_itself(self) -> bool:
        """Whether each output column reads one input column, and neighbours read neighbours."""
        return self.taps == self.stride == self.base == 1

    def needs(self, column: int) -> tuple[int, int]:
        """The input columns [first, last) that an output column reads; base 1."""
        first = column * self.stride - self.low
        return first, first + self.extent


@dataclass(frozen=True, kw_only=True)
class Along:
    """How one output of an equation runs along the sequence, its operands doing so along given axes.

    Attributes:
      axis: the output's axis.
      size: its length, the number of output columns.
      window: which input columns an output column reads; of all operands the same.
      flips: whether output column j reads input column n - 1 - j instead.
      aligned: for each operand the axis along which its columns go with the output's; None for a constant that all
        columns share.
      block: evaluates neighbouring output columns from the input columns that they read, those in the padding being
        `fill`: any number of columns, along the axes of `aligned`; constants without columns entire.
      differences: the same for differences of the operands, padding being 0; None where they do not suffice: the
        output must be affine in the live operands together.
      fill: what a column in the padding counts as, a scalar: 0, an infinity; None where there is none to be read.
    """

    axis: int
    size: int
    block: Block
    aligned: tuple[int | None, ...]
    window: Window = field(default_factory=Window)
    flips: bool = False
    fill: Shaped[Array | np.ndarray, ""] | None = None
    differences: Block | None = None


#: (equation, for each operand the axis along which it runs with the sequence, None for constants) -> its outputs.
#: Raises NotColumnsError.
Outputs = Callable[[Equation, tuple[int | None, ...]], tuple[Along, ...]]


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of a primitive.

    Attributes:
      along: how its outputs run along the sequence; None where nothing is known, or `elementwise` says it.
      elementwise: each element of the output depends on the same element of every operand, and its parameters name no
        shape.
      affine: the operands in which, taken together, it is affine while the others are constant; None = all; empty =
        none.
      product: linear in each of two operands.
      weighted: a product with a kernel: a layer that carries a network's weights.
      sums: an output is a sum of several values that it is affine in.
      maximum: 1 for a maximum, -1 for a minimum, 0 otherwise.
      rearranges: every element of the operand stands somewhere in the output, once, and nothing else does.
    """

    along: Outputs | None = None
    elementwise: bool = False
    affine: frozenset[int] | None = frozenset()
    product: bool = False
    weighted: bool = False
    sums: bool = False
    maximum: int = 0
    rearranges: bool = False


def single(equation: Equation, axes: tuple[int | None, ...]) -> tuple[int, int]:
    """The one operand that depends on the sequence, and its axis.

    Raises:
      NotColumnsError: several do.
    """
    live = [i for i, is_live in enumerate(equation.live) if is_live]
    if len(live) > 1:
        raise NotColumnsError("combines several values that depend on the sequence")
    axis = axes[live[0]]
    assert axis is not None
    return live[0], axis


def by_itself(
    equation: Equation, axes: tuple[int | None, ...], axis: int, block: Block, *, output: int = 0, linear: bool = False
) -> Along:
    """Every column by itself, the constants shared by all."""
    size = equation.outputs[output].shape[axis]
    return Along(axis=axis, size=size, block=block, aligned=axes, differences=block if linear else None)


def evaluated(equation: Equation, output: int = 0) -> Block:
    """The primitive itself, for those whose parameters name no size of the axis."""

    def block(operands: Sequence[Shaped[Array, "..."]], batch: int = 0) -> Shaped[Array, "..."]:
        apply = lambda *blocks: equation.evaluate(*blocks)[output]  # noqa: E731
        for _ in range(batch):
            apply = jax.vmap(apply, in_axes=[-1 if live else None for live in equation.live], out_axes=-1)
        return apply(*operands)

    return block


def resized(shape: Sequence[int], axis: int, size: int) -> tuple[int, ...]:
    """A shape with another size of one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])
