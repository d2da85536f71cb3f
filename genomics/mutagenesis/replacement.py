"""Windows of a sequence replaced by something else."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend import core as jex
from jaxtyping import Array, Float, Int

from genomics.attribution.record import Predict
from genomics.mutagenesis.batches import predictions
from genomics.mutagenesis.incremental import planner
from genomics.mutagenesis.incremental.engine import announce, references, replaced
from genomics.tracing.layout import channels_last
from genomics.tracing.program import trace


def replacements(
    predict: Predict,
    x: Float[Array, "L 4"],
    windows: Float[Array, "rows variants w 4"],
    starts: Int[np.ndarray, " rows"],
) -> Float[Array, "rows variants T"]:
    """The logits of sequences in which one window is replaced, by the cheaper of the full and the incremental way.

    Args:
      predict: (L, 4) one-hot -> (T,) logits.
      x: the sequence.
      windows: for each start, variants of w rows; what hangs over an end of the sequence is cut off.
      starts: the windows' first positions, known when compiling.

    Returns:
      The logits of each variant.
    """
    program = channels_last(trace(predict, x))
    stops: list[tuple[str, float, str]] = []
    tell = lambda *stop: stops.append(stop)  # noqa: E731

    def incremental(windows: Float[Array, "rows variants w 4"]) -> Float[Array, "variants rows T"]:
        values = references(program, x)
        # One variant of all windows at a time: memory does not grow with their number.
        return lax.map(lambda v: replaced(program, values, v[:, None], starts, tell)[:, 0], jnp.moveaxis(windows, 1, 0))

    evaluate = jax.make_jaxpr(incremental)(windows)
    full = planner.in_full(program, windows.shape[0] * windows.shape[1])
    worth_it = planner.worth_it(planner.work(evaluate.jaxpr), full)
    for layer, share, reason in stops:
        announce(layer, share, reason, worth_it)
    if worth_it:
        (logits,) = jex.jaxpr_as_fun(evaluate)(windows)
        return jnp.moveaxis(logits, 0, 1)
    return replacements_in_full(predict, x, windows, starts)


def replacements_in_full(
    predict: Predict,
    x: Float[Array, "L 4"],
    windows: Float[Array, "rows variants w 4"],
    starts: Int[np.ndarray, " rows"],
) -> Float[Array, "rows variants T"]:
    """`replacements` with every sequence through the whole network."""
    rows, variants, width, _ = windows.shape

    def variant(item: tuple[Int[Array, ""], Float[Array, "w 4"]]) -> Float[Array, "L 4"]:
        start, window = item
        padded = jnp.pad(x, [(width, width), (0, 0)])
        return lax.dynamic_update_slice_in_dim(padded, window, start + width, 0)[width:-width]

    items = jnp.repeat(jnp.asarray(starts), variants), windows.reshape(rows * variants, width, 4)
    return predictions(predict, variant, items, x).reshape(rows, variants, -1)
