"""Windows one by one, each with what the substitutions at its centre change: where windows have little in common."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, UInt8

from genomics.lenses.view import Predict
from genomics.models.predictor import Predictor
from genomics.mutagenesis.batches import at_once
from genomics.mutagenesis.incremental.engine import references, replaced
from genomics.mutagenesis.incremental.planner import Work, work
from genomics.mutagenesis.table import alternative_codes, in_columns
from genomics.scan.windows import MATMUL_PRECISION, Precision, What, with_before
from genomics.tracing import patches
from genomics.tracing.layout import channels_last
from genomics.tracing.program import Variable, trace

#: (parameters, (C + L - 1,) codes) -> scores of the bases of a chunk.
Score = Callable[[Any, UInt8[Array, " positions"]], Float[Array, "C ..."]]


def one_by_one(
    predictor: Predictor, *, what: What = "effects", before: bool = False, precision: Precision = "float32", chunk: int
) -> Score:
    """Scores each base of a chunk in the window centred on it.

    As many windows are evaluated at once as the cache of a CPU or the memory of a device holds. Of each the values are
    computed once, and of its three mutants what the substitution changes (`genomics.mutagenesis.incremental`), until it
    changes everything. What a target holds is that of each window.

    Args:
      predictor: a single network.
      what: `effects` or `predictions`.
      before: whether f(window) follows the effects as a fifth row.
      precision: of products.
      chunk: C.

    Returns:
      As of `genomics.scan.windows.windows_scorer`.
    """
    length = predictor.length

    def score(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "C ..."]:
        of_window = _of_window(predictor, parameters, what, before)

        def window(start: Array) -> Float[Array, "L 4"]:
            return jax.nn.one_hot(lax.dynamic_slice_in_dim(codes, start, length), 4)

        one = lambda start: of_window(window(start))  # noqa: E731
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            starts, example = jnp.arange(chunk), jax.ShapeDtypeStruct((length, 4), jnp.float32)
            most = at_once(partial(predictor.apply, parameters), example, chunk)
            return jax.vmap(one)(starts) if chunk <= most else lax.map(one, starts, batch_size=most)

    return score


def work_of_window(predictor: Predictor, parameters: Any, what: What) -> Work:
    """What one window takes."""
    of_window = _of_window(predictor, parameters, what, before=False)
    return work(jax.make_jaxpr(of_window)(jnp.zeros((predictor.length, 4))).jaxpr)


def _of_window(predictor: Predictor, parameters: Any, what: What, before: bool) -> Callable[[Array], Array]:
    if what == "predictions":
        return lambda x: patches.for_loops(predictor.bound(parameters, x))(x)
    return lambda x: _at_the_centre(predictor.bound(parameters, x), x, before)


def _at_the_centre(predict: Predict, x: Float[Array, "L 4"], before: bool) -> Float[Array, "rows T"]:
    """f(x with base a in its centre) - f(x) for the four bases a; NaN where x has none there; with `before` f(x)."""
    place = len(x) // 2
    centre = x[place : place + 1]
    program = channels_last(trace(predict, x))
    values = references(program, x)
    reference = values[program.output] if isinstance(program.output, Variable) else program.output
    alternatives = jax.nn.one_hot(alternative_codes(centre), 4, dtype=x.dtype)
    after = replaced(program, values, alternatives[:, :, None], np.array([place]))
    changes = in_columns(after - reference, centre)[:, 0].T
    return with_before(changes, reference) if before else changes
