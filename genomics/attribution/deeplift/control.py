"""Loops and branches: the rules of what they hold, step by step and branch by branch.

No rule of the original's reaches here. A loop (`scan`) is the network that its steps make one after the other: each
step is linearised between its own states at the sequence and at the reference, and multipliers go backwards from step
to step, those of the states added to those of the outputs. The steps' rules are complete, so the loop's is.
"""

from collections.abc import Callable, Mapping, Sequence

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from genomics.attribution.deeplift.linear import derivative
from genomics.attribution.deeplift.value import Delta, Frozen, Linear, real, total
from genomics.tracing.loops import read_loop
from genomics.tracing.program import Equation, Program, read_body, trace

#: Multipliers of the outputs of a program -> multipliers of its inputs, all whole.
Pull = Callable[[Sequence[Array]], list[Array]]

#: A program and its inputs -> its linearisation, backwards.
Inside = Callable[[Program, Sequence[Frozen]], Pull]

ControlRule = Callable[[Equation, Sequence[Frozen | Array], Sequence[Frozen], Inside, bool], Linear]


def loop(
    equation: Equation,
    operands: Sequence[Frozen | Array],
    outputs: Sequence[Frozen],
    inside: Inside,
    is_complete: bool,
) -> Linear:
    """`scan`. Kept are the states between steps, at the sequence and at the reference."""
    taken = read_loop(equation)
    at_x = [operand.x if isinstance(operand, Frozen) else operand for operand in operands]
    at_r = [operand.r if isinstance(operand, Frozen) else operand for operand in operands]
    fixed, states = taken.constants, taken.constants + taken.states
    both = zip(
        [*at_x[:fixed], *taken.states_before(at_x), *at_x[states:]],
        [*at_r[:fixed], *taken.states_before(at_r), *at_r[states:]],
        taken.live,
        strict=True,
    )
    pairs = [(x, r if live else None) for x, r, live in both]

    def pull_step(values: Sequence[tuple[Array, Array | None]], incoming: Sequence[Array]) -> list[Array]:
        body = taken.body([x for x, _ in values])
        return inside(body, [Frozen(x=x, r=r) for x, r in values if r is not None])(incoming)

    def pull(multipliers: Sequence[Delta]) -> list[Delta]:
        whole = [total(multiplier) for multiplier in multipliers]
        return [*taken.backwards(pairs[:fixed], pairs[fixed:], whole, pull_step)]

    return Linear(push=_backwards_only, pull=pull)


def branch(
    equation: Equation,
    operands: Sequence[Frozen | Array],
    outputs: Sequence[Frozen],
    inside: Inside,
    is_complete: bool,
) -> Linear:
    """`cond` and `switch`: Shapley values of two players, the choice and all that the branches read.

    With the branch A at the sequence and B at the reference what they read is credited with
    `½ [A(x) - A(r) + B(x) - B(r)]`, handed on by each branch's own rules, and the choice with
    `½ [A(x) - B(x) + A(r) - B(r)]`: nothing where A is B.
    """
    index, *rest = operands
    i, j = (index.x, index.r) if isinstance(index, Frozen) else (index, index)
    given = [None if isinstance(operand, Frozen) else operand for operand in rest]
    sources = [operand for operand in rest if isinstance(operand, Frozen)]
    pulls = [inside(read_body(body, given, equation), sources) for body in equation.params["branches"]]
    share = 0.5 if is_complete else 1.0
    shares = [share * (i == k) + (share * (j == k) if is_complete else 0) for k in range(len(pulls))]
    at_x, at_r = ([getattr(o, side) if isinstance(o, Frozen) else o for o in rest] for side in ("x", "r"))
    mixed = zip(outputs, equation.evaluate(j, *at_x), equation.evaluate(i, *at_r), strict=True)
    credits = [0.5 * (real(y.x) - real(b_x) + real(a_r) - real(y.r)) for y, b_x, a_r in mixed]

    def of_choice(multipliers: Sequence[Float[Array, "..."]]) -> Float[Array, ""]:
        """A multiplier of the branch's number."""
        earned = sum(((credit * m).sum() for credit, m in zip(credits, multipliers, strict=True)), jnp.zeros(()))
        steps = real(i) - real(j)
        return jnp.where(steps == 0, 0, earned / jnp.where(steps == 0, 1, steps)) * (1 if is_complete else 0)

    def pull(multipliers: Sequence[Delta]) -> list[Delta]:
        whole = [total(multiplier) for multiplier in multipliers]
        # A branch that is not taken may hold anything, also what is not finite.
        parts = [
            [jnp.where(share > 0, share * part, 0) for part in pull(whole)]
            for share, pull in zip(shares, pulls, strict=True)
        ]
        found = [of_choice(whole)] if isinstance(index, Frozen) else []
        return [*found, *(jnp.stack(own).sum(0) for own in zip(*parts, strict=True))]

    return Linear(push=_backwards_only, pull=pull)


def accumulated(
    equation: Equation,
    operands: Sequence[Frozen | Array],
    outputs: Sequence[Frozen],
    inside: Inside,
    is_complete: bool,
) -> Linear:
    """`cumprod`, `cumlogsumexp`: the loop that they are.

    A step is a product, by Shapley values, or `log(e^a + e^b) = a + softplus(b - a)`, an activation of a difference.
    """
    if not is_complete:
        return derivative(equation, operands)
    (operand,) = operands
    assert isinstance(operand, Frozen)
    axis, reverse = equation.params["axis"], equation.params["reverse"]
    of_exponentials = lambda a, b: a + jax.nn.softplus(b - a)  # noqa: E731
    combine = jnp.multiply if equation.primitive == "cumprod" else of_exponentials

    def as_loop(values: Array) -> Array:
        rows = jnp.moveaxis(values, axis, 0)
        rows = rows[::-1] if reverse else rows
        step = lambda total, row: (total := combine(total, row), total)  # noqa: E731
        found = jnp.concatenate([rows[:1], lax.scan(step, rows[0], rows[1:])[1]])
        return jnp.moveaxis(found[::-1] if reverse else found, 0, axis)

    pull_whole = inside(trace(as_loop, operand.x), [operand])
    return Linear(push=_backwards_only, pull=lambda multipliers: [*pull_whole([total(each) for each in multipliers])])


#: Primitive -> rule.
CONTROL_RULES: Mapping[str, ControlRule] = {
    "scan": loop,
    "cond": branch,
    "cumprod": accumulated,
    "cumlogsumexp": accumulated,
}


def _backwards_only(deltas: Sequence[Delta]) -> list[Delta]:
    raise AssertionError("a loop or branch is linearised backwards only")
