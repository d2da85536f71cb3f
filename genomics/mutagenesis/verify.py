"""The self-check of in-silico mutagenesis: random mutations again, in full and in double precision."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.errors import InputError
from genomics.sequence.bases import BASES, N

#: The largest difference in logits that rounding in single precision explains.
TOLERANCE = 1e-4


def verify(
    effect: Callable[[Any, Float[Array, "L 4"], Float[Array, "L 4"]], Float[Array, " T"]],
    parameters: Any,
    codes: UInt8[np.ndarray, "N L"],
    scores: Float[np.ndarray, "N T L 4"],
    *,
    count: int,
    seed: int = 0,
    tolerance: float = TOLERANCE,
) -> float:
    """Recomputes random substitutions as f(mutant) - f(x), naively, in float64 on the CPU.

    Args:
      effect: (parameters, a sequence x, its mutant), one-hot -> (T,) f(mutant) - f(x); of replicates, their mean.
      parameters: its first argument; cast to float64.
      codes: sequences.
      scores: their effects of substitutions in logits, gauge delta, one strand.
      count: how many (sequence, position, base) to recompute, all tasks of each.
      seed: chooses them.
      tolerance: largest difference allowed, in logits.

    Returns:
      The largest difference found; 0 where no sequence has a known base.

    Raises:
      InputError: a score differs by more than the tolerance, or is not a number; the message names the worst one.
    """
    rng = np.random.default_rng(seed)
    rows, positions = np.nonzero(codes != N)
    if not len(rows) or count < 1:
        return 0.0
    chosen = rng.integers(len(rows), size=count)
    rows, positions = rows[chosen], positions[chosen]
    bases = (codes[rows, positions] + rng.integers(1, 4, size=count)) % 4

    mutants = codes[rows]
    mutants[np.arange(count), positions] = bases
    cpu = jax.local_devices(backend="cpu")[0]
    with jax.enable_x64(True), jax.default_device(cpu), jax.default_matmul_precision("highest"):
        double = jax.tree.map(_in_double, parameters)

        def of_pair(pair: UInt8[Array, "2 L"]) -> Float[Array, " T"]:
            return effect(double, *(jax.nn.one_hot(own, 4, dtype=jnp.float64) for own in pair))

        pairs = jnp.asarray(np.stack([codes[rows], mutants], axis=1))
        expected = np.asarray(jax.jit(lambda pairs: jax.lax.map(of_pair, pairs))(pairs))

    found = scores[rows, :, positions, bases]
    difference = np.abs(found - expected)
    worst = np.where(np.isfinite(difference), difference, np.inf)
    i, task = np.unravel_index(np.argmax(worst), worst.shape)
    if not worst[i, task] <= tolerance:
        where = f"sequence {rows[i]}, position {positions[i]}, {BASES[codes[rows[i], positions[i]]]}>{BASES[bases[i]]}"
        if not np.isfinite([found[i, task], expected[i, task]]).all():
            raise InputError(
                f"in-silico mutagenesis of {where}, task {task}: {found[i, task]:.6g}, and {expected[i, task]:.6g} "
                "recomputed in double precision: both must be finite numbers"
            )
        raise InputError(
            f"in-silico mutagenesis of {where}, task {task}: {found[i, task]:.6g} is not {expected[i, task]:.6g}, "
            f"recomputed in double precision; they may differ by {tolerance:g}"
        )
    return float(worst[i, task])


def _in_double(leaf: Any) -> Any:
    array = np.asarray(leaf)
    return jnp.asarray(array, jnp.float64) if np.issubdtype(array.dtype, np.floating) else jnp.asarray(array)
