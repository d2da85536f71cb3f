"""A layer with weights as relevance propagation sees it: one affine map, its bias and normalisation folded in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float

from genomics.attribution.fast_gradient import evaluate_with_fast_gradient
from genomics.tracing.columns.table import record
from genomics.tracing.elementwise import is_elementwise
from genomics.tracing.linear import is_affine, is_weighted
from genomics.tracing.program import Equation, Program, Variable

Values = Float[Array, "..."]


@dataclass(frozen=True, eq=False, kw_only=True)
class WeightedLayer:
    """`z = W a + b`: a convolution or matrix product, and the affine elementwise steps that follow it.

    The steps scale each output by some s, so that `W = s w` with the kernel w: `W+ = s+ w+ + s- w-` and
    `W- = s+ w- + s- w+`. That is the folding of a normalisation into the kernel, without writing the kernel anew.

    Attributes:
      head: the product with the kernel.
      tail: the steps after it, in order.
      kernel: the constant operand of the head.
      scale: s at every output.
      bias: b at every output.
    """

    head: Equation
    tail: tuple[Equation, ...]
    kernel: Values
    scale: Values
    bias: Values

    def full(self, a: Values) -> Values:
        """W a."""
        return self.scale * self._product(a, self.kernel)

    def positive(self, a: Values) -> Values:
        """W+ a, with the positive weights alone."""
        return self._split(a, jnp.maximum(self.kernel, 0), jnp.minimum(self.kernel, 0))

    def negative(self, a: Values) -> Values:
        """W- a, with the negative weights alone."""
        return self._split(a, jnp.minimum(self.kernel, 0), jnp.maximum(self.kernel, 0))

    def squared(self, a: Values) -> Values:
        """Every weight squared."""
        return self.scale**2 * self._product(a, self.kernel**2)

    def flat(self, a: Values) -> Values:
        """Every weight 1."""
        return self._product(a, jnp.ones_like(self.kernel))

    def _split(self, a: Values, same: Values, other: Values) -> Values:
        """`same` where the scale is positive, `other` where it is negative."""
        plain = jnp.maximum(self.scale, 0) * self._product(a, same)
        if not _may_scale(self.tail):
            return plain
        return plain + jnp.minimum(self.scale, 0) * self._product(a, other)

    def _product(self, a: Values, kernel: Values) -> Values:
        operands = [a, kernel] if self.head.live[0] else [kernel, a]
        (value,) = evaluate_with_fast_gradient(self.head, operands)
        return _run(self.tail, value, only_rearranging=True)


def read_layer(head: Equation, tail: Sequence[Equation]) -> WeightedLayer:
    """The affine map of a product with weights and the steps in `tail`, from `tails`."""
    output = head.outputs[0]
    bias = _run(tail, jnp.zeros(output.shape, output.dtype))
    scale = jnp.ones_like(bias)
    if _may_scale(tail):  # of what a mask makes infinite nothing is left
        scale = jnp.where(jnp.isinf(bias), 0, _run(tail, jnp.ones(output.shape, output.dtype)) - bias)
    kernel = next(operand for operand in head.operands if not isinstance(operand, Variable))
    return WeightedLayer(head=head, tail=tuple(tail), kernel=kernel, scale=scale, bias=bias)


def tails(program: Program) -> Mapping[Equation, tuple[Equation, ...]]:
    """For every product with constant weights the affine elementwise steps that follow it and nothing else reads."""
    readers: dict[Variable, list[Equation]] = {}
    for equation in program.equations:
        for operand in equation.operands:
            if isinstance(operand, Variable):
                readers.setdefault(operand, []).append(equation)
    results = {output for output in program.outputs if isinstance(output, Variable)}
    found = {}
    for head in program.equations:
        if not is_weighted(head):
            continue
        steps: list[Equation] = []
        value = head.outputs[0]
        while value not in results and len(readers.get(value, [])) == 1 and _continues(readers[value][0]):
            steps.append(readers[value][0])
            value = steps[-1].outputs[0]
        found[head] = tuple(steps)
    return found


def _continues(equation: Equation) -> bool:
    if sum(equation.live) != 1:
        return False
    return _rearranges(equation) or (is_elementwise(equation) and is_affine(equation))


def _may_scale(tail: Sequence[Equation]) -> bool:
    """Whether a step does more than add."""
    adds = ("add", "sub")
    return any(not (_rearranges(e) or e.primitive in adds) or (e.primitive == "sub" and not e.live[0]) for e in tail)


def _rearranges(equation: Equation) -> bool:
    """Whether it puts every element in another place and loses none."""
    return record(equation.primitive).rearranges


def _run(tail: Sequence[Equation], value: Values, only_rearranging: bool = False) -> Values:
    for equation in tail:
        if only_rearranging and not _rearranges(equation):
            continue
        operands = [value if live else o for o, live in zip(equation.operands, equation.live, strict=True)]
        (value,) = equation.evaluate(*operands)
    return value
