"""`predict` at every offset of a long sequence."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from absl import logging
from jaxtyping import Array, Float

from genomics.scan.dense.closing import Closing
from genomics.scan.dense.rules import evaluate_whole, reference, rules_for
from genomics.scan.dense.shared import Shared
from genomics.scan.dense.tracked import NotSharedError, PerWindow, Tracked, from_sequence
from genomics.tracing.layout import channels_last
from genomics.tracing.program import Equation, Program, trace, walk

Predict = Callable[[Float[Array, "L 4"]], Float[Array, " T"]]

#: What shares the outputs of an equation, one each.
Rules = list[Shared] | list[Closing]
#: (equation, its operands' values) -> how its outputs follow from columns, None = each window by itself; its outputs.
Share = Callable[[Equation, list[Any]], tuple[Rules | None, list[Tracked | PerWindow]]]

#: Lines that have been said: a network is traced more than once.
_SAID: set[str] = set()


def dense(predict: Predict, length: int) -> Callable[[Float[Array, "positions 4"]], Float[Array, "C T"]]:
    """A function that gives `predict` for every window of a long sequence, sharing what windows have in common.

    The program of `predict` is evaluated once, on tracks instead of windows: a stride becomes a dilation, a flatten
    with its dense layer a product of strided slices. Columns that SAME padding makes special are computed for every
    window. Exact for every function of JAX: from the first primitive that windows cannot share, each is computed by
    itself.

    Args:
      predict: (L, 4) one-hot -> (T,).
      length: L.

    Returns:
      (C + L - 1, 4) one-hot, N a row of zeros -> (C, T): row s is `predict` of the positions s ... s + L - 1.

    >>> import genomics, jax.numpy as jnp
    >>> predict = lambda x: jnp.stack([x[:, 0].sum()])  # the number of A's
    >>> genomics.dense(predict, length=3)(jnp.eye(4)[jnp.array([0, 0, 2, 0, 0])])[:, 0].tolist()  # AAG, AGA, GAA
    [2.0, 2.0, 2.0]

    Source: Chen, Papandreou, Kokkinos, Murphy & Yuille 2017, doi:10.1109/TPAMI.2017.2699184 (a trous convolution).
    """

    def of_all_windows(one_hot: Float[Array, "positions 4"]) -> Float[Array, "C T"]:
        program = read(predict, length, one_hot.dtype)
        start = from_sequence(one_hot, length)
        share = sharing()
        result = walk(program, start, lambda equation, operands: share(equation, operands)[1])
        return in_full(result, start.windows).T

    return of_all_windows


def read(predict: Predict, length: int, dtype: Any) -> Program:
    """The program of `predict`; constants made in it (the counts of an average pool) keep their values under `jit`."""
    with jax.ensure_compile_time_eval():
        return channels_last(trace(predict, jax.ShapeDtypeStruct((length, 4), dtype)))


def sharing() -> Share:
    """Evaluates the equations of one program for all windows; says at the first one that windows cannot share."""
    said = False

    def share(equation: Equation, operands: list[Any]) -> tuple[Rules | None, list[Tracked | PerWindow]]:
        nonlocal said
        if any(isinstance(operand, Tracked) for operand in operands):
            try:
                rules = rules_for(equation, operands)
                return rules, [reference(rule, operands) for rule in rules]
            except NotSharedError as error:
                if not said:
                    _say(equation, str(error))
                said = True
        full = [operand.whole() if isinstance(operand, Tracked) else operand for operand in operands]
        return None, list(evaluate_whole(equation, full))

    return share


def in_full(result: Any, windows: int) -> Float[Array, "*Y C"]:
    """A program's output for every window."""
    if isinstance(result, Tracked):
        result = result.whole()
    if isinstance(result, PerWindow):
        return result.array
    return jnp.broadcast_to(result[..., None], (*result.shape, windows))


def _say(equation: Equation, reason: str) -> None:
    line = f"{equation.primitive} at {equation.where} {reason}"
    if line not in _SAID:
        _SAID.add(line)
        logging.warning("scanning: %s; from there on every window is computed by itself, as exactly but slower", line)
