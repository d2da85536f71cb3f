"""How the alleles of a VCF are scored with the least arithmetic: together, by what one changes, or in two windows."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, UInt8

from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental import planner
from genomics.mutagenesis.incremental.engine import references, replaced
from genomics.scan.bases import single_network
from genomics.scan.own_effects import Own, choosing_scorer, own_scorer
from genomics.scan.windows import MATMUL_PRECISION, Precision
from genomics.tracing.layout import channels_last
from genomics.tracing.program import Variable, trace

#: (parameters, (K, L) codes of windows with REF, (K,) codes of ALT) -> (K, 2, T).
Singles = Callable[[Any, UInt8[Array, "K L"], UInt8[Array, " K"]], Float[Array, "K 2 T"]]
#: Alleles of a chunk, up to which what windows do not share is evaluated in theirs alone.
CHOSEN = 512
#: What one window and its change must promise of two windows, so that an estimate that is a little off does no harm.
_WORTH_IT = 0.8


@dataclass(frozen=True, kw_only=True)
class Ways:
    """Ways beside two windows for each allele; both give f(window) and f(window with ALT) - f(window).

    Attributes:
      shared: of neighbouring windows, see `own_scorer`; None where there is no such way.
      choosing: the same for at most `CHOSEN` of them, see `choosing_scorer`.
      worth: alleles of a chunk from which on one of these is less arithmetic.
      single: of a window and what one substitution changes in it; None where two windows are no more.
    """

    shared: Own | None = None
    choosing: Own | None = None
    worth: float = np.inf
    single: Singles | None = None


def ways_of(predictor: Predictor, precision: Precision, chunk: int) -> Ways:
    """The ways of a network, by their arithmetic.

    Args:
      predictor: the network.
      precision: of products.
      chunk: neighbouring windows at a time.
    """
    one = single_network(predictor)
    shared, single = own_scorer(one, precision=precision, chunk=chunk), _single(one, precision)
    choosing = choosing_scorer(one, precision=precision, chunk=chunk) if chunk > CHOSEN else None
    codes = jax.ShapeDtypeStruct((chunk + one.length - 1,), np.uint8)
    wanted = [jax.ShapeDtypeStruct((CHOSEN,), dtype) for dtype in (np.int32, np.uint8)]
    window, base = jax.ShapeDtypeStruct((one.length, 4), np.float32), jax.ShapeDtypeStruct((4,), np.float32)
    together, chosen = (
        planner.work(jax.make_jaxpr(way)(one.parameters, codes, *wanted).jaxpr).operations if way else np.inf
        for way in (shared, choosing)
    )
    whole = jax.make_jaxpr(partial(one.apply, one.parameters))(window).jaxpr
    changed = jax.make_jaxpr(partial(_change, one, one.parameters))(window, base).jaxpr
    pair = 2 * planner.work(whole).operations
    # A single mutant's copies weigh little beside its window's products, by which the two ways are compared.
    share = planner.products(changed) / (2 * planner.products(whole))
    change = share * pair
    incremental = change < _WORTH_IT * pair
    each = change if incremental else pair
    return Ways(
        shared=shared,
        choosing=choosing,
        # Looking up columns is slower than it is arithmetic: fewer than a quarter of those that fit are never worth it.
        worth=min(together / each, max(chosen / each, CHOSEN / 4)),
        single=single if incremental else None,
    )


def _single(predictor: Predictor, precision: Precision) -> Singles:
    def score(parameters: Any, windows: UInt8[Array, "K L"], bases: UInt8[Array, " K"]) -> Float[Array, "K 2 T"]:
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            one = partial(_change, predictor, parameters)
            return jax.vmap(one)(jax.nn.one_hot(windows, 4), jax.nn.one_hot(bases, 4))

    return score


def _change(predictor: Predictor, parameters: Any, x: Float[Array, "L 4"], base: Float[Array, "4"]) -> Array:
    """f(x), and f(x with the base at L // 2) - f(x)."""
    program = channels_last(trace(predictor.bound(parameters, x), x))
    values = references(program, x)
    before = values[program.output] if isinstance(program.output, Variable) else program.output
    after = replaced(program, values, base[None, None, None], np.array([len(x) // 2]))[0, 0]
    return jnp.stack([before, after - before])
