"""Recurrences, `lax.scan` along the changed axis: the states before a mutation are the reference's.

From the first changed column on, the state differs, and the steps are taken again for every mutant. What a step makes
of its column alone (an LSTM's product of inputs and weights) is not: it is made once of the reference, and of the
changed columns of each mutant.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend import core as jex
from jaxtyping import Array, Int, Shaped

from genomics.mutagenesis.incremental.change import Local, Whole
from genomics.mutagenesis.incremental.described import together
from genomics.mutagenesis.incremental.span import ALL, NotLocalError
from genomics.mutagenesis.incremental.unmutated import Unmutated
from genomics.tracing.loops import constants_and_states
from genomics.tracing.program import Equation

#: Rows are run in groups, each from its earliest start: so many, if all starts occur.
_GROUPS = 8
#: Mutants that a group must hold, for products that are worth their overhead.
_LEAST = 64


def recur(equation: Equation, operands: Sequence[Any], references: Sequence[Unmutated]) -> list[Whole]:
    """`scan` whose columns, and nothing else, depend on the sequence; of either direction."""
    params = equation.params
    constants, states_count = constants_and_states(params)
    fixed = constants + states_count
    if any(isinstance(operand, Local) for operand in operands[:fixed]):
        raise NotLocalError("starts from a state, or has weights, that depend on the sequence")
    changes = [operand for operand in operands if isinstance(operand, Local)]
    if any(change.span.axis != 0 or change.view is not None for change in changes):
        raise NotLocalError("goes along another axis than the sequence's")
    operands = together(operands)
    body = _Body.of(params["jaxpr"], operands[:constants], states_count)
    columns = operands[fixed:]
    span = next(operand.span for operand in columns if isinstance(operand, Local))
    length, reverse = params["length"], params["reverse"]

    plain = [o.reference.array if isinstance(o, Local) else o for o in columns]
    own = jax.vmap(body.of_column)(plain)
    initial = operands[constants:fixed]
    states = _states(body, initial, own, reverse)

    def changed(rows: slice) -> list[Shaped[Array, "rows three w ..."]]:
        windows = [_window(o, span, rows) for o in columns]
        live = [0 if isinstance(o, Local) else None for o in columns]
        by_column = jax.vmap(lambda *column: body.of_column(list(column)))
        variants = jax.vmap(by_column, in_axes=live) if None in live else jax.vmap(by_column)
        return jax.vmap(variants)(*windows)

    starts = span.columns(ALL, 0, 1)[:, 0]
    parts = []
    for rows in _groups(span.starts, length):
        least, most = int(span.starts[rows].min()), int(span.starts[rows].max())
        shift = span.unit * span.block if span.unit else 0
        # The first step at which one of these rows differs.
        first = length - (most + span.width) - shift if reverse else least + shift
        first = jnp.clip(first, 0, length) if span.unit else min(max(first, 0), length)
        run = _Run(body=body, own=own, windows=changed(rows), starts=jnp.asarray(starts[rows]), reverse=reverse)
        parts.append(run.of(first, length, states, [r.array for r in references]))
    joined = [jnp.concatenate(each) for each in zip(*parts, strict=True)]
    return [Whole(reference=reference, data=data) for reference, data in zip(references, joined, strict=True)]


def _groups(starts: Int[np.ndarray, " rows"], length: int) -> list[slice]:
    """Runs of neighbouring rows, short in comparison with the steps that are left out before their starts."""
    rows = len(starts)
    most = max(1, 3 * rows // _LEAST)
    count = min(most, max(1, -(-_GROUPS * int(np.ptp(starts)) // max(length, 1))))
    bounds = [round(i * rows / count) for i in range(count + 1)]
    return [slice(a, b) for a, b in itertools.pairwise(bounds)]


def _window(operand: Any, span: Any, rows: slice) -> Shaped[Array, "rows ..."]:
    """The changed columns of an operand; of a constant, what stands there."""
    if isinstance(operand, Local):
        return operand.value(rows, 0, span.width)
    return Unmutated(array=operand).window(replace(span, axis=0), rows, 0, span.width)[:, 0]


def _states(body: "_Body", initial: Sequence[Array], own: Sequence[Array], reverse: bool) -> list[Shaped[Array, "..."]]:
    """The reference's state before every step, and after the last."""
    last, before = lax.scan(lambda state, x: (body.step(state, x)[0], state), list(initial), list(own), reverse=reverse)
    if reverse:
        before = [states[::-1] for states in before]
    return [jnp.concatenate([states, end[None]]) for states, end in zip(before, last, strict=True)]


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The steps of a group of rows.

    Attributes:
      body: of the recurrence.
      own: of every column, what the body makes of it alone, in the reference.
      windows: the same of the changed columns, (rows, 3, w, ...).
      starts: the first changed column of each row.
      reverse: whether steps go from the last column to the first.
    """

    body: "_Body"
    own: Sequence[Shaped[Array, "n ..."]]
    windows: Sequence[Shaped[Array, "rows three w ..."]]
    starts: Int[Array, " rows"]
    reverse: bool

    def of(
        self, first: int | Int[Array, ""], length: int, states: Sequence[Array], references: Sequence[Array]
    ) -> list[Shaped[Array, "rows three ..."]]:
        """The outputs (final state, then columns), the steps before `first` taken from the reference."""
        lead = self.windows[0].shape[:2] if self.windows else (len(self.starts), 3)
        spread = lambda array: jnp.broadcast_to(array, (*lead, *array.shape))  # noqa: E731
        state = [spread(jnp.asarray(each)[first]) for each in states]
        outputs = [
            jnp.broadcast_to(array[:, None, None], (length, *lead, *array.shape[1:]))
            for array in references[len(state) :]
        ]

        def step(number: Int[Array, ""], carried: tuple[list[Array], list[Array]]) -> tuple[list[Array], list[Array]]:
            state, outputs = carried
            column = length - 1 - number if self.reverse else number
            new, results = jax.vmap(jax.vmap(self.body.step))(state, self._at(column))
            outputs = [
                lax.dynamic_update_index_in_dim(array, result, column, 0)
                for array, result in zip(outputs, results, strict=True)
            ]
            return new, outputs

        state, outputs = lax.fori_loop(first, length, step, (state, outputs))
        return [*state, *(jnp.moveaxis(array, 0, 2) for array in outputs)]

    def _at(self, column: Int[Array, ""]) -> list[Shaped[Array, "rows three ..."]]:
        """What the body makes of one column alone, for every mutant."""
        place = column - self.starts
        found = []
        for own, window in zip(self.own, self.windows, strict=True):
            width, shape = window.shape[2], (-1, *(1,) * (window.ndim - 2))
            here = jnp.broadcast_to(own[column], window.shape[:2] + window.shape[3:])
            for i in range(width):
                here = jnp.where((place == i).reshape(shape), window[:, :, i], here)
            found.append(here)
        return found


@dataclass(frozen=True, kw_only=True)
class _Body:
    """A step in two parts.

    Attributes:
      of_column: what follows from the step's columns alone.
      step: (state, what followed from the columns) -> (new state, outputs).
    """

    of_column: Callable[[list[Array]], list[Array]]
    step: Callable[[list[Array], list[Array]], tuple[list[Array], list[Array]]]

    @classmethod
    def of(cls, closed: Any, weights: Sequence[Array], carried: int) -> "_Body":
        """Splits a scan's body."""
        jaxpr, count = closed.jaxpr, len(weights)
        known = dict(zip([*jaxpr.constvars, *jaxpr.invars[:count]], [*closed.consts, *weights], strict=True))
        state, columns = jaxpr.invars[count : count + carried], jaxpr.invars[count + carried :]
        of_state, of_columns = set(state), set(columns)
        first, second = [], []
        for eqn in jaxpr.eqns:
            reads = {v for v in eqn.invars if not isinstance(v, jex.Literal)}
            if reads & of_state:
                of_state |= set(eqn.outvars)
                second.append(eqn)
            elif reads & of_columns:
                of_columns |= set(eqn.outvars)
                first.append(eqn)
            else:
                _evaluate([eqn], known)
        needed = [v for eqn in second for v in eqn.invars] + list(jaxpr.outvars)
        handed = [v for v in dict.fromkeys(v for v in needed if not isinstance(v, jex.Literal)) if v in of_columns]

        def of_column(values: list[Array]) -> list[Array]:
            found = {**known, **dict(zip(columns, values, strict=True))}
            _evaluate(first, found)
            return [found[v] for v in handed]

        def step(before: list[Array], values: list[Array]) -> tuple[list[Array], list[Array]]:
            found = {**known, **dict(zip(state, before, strict=True)), **dict(zip(handed, values, strict=True))}
            _evaluate(second, found)
            results = [jnp.asarray(_read(found, v), v.aval.dtype) for v in jaxpr.outvars]
            return results[:carried], results[carried:]

        return cls(of_column=of_column, step=step)


def _evaluate(eqns: Sequence[Any], found: dict[Any, Any]) -> None:
    """Adds what equations of a jaxpr give to the values that are known."""
    for eqn in eqns:
        operands = [_read(found, v) for v in eqn.invars]
        results = eqn.primitive.bind(*operands, **eqn.primitive.get_bind_params(eqn.params))
        found.update(zip(eqn.outvars, results if eqn.primitive.multiple_results else [results], strict=True))


def _read(found: dict[Any, Any], v: Any) -> Any:
    return v.val if isinstance(v, jex.Literal) else found[v]
