"""Evaluates a program on the mutants of a sequence, carrying what each mutation changes."""

import functools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import logging
from jaxtyping import Array, Float, Int

from genomics.mutagenesis.incremental import planner
from genomics.mutagenesis.incremental.change import Local, Table, Whole, from_table, from_value, store
from genomics.mutagenesis.incremental.factored import Change, Gated, entire, stored
from genomics.mutagenesis.incremental.rules import apply
from genomics.mutagenesis.incremental.span import NotLocalError, Span
from genomics.mutagenesis.incremental.unmutated import Margin, Unmutated
from genomics.sequence.bases import ALTERNATIVES
from genomics.tracing import patches
from genomics.tracing.blocks import layer_of
from genomics.tracing.program import Equation, Program, Variable, walk

#: Of the layer where a network stops being local, the share of the arithmetic before it, and the reason.
Tell = Callable[[str, float, str], None]

#: A change of this share of the columns counts as one of all.
_WIDEST = 0.75


def references(program: Program, x: Float[Array, "L 4"]) -> dict[Variable, Array]:
    """All values of the program without mutations."""
    values = {program.input: x}

    def step(equation: Equation, operands: list[Any]) -> list[Array]:
        outputs = patches.evaluate(equation, *operands)
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
    until: int | None = None,
    tell: Tell | None = None,
    margins: Mapping[Variable, Margin] | None = None,
) -> Float[Array, "rows 3 ..."]:
    """The program's output for all substitutions at a block of positions.

    Args:
      program: of the network.
      values: from `references`.
      codes: the reference bases of the block, 0..3.
      block: the number of the block: positions block * rows ... (block + 1) * rows - 1.
      blocks: how many blocks there are.
      until: the equation from which on everything is computed in full; None = where nothing else is possible.
      tell: is called with the layer where the network stops being local, the share of its arithmetic that comes before,
        and the reason; None = `announce`.
      margins: of the values, for blocks of few positions.

    Returns:
      The output for each position and each of its 3 alternatives, in order of `table.alternative_codes`.
    """
    rows = len(codes)
    positions = np.arange(rows)
    span = Span(
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
    start = from_table(span, Unmutated(array=values[program.input]), table)
    return propagated(program, values, start, (rows, ALTERNATIVES), until, tell, margins)


def replaced(
    program: Program,
    values: dict[Variable, Array],
    windows: Float[Array, "rows variants w 4"],
    starts: Int[np.ndarray, " rows"],
    tell: Tell | None = None,
) -> Float[Array, "rows variants ..."]:
    """The program's output where windows of the sequence are replaced.

    Args:
      program: of the network.
      values: from `references`.
      windows: what to put in; what lies outside of the sequence is left out.
      starts: the first position of each window.
      tell: as in `mutated`.

    Returns:
      The output for each window and each of its variants.
    """
    span = Span(
        axis=0,
        size=program.input.shape[0],
        starts=starts,
        width=windows.shape[2],
        block=0,
        last=np.zeros(1, np.int64),
        unit=0,
    )
    start = from_value(span, Unmutated(array=values[program.input]), windows)
    return propagated(program, values, start, windows.shape[:2], tell=tell)


def propagated(
    program: Program,
    values: dict[Variable, Array],
    start: Local,
    variants: tuple[int, ...],
    until: int | None = None,
    tell: Tell | None = None,
    margins: Mapping[Variable, Margin] | None = None,
) -> Float[Array, "rows variants ..."]:
    """The program's output for changes of its input.

    Args:
      program: of the network.
      values: from `references`.
      start: the input's changes.
      variants: their leading axes: rows, and variants of each.
      until: as in `mutated`.
      tell: as in `mutated`.
      margins: as in `mutated`.

    Returns:
      (rows, variants, *output).
    """
    uses = Counter(o for e in program.equations for o in e.operands if isinstance(o, Variable))
    number = {equation: i for i, equation in enumerate(program.equations)}
    in_full: dict[Equation, str] = {}
    own = margins or {}

    def step(equation: Equation, operands: list[Any]) -> Sequence[Change]:
        outputs = [Unmutated(array=values[output], margin=own.get(output)) for output in equation.outputs]
        with jax.named_scope(planner.label(number[equation])):
            if any(isinstance(operand, Local | Gated) for operand in operands):
                try:
                    if until is not None and number[equation] >= until:
                        raise NotLocalError("is reached by a mutation in most of its columns")
                    changes = apply(equation, operands, outputs)
                except NotLocalError as error:
                    in_full[equation] = str(error)
                else:
                    if any(_is_nearly_whole(change) for change in changes):
                        in_full[equation] = "carries a mutation to most of its output"
                    return [_settled(c, uses[o]) for c, o in zip(changes, equation.outputs, strict=True)]
            return _in_full(equation, operands, outputs)

    result = walk(program, start, step)
    if in_full:
        equation, reason = next(iter(in_full.items()))
        (tell or announce)(layer_of(program, equation), planner.share_before(program, number[equation]), reason)
    if isinstance(result, Change):
        return entire(result).data
    return jnp.broadcast_to(result, (*variants, *result.shape))


def _is_nearly_whole(change: Change) -> bool:
    if isinstance(change, Gated):
        return any(_is_nearly_whole(term.part) for term in change.terms)
    return isinstance(change, Local) and 1 < change.span.size <= change.span.width / _WIDEST


def _settled(change: Change, uses: int) -> Change:
    """Held in memory where it is read more than once; whole where it is nearly so."""
    if _is_nearly_whole(change):
        return entire(change)
    if isinstance(change, Whole) or uses < 2:
        return change
    return store(change) if isinstance(change, Local) else stored(change)


def _in_full(equation: Equation, operands: list[Any], outputs: list[Unmutated]) -> list[Whole]:
    changed = [i for i, operand in enumerate(operands) if isinstance(operand, Change)]

    def evaluate(*values: Array) -> list[Array]:
        arguments = list(operands)
        for i, value in zip(changed, values, strict=True):
            arguments[i] = value
        return patches.evaluate(equation, *arguments)

    whole = [entire(operands[i]) for i in changed]
    data = jax.vmap(jax.vmap(evaluate))(*[each.data for each in whole])
    uniform = frozenset[int]()
    if equation.primitive == "broadcast_in_dim":
        uniform = _repeated(equation)
    elif equation.primitive == "transpose":
        uniform = frozenset(equation.params["permutation"].index(axis) for axis in whole[0].uniform)
    return [Whole(reference=r, data=d, uniform=uniform) for r, d in zip(outputs, data, strict=True)]


def _repeated(equation: Equation) -> frozenset[int]:
    """The axes of a broadcast's output along which it does not vary."""
    places, before = equation.params["broadcast_dimensions"], equation.operands[0].shape
    varying = {place for place, size in zip(places, before, strict=True) if size > 1}
    return frozenset(range(len(equation.outputs[0].shape))) - varying


@functools.cache
def announce(layer: str, share: float, reason: str, worth_it: bool = True) -> None:
    """Says once in a process where a network stops being local, and whether what comes before is worth the while."""
    rest = "the rest is computed for every mutant"
    if not worth_it:
        rest = "which gains too little: every mutant is computed in full"
    logging.info(
        "in-silico mutagenesis: %s %s; %.0f %% of the network's arithmetic stays local, %s",
        layer,
        reason,
        100 * share,
        rest,
    )
