"""`scan`, taken apart: what one step depends on, its states, and a pass backwards through all steps.

A pass backwards keeps the states between steps and nothing else, so that its memory is that of the states: what
happens within a step is computed anew from the state before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import lax
from jax.extend import core as jex
from jaxtyping import Array

from genomics.tracing.counted import sources
from genomics.tracing.program import Equation, Program, read_body


@dataclass(frozen=True, eq=False, kw_only=True)
class Loop:
    """A `scan` equation. Its operands and the inputs of its body are constants, states and rows, in this order.

    Attributes:
      equation: the `scan`.
      constants: how many operands are the same in every step.
      states: how many are handed from step to step.
      live: which inputs of the body depend on the sequence, in some step.
    """

    equation: Equation
    constants: int
    states: int
    live: tuple[bool, ...]

    def states_before(self, operands: Sequence[Array]) -> list[Array]:
        """The states that each step begins with, (steps, *state) each."""
        fixed, start = operands[: self.constants], operands[self.constants :][: self.states]
        body = jex.jaxpr_as_fun(self.equation.params["jaxpr"])

        def step(state: Sequence[Array], rows: Sequence[Array]) -> tuple[list[Array], Sequence[Array]]:
            return body(*fixed, *state, *rows)[: self.states], state

        rows = list(operands[self.constants + self.states :])
        _, before = lax.scan(step, list(start), rows, length=self._steps, reverse=self._reverse)
        return list(before)

    def body(self, values: Sequence[Array]) -> Program:
        """One step as a program of its live inputs, the others being `values`."""
        given = [None if live else value for value, live in zip(values, self.live, strict=True)]
        return read_body(self.equation.params["jaxpr"], given, self.equation)

    def backwards(
        self,
        constants: Sequence[Any],
        steps: Sequence[Any],
        incoming: Sequence[Array],
        pull: Callable[[Sequence[Any], Sequence[Array]], Sequence[Array]],
    ) -> list[Array]:
        """Brings what belongs to the outputs of the loop (multipliers, relevance) back to its live operands.

        Args:
          constants: of each constant of the body what `pull` wants to know of it; any pytree.
          steps: the same of each state before each step and of each row, with a leading axis of steps.
          incoming: one array for each output of the equation.
          pull: (of each input of the body in one step, of each of its outputs) -> of each live input of the body. What
            comes in for a state that is not live means nothing.

        Returns:
          One array for each live operand.
        """
        shared, own = self.live[: self.constants], self.live[self.constants :]

        def step(carried: tuple[list[Array], list[Array]], given: Any) -> tuple[Any, list[Array]]:
            states, sums = carried
            values, of_rows = given
            pulled = iter(pull([*constants, *values], [*states, *of_rows]))
            sums = [total + next(pulled) for total in sums]
            live = own[: self.states]
            states = [next(pulled) if is_live else state for state, is_live in zip(states, live, strict=True)]
            return (states, sums), list(pulled)

        operands = self.equation.operands
        zeros = [
            jnp.zeros(operand.shape, real_dtype(operand.dtype))
            for operand, live in zip(operands, shared, strict=False)
            if live
        ]
        start = (list(incoming[: self.states]), zeros)
        given = (list(steps), list(incoming[self.states :]))
        (states, sums), rows = lax.scan(step, start, given, length=self._steps, reverse=not self._reverse)
        states = [state for state, live in zip(states, self.equation.live[self.constants :], strict=False) if live]
        return [*sums, *states, *rows]

    @property
    def _steps(self) -> int:
        return self.equation.params["length"]

    @property
    def _reverse(self) -> bool:
        return self.equation.params["reverse"]


def real_dtype(dtype: Any) -> Any:
    """Truth values and integers have differences and relevance that are numbers."""
    return dtype if jnp.issubdtype(dtype, jnp.inexact) else jnp.result_type(float)


def constants_and_states(parameters: Mapping[str, Any]) -> tuple[int, int]:
    """Of a `scan`, how many operands are constants, and how many after them the states before its first step."""
    if "num_consts" in parameters:  # JAX 0.10 and 0.11
        return parameters["num_consts"], parameters["num_carry"]
    constants, states, _ = (len(list(each)) for each in parameters["ft_in"].unpack())  # 0.12
    return constants, states


def read_loop(equation: Equation) -> Loop:
    """Takes a `scan` apart: a state is live where its start is, or where any step makes it so."""
    parameters = equation.params
    constants, states = constants_and_states(parameters)
    live = list(equation.live)
    read = sources(parameters["jaxpr"].jaxpr)[:states]
    while True:
        after = [any(live[i] for i in each) for each in read]
        own = [a or b for a, b in zip(live[constants : constants + states], after, strict=True)]
        if own == live[constants : constants + states]:
            return Loop(equation=equation, constants=constants, states=states, live=tuple(live))
        live[constants : constants + states] = own
