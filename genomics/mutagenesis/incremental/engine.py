"""Evaluates a program on the mutants of a sequence, carrying what each mutation changes."""

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging
from jaxtyping import Array, Float, Int

from genomics.mutagenesis.incremental.change import Local, Reference, Table, Whole, from_table, from_value, store, whole
from genomics.mutagenesis.incremental.interval import Interval, NotLocalError
from genomics.mutagenesis.incremental.rules import apply
from genomics.mutagenesis.table import ALTERNATIVES
from genomics.tracing.program import Equation, Program, Variable, walk

#: A change of this share of the columns counts as one of all.
_WIDEST = 0.75


def references(program: Program, x: Float[Array, "L 4"]) -> dict[Variable, Array]:
    """All values of the program without mutations."""
    values = {program.input: x}

    def step(equation: Equation, operands: list[Any]) -> list[Array]:
        outputs = equation.evaluate(*operands)
        values.update(zip(equation.outputs, outputs, strict=True))
        return outputs

    walk(program, x, step)
    return values


def mutated(
    program: Program,
    values: dict[Variable, Array],
    codes: Int[Array, " rows"],
    *,
    block: int | Int[Array, ""] = 0,
    blocks: int = 1,
) -> Float[Array, "rows 3 ..."]:
    """The program's output for all substitutions at a block of positions.

    Args:
      program: of the network.
      values: from `references`.
      codes: the reference bases of the block, 0..3.
      block: the number of the block: positions block * rows ... (block + 1) * rows - 1.
      blocks: how many blocks there are.

    Returns:
      The output for each position and each of its 3 alternatives, in order of `table.alternative_codes`.
    """
    rows = len(codes)
    positions = np.arange(rows)
    interval = Interval(
        axis=0,
        size=program.input.shape[0],
        starts=positions,
        width=1,
        block=block,
        last=(program.input.shape[0] - 1 - positions) // rows,  # the last block may be filled up with no positions
        unit=rows if blocks > 1 else 0,
    )
    bases = jnp.eye(4, dtype=program.input.dtype)
    entries = jnp.stack([bases[(was + np.arange(1, 1 + ALTERNATIVES)) % 4] - bases[was] for was in range(4)])
    table = Table(codes=codes, entries=entries[:, :, None])
    start = from_table(interval, Reference(array=values[program.input]), table)
    return propagated(program, values, start, (rows, ALTERNATIVES))


def replaced(
    program: Program,
    values: dict[Variable, Array],
    windows: Float[Array, "rows variants w 4"],
    starts: Int[np.ndarray, " rows"],
) -> Float[Array, "rows variants ..."]:
    """The program's output where windows of the sequence are replaced.

    Args:
      program: of the network.
      values: from `references`.
      windows: what to put in; what lies outside of the sequence is left out.
      starts: the first position of each window.

    Returns:
      The output for each window and each of its variants.
    """
    interval = Interval(
        axis=0,
        size=program.input.shape[0],
        starts=starts,
        width=windows.shape[2],
        block=0,
        last=np.zeros(1, np.int64),
        unit=0,
    )
    start = from_value(interval, Reference(array=values[program.input]), windows)
    return propagated(program, values, start, windows.shape[:2])


def propagated(
    program: Program, values: dict[Variable, Array], start: Local, variants: tuple[int, ...]
) -> Float[Array, "rows variants ..."]:
    """The program's output for changes of its input.

    Args:
      program: of the network.
      values: from `references`.
      start: the input's changes.
      variants: their leading axes: rows, and variants of each.

    Returns:
      (rows, variants, *output).
    """
    uses = Counter(o for e in program.equations for o in e.operands if isinstance(o, Variable))
    reasons = []

    def step(equation: Equation, operands: list[Any]) -> Sequence[Local | Whole]:
        outputs = [Reference(array=values[output]) for output in equation.outputs]
        if any(isinstance(operand, Local) for operand in operands):
            try:
                changes = apply(equation, operands, outputs)
            except NotLocalError as error:
                reasons.append((equation, str(error)))
            else:
                if any(_is_nearly_whole(change) for change in changes):
                    reasons.append((equation, "carries a mutation to most of its output"))
                return [_settled(c, uses[o]) for c, o in zip(changes, equation.outputs, strict=True)]
        return _in_full(equation, operands, outputs)

    result = walk(program, start, step)
    if reasons:
        equation, reason = reasons[0]
        announce(equation.primitive, equation.where, reason)
    if isinstance(result, Local | Whole):
        return whole(result).data
    return jnp.broadcast_to(result, (*variants, *result.shape))


def _is_nearly_whole(change: Local | Whole) -> bool:
    return isinstance(change, Local) and 1 < change.interval.size <= change.interval.width / _WIDEST


def _settled(change: Local | Whole, uses: int) -> Local | Whole:
    """Held in memory where it is read more than once; whole where it is nearly so."""
    if _is_nearly_whole(change):
        return whole(change)
    return store(change) if isinstance(change, Local) and uses > 1 else change


def _in_full(equation: Equation, operands: list[Any], outputs: list[Reference]) -> list[Whole]:
    changed = [i for i, operand in enumerate(operands) if isinstance(operand, Local | Whole)]

    def evaluate(*values: Array) -> list[Array]:
        arguments = list(operands)
        for i, value in zip(changed, values, strict=True):
            arguments[i] = value
        return equation.evaluate(*arguments)

    data = jax.vmap(jax.vmap(evaluate))(*[whole(operands[i]).data for i in changed])
    return [Whole(reference=reference, data=d) for reference, d in zip(outputs, data, strict=True)]


@functools.cache
def announce(primitive: str, where: str, reason: str) -> None:
    """Says once in a process where a network stops being local."""
    logging.info(
        "in-silico mutagenesis: %s at %s %s; computed in full for every mutant from there on", primitive, where, reason
    )
