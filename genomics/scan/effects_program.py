"""The effect of every substitution at the centre of every window of a long sequence."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, Shaped, UInt8

from genomics.lenses.view import Bind
from genomics.models.predictor import Predictor
from genomics.scan.dense.program import Share, in_full, read, sharing
from genomics.scan.dense.rules import evaluate_whole
from genomics.scan.dense.tracked import PerWindow, Tracked, from_sequence
from genomics.scan.effects_change import Both, Changed, act, in_memory, substitution, substitutions, whole
from genomics.sequence.bases import ALTERNATIVES
from genomics.tracing.program import Equation, Variable, walk

#: (L, 4) one-hot -> an output of the network.
Output = Callable[[Float[Array, "L 4"]], Shaped[Array, "..."]]


def on_tracks(predictor: Predictor, parameters: Any) -> Output:
    """What windows share: predict, or the output that a target holds something of.

    Args:
      predictor: a single network.
      parameters: of it.

    Returns:
      (L, 4) one-hot -> (T,) logits, or the output y (...).
    """
    return partial(predictor.apply if predictor.bind is None else predictor.bind.output, parameters)


def central_effects(
    output: Output, length: int, *, bind: Bind | None = None, before: bool = False
) -> Callable[[UInt8[Array, " positions"]], Float[Array, "T rows C"]]:
    """A function that gives the effects of the three substitutions in the middle of each window.

    The windows are evaluated together (see `dense`); beside them only the columns that a substitution changes, which
    are the same columns in every window.

    Args:
      output: (L, 4) one-hot -> (T,) logits f; or the output y of which a target holds something.
      length: L.
      bind: that target; None without one.
      before: whether f(window) follows as a fourth row.

    Returns:
      (C + L - 1,) codes 0..3 and 4 = N -> (T, 3, C): f(mutant) - f(window), the base at index L // 2 of
      window s replaced by itself + 1, + 2, + 3 modulo 4; anything where it is N.
    """

    def effects(codes: UInt8[Array, " positions"]) -> Float[Array, "T rows C"]:
        reference, delta = _central(output, bind, length, codes)
        return jnp.concatenate([delta, reference[:, None]], axis=1) if before else delta

    return effects


def own_effects(
    output: Output, length: int, *, bind: Bind | None = None
) -> Callable[[UInt8[Array, " positions"], Int[Array, " K"] | None, UInt8[Array, " K"]], Float[Array, "2 T K"]]:
    """As `central_effects`, of some of the windows only, and of one alternative that each has of its own.

    Returns:
      (C + L - 1,) codes, (K,) windows or None for all of them, (K,) codes 0..3 -> (2, T, K): f(window), and f(mutant) -
      f(window).
    """

    def effects(
        codes: UInt8[Array, " positions"], windows: Int[Array, " K"] | None, alternatives: UInt8[Array, " K"]
    ) -> Float[Array, "2 T K"]:
        before, delta = _central(output, bind, length, codes, windows, alternatives)
        return jnp.stack([before, delta[:, 0]])

    return effects


def _central(
    output: Output,
    bind: Bind | None,
    length: int,
    codes: UInt8[Array, " positions"],
    windows: Int[Array, " C"] | None = None,
    alternatives: UInt8[Array, " C"] | None = None,
) -> tuple[Float[Array, "T C"], Float[Array, "T A C"]]:
    """f(window), f(mutant) - f(window); of all alternatives, or of some windows and one of each."""
    one_hot = jax.nn.one_hot(codes, 4)
    program = read(output, length, one_hot.dtype)
    start = from_sequence(one_hot, length, windows)
    centre = codes[length // 2 : length // 2 + start.windows].astype(jnp.int32)
    centre = centre if windows is None else centre[windows]
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
        result = Both(reference=PerWindow(array=in_full(result, start.count)), mutants=None)
    before = in_full(result.reference, start.count)
    if bind is not None:
        before, slopes = _held(bind, before)
    if result.mutants is None:
        return before, jnp.zeros((before.shape[0], count, start.count))
    return before, whole(result).array - before[:, None] if bind is None else _by_slopes(result, slopes)


def _held(bind: Bind, y: Float[Array, "*Y C"]) -> tuple[Float[Array, "T C"], Float[Array, "T *Y C"]]:
    """The numbers explained of every window by what it holds of itself, and their slopes along its output."""

    def of_window(y: Float[Array, "*Y"]) -> tuple[Float[Array, " T"], Float[Array, "T *Y"]]:
        held = bind.hold(y)
        value = lambda y: bind.value(y, held)  # noqa: E731
        return value(y), jax.jacrev(value)(y)

    return jax.vmap(of_window, in_axes=-1, out_axes=-1)(y)


def _by_slopes(result: Both, slopes: Float[Array, "T *Y C"]) -> Float[Array, "T A C"]:
    """The change of what is affine in an output: a sum over the columns that a substitution changes."""
    reference, change = result.reference, result.mutants
    if isinstance(change, Changed):
        assert isinstance(reference, Tracked)
        along = slopes.reshape(slopes.shape[0], *reference.shape, slopes.shape[-1])
        along = jnp.moveaxis(along, reference.axis + 1, 1)[:, change.start : change.stop]
        difference = change.difference(change.start, change.stop)
    else:
        along = slopes
        difference = whole(result).array - jnp.expand_dims(in_full(reference, slopes.shape[-1]), -2)
    axes = tuple(range(1, along.ndim - 1))
    return jnp.sum(jnp.expand_dims(along, -2) * difference, axis=axes)


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
