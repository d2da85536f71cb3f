"""`while` with a number of steps that is known while the program is read: it is read as the `scan` that it is."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import Tracer
from jax.extend import core as jex
from jaxtyping import Array


def as_scan(eqn: Any, operands: Sequence[Any]) -> Callable[..., list[Array]] | None:
    """A `while` as a function that loops by `lax.scan`.

    The number of steps is known where the condition, and whatever of the state it follows from, depends on numbers
    alone that are known: a counter, and its bounds. Those are counted through here; the rest of the state is not.

    Args:
      eqn: the `while`.
      operands: arrays where they are known; anything else where they depend on the sequence.

    Returns:
      (operands) -> the states after the last step; None where the number of steps is not known.
    """
    condition, body = eqn.params["cond_jaxpr"], eqn.params["body_jaxpr"]
    of_condition, of_body = eqn.params["cond_nconsts"], eqn.params["body_nconsts"]
    (seen,) = _sources(condition.jaxpr)
    per_step = _sources(body.jaxpr)
    arrays = {i for i, operand in enumerate(operands) if isinstance(operand, jax.Array)}
    known = {i for i in arrays if not isinstance(operands[i], Tracer)}
    waiting, counted = [i - of_condition for i in seen if i >= of_condition], set[int]()
    needed = {i for i in seen if i < of_condition}
    while waiting:
        state = waiting.pop()
        if state not in counted:
            counted.add(state)
            needed |= {of_condition + of_body + state, *(of_condition + i for i in per_step[state] if i < of_body)}
            waiting += [i - of_body for i in per_step[state] if i >= of_body]
    if not needed <= known:
        return None
    test, step = jex.jaxpr_as_fun(condition), jex.jaxpr_as_fun(body)

    def own(place: int, operand: Any) -> Array:  # what the condition does not follow from may be anything
        return operand if place in known else jnp.zeros(operand.shape, operand.dtype)

    with jax.ensure_compile_time_eval():
        given = [own(place, operand) for place, operand in enumerate(operands)]
        count, _ = lax.while_loop(
            lambda carried: test(*given[:of_condition], *carried[1])[0],
            lambda carried: (carried[0] + 1, step(*given[of_condition:][:of_body], *carried[1])),
            (jnp.int32(0), given[of_condition + of_body :]),
        )
        steps = int(count)

    def loop(*values: Array) -> list[Array]:
        shared = values[of_condition:][:of_body]
        states = list(values[of_condition + of_body :])
        return list(lax.scan(lambda own, _: (step(*shared, *own), None), states, None, length=steps)[0])

    return loop


def _sources(jaxpr: Any) -> list[set[int]]:
    """Of each output the numbers of the inputs that it depends on."""
    found: dict[Any, set[int]] = {variable: {i} for i, variable in enumerate(jaxpr.invars)}

    def of(atom: Any) -> set[int]:
        return set() if isinstance(atom, jex.Literal) else found.get(atom, set())

    for eqn in jaxpr.eqns:
        sources = set().union(*map(of, eqn.invars))
        found.update((output, sources) for output in eqn.outvars)
    return [of(atom) for atom in jaxpr.outvars]
