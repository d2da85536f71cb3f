"""The effect of every substitution at the centre of every window of a long sequence."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, UInt8

from genomics.scan.dense.program import Predict, Share, in_full, read, sharing
from genomics.scan.dense.rules import evaluate_whole
from genomics.scan.dense.tracked import PerWindow, from_sequence
from genomics.scan.effects_change import ALTERNATIVES, Both, act, in_memory, substitution, substitutions, whole
from genomics.tracing.program import Equation, Variable, walk


def central_effects(
    predict: Predict, length: int, before: bool = False
) -> Callable[[UInt8[Array, " positions"]], Float[Array, "T rows C"]]:
    """A function that gives the effects of the three substitutions in the middle of each window.

    The windows are evaluated together (see `dense`); beside them only the columns that a substitution changes, which
    are the same columns in every window.

    Args:
      predict: (L, 4) one-hot -> (T,).
      length: L.
      before: whether predict(window) follows as a fourth row.

    Returns:
      (C + L - 1,) codes 0..3 and 4 = N -> (T, 3, C): predict(mutant) - predict(window), the base at index L // 2 of
      window s replaced by itself + 1, + 2, + 3 modulo 4; anything where it is N.
    """

    def effects(codes: UInt8[Array, " positions"]) -> Float[Array, "T rows C"]:
        reference, delta = _central(predict, length, codes, None)
        return jnp.concatenate([delta, reference[:, None]], axis=1) if before else delta

    return effects


def own_effects(
    predict: Predict, length: int
) -> Callable[[UInt8[Array, " positions"], UInt8[Array, " C"]], Float[Array, "2 T C"]]:
    """As `central_effects`, of one alternative that each window has of its own.

    Returns:
      (C + L - 1,) codes, (C,) codes 0..3 -> (2, T, C): predict(window), and predict(mutant) - predict(window).
    """

    def effects(codes: UInt8[Array, " positions"], alternatives: UInt8[Array, " C"]) -> Float[Array, "2 T C"]:
        before, delta = _central(predict, length, codes, alternatives)
        return jnp.stack([before, delta[:, 0]])

    return effects


def _central(
    predict: Predict, length: int, codes: UInt8[Array, " positions"], alternatives: UInt8[Array, " C"] | None
) -> tuple[Float[Array, "T C"], Float[Array, "T A C"]]:
    """predict(window), predict(mutant) - predict(window); of all three alternatives, or of one of each window."""
    one_hot = jax.nn.one_hot(codes, 4)
    program = read(predict, length, one_hot.dtype)
    start = from_sequence(one_hot, length)
    centre = codes[length // 2 : length // 2 + start.windows].astype(jnp.int32)
    uses = Counter(o for e in program.equations for o in e.operands if isinstance(o, Variable))
    share = sharing()
    if alternatives is None:
        count, changed = ALTERNATIVES, substitutions(start, centre)
    else:
        count, changed = 1, substitution(start, centre, alternatives.astype(jnp.int32))

    def step(equation: Equation, operands: list[Any]) -> list[Both]:
        pairs = evaluate(equation, operands, share, count)
        return [in_memory(p) if uses[o] > 1 else p for p, o in zip(pairs, equation.outputs, strict=True)]

    result = walk(program, changed, step)
    if not isinstance(result, Both):
        before = in_full(result, start.windows)
        return before, jnp.zeros((before.shape[0], count, start.windows))
    before = in_full(result.reference, start.windows)
    if result.mutants is None:
        return before, jnp.zeros((before.shape[0], count, start.windows))
    return before, whole(result).array - before[:, None]


def evaluate(equation: Equation, operands: list[Any], share: Share, alternatives: int) -> list[Both]:
    """An equation on the reference and on its mutants."""
    references = [operand.reference if isinstance(operand, Both) else operand for operand in operands]
    rules, outputs = share(equation, references)
    pairs = [operand for operand in operands if isinstance(operand, Both)]
    if all(pair.mutants is None for pair in pairs):
        return [Both(reference=output, mutants=None) for output in outputs]
    if rules is not None and not any(isinstance(pair.mutants, PerWindow) for pair in pairs):
        return [act(rule, operands, output) for rule, output in zip(rules, outputs, strict=True)]
    full = [_spread(operand, alternatives) for operand in operands]
    mutants = evaluate_whole(equation, full)
    return [Both(reference=o, mutants=m) for o, m in zip(outputs, mutants, strict=True)]


def _spread(operand: Any, alternatives: int) -> Any:
    if not isinstance(operand, Both):
        return operand
    array = whole(operand).array
    return PerWindow(array=jnp.broadcast_to(array, (*array.shape[:-2], alternatives, array.shape[-1])))
