"""`while` with a number of steps that is known while the program is read: it is read as the `scan` that it is."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.core import Tracer
from jax.extend import core as jex
from jax.interpreters.partial_eval import dce_jaxpr
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
    (seen,) = sources(condition.jaxpr)
    per_step = sources(body.jaxpr)
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
        consts, states = given[of_condition:][:of_body], given[of_condition + of_body :]
        steps = _count(test, body, given[:of_condition], consts, states, sorted(counted))

    def loop(*values: Array) -> list[Array]:
        shared = values[of_condition:][:of_body]
        states = list(values[of_condition + of_body :])
        return list(lax.scan(lambda own, _: (step(*shared, *own), None), states, None, length=steps)[0])

    return loop


def _count(
    test: Callable[..., Any],
    body: jex.ClosedJaxpr,
    of_condition: Sequence[Array],
    of_body: Sequence[Array],
    states: Sequence[Array],
    places: Sequence[int],
) -> int:
    """Steps of a loop, by those states alone that its condition follows from.

    The others stay as they are, and what makes new ones of them is left out: they are not the network's, and an inner
    loop over them might not end.
    """
    wanted = [place in places for place in range(len(states))]
    step = jex.jaxpr_as_fun(jex.ClosedJaxpr(dce_jaxpr(body.jaxpr, wanted, instantiate=True)[0], body.consts))

    def with_own(own: Sequence[Array]) -> list[Array]:
        found = list(states)
        for place, value in zip(places, own, strict=True):
            found[place] = value
        return found

    def advance(carried: tuple[Array, list[Array]]) -> tuple[Array, list[Array]]:
        return carried[0] + 1, list(step(*of_body, *with_own(carried[1])))

    count, _ = lax.while_loop(
        lambda carried: test(*of_condition, *with_own(carried[1]))[0],
        advance,
        (jnp.int32(0), [states[place] for place in places]),
    )
    return int(count)


def sources(jaxpr: Any) -> list[set[int]]:
    """Of each output the numbers of the inputs that it depends on."""
    found: dict[Any, set[int]] = {variable: {i} for i, variable in enumerate(jaxpr.invars)}

    def of(atom: Any) -> set[int]:
        return set() if isinstance(atom, jex.Literal) else found.get(atom, set())

    for eqn in jaxpr.eqns:
        sources = set().union(*map(of, eqn.invars))
        found.update((output, sources) for output in eqn.outvars)
    return [of(atom) for atom in jaxpr.outvars]
