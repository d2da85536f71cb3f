"""The fast form of a scan: predictions or effects at every base of a chunk, exact, in one compiled call."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.interpreters.partial_eval import dce_jaxpr
from jaxtyping import Array, Float, UInt8

from genomics.errors import InputError
from genomics.lenses.networks import mean_of_networks
from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental.planner import work
from genomics.scan.dense import dense
from genomics.scan.effects_program import central_effects, on_tracks
from genomics.scan.one_by_one import one_by_one, work_of_window
from genomics.scan.windows import MATMUL_PRECISION, Precision, What
from genomics.sequence.bases import ALTERNATIVES, N

#: (parameters, codes) -> scores of the bases of a chunk.
Score = Callable[[Any, UInt8[Array, " positions"]], Float[Array, "C ..."]]

#: Bytes that the largest intermediate may take: a share of the cache on a CPU, of the memory elsewhere.
_LARGEST_ON_CPU = 5 * 2**20
_SHARE_OF_MEMORY = 1 / 16
_LARGEST_ELSEWHERE = 2**31
#: Blocks are multiples of so many positions, and no smaller.
_UNIT = 64
#: Windows of the trace from which the size of intermediates is read.
_TRACED = 1024
#: Windows are evaluated one by one where that promises to take less than this share.
_CHEAPER = 0.5


def chunk_scorer(
    predictor: Predictor,
    *,
    what: What = "effects",
    before: bool = False,
    precision: Precision = "float32",
    chunk: int,
    tasks: Sequence[int] | None = None,
    program: Any = None,
) -> Score:
    """Scores each base of a chunk in the window centred on it: the base has index L // 2.

    Neighbouring windows share all that they have in common (`genomics.scan.dense`), and a substitution's effect is
    computed from the columns that it changes. A chunk is evaluated in blocks that fit the cache or the memory. Where
    windows have so little in common that each by itself is less work, they are evaluated one by one
    (`genomics.scan.one_by_one`).

    Args:
      predictor: the network; of replicates, whose parameters have a leading axis R, the mean is given.
      what: `effects`, f(window with base a in its centre) - f(window), or `predictions`, f(window).
      before: whether f(window) follows the effects as a fifth row, which some units need (`in_unit` of `outputs`).
      precision: of products; float32 is exact to rounding, tf32 to about 1e-3 on devices that have it.
      chunk: C, the bases scored in a call.
      tasks: which outputs of the network; None = all.
      program: from `together`; None = it is made, and the way chosen, here.

    Returns:
      Jitted: (parameters, (C + L - 1,) codes) -> (C, 4, T) effects in logits, columns A C G T, exactly 0 at the base
      itself, NaN where it is N; or (C, T) logits. The codes start L // 2 bases before the first base scored; an N in
      a window is a row of zeros.

    Raises:
      InputError: chunk is below 1.
    """
    if chunk < 1:
        raise InputError(f"chunk={chunk}: at least one base at a time")
    length = predictor.length
    chosen = slice(None) if tasks is None else jnp.array(tasks)
    by_itself = one_by_one(predictor, what=what, before=before, precision=precision, chunk=chunk)

    def of_block(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "block ..."]:
        return _block(predictor, parameters, codes, what, before, precision)[..., chosen]

    def of_network(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "C ..."]:
        shared = program if program is not None else _together(predictor, parameters, what, precision)
        if shared is None:
            return by_itself(parameters, codes)[..., chosen]
        block = block_size(shared, chunk)
        if block >= chunk:
            return of_block(parameters, codes)
        count = -(-chunk // block)
        padded = jnp.pad(codes, (0, count * block - chunk), constant_values=N)
        one = lambda i: of_block(parameters, lax.dynamic_slice_in_dim(padded, i * block, block + length - 1))  # noqa: E731
        scores = lax.map(one, jnp.arange(count))
        return scores.reshape(count * block, *scores.shape[2:])[:chunk]

    return jax.jit(mean_of_networks(of_network, predictor.replicates, "in_turn"))


def together(predictor: Predictor, *, what: What = "effects", precision: Precision = "float32") -> Any:
    """What some windows that share what they have in common; None where each by itself is less work.

    It may be in deep networks whose padding makes most columns of a window its own.

    Args:
      predictor: a single network.
      what: `effects` or `predictions`.
      precision: of products.
    """
    return _together(predictor, predictor.parameters, what, precision)


def _together(predictor: Predictor, parameters: Any, what: What, precision: Precision) -> Any:
    block = lambda own, codes: _block(predictor, own, codes, what, False, precision)  # noqa: E731
    program = traced(block, parameters, predictor.length)
    alone = work_of_window(predictor, parameters, what).operations
    return program if alone >= _CHEAPER * work(program).operations / _TRACED else None


def _block(
    predictor: Predictor,
    parameters: Any,
    codes: UInt8[Array, " positions"],
    what: What,
    before: bool,
    precision: Precision,
) -> Float[Array, "block ..."]:
    length = predictor.length
    with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
        if what == "predictions":
            return dense(partial(predictor.apply, parameters), length)(jax.nn.one_hot(codes, 4))
        output = on_tracks(predictor, parameters)
        effects = central_effects(output, length, bind=predictor.bind, before=before)(codes)
    return _in_columns(effects, codes[length // 2 : length // 2 + effects.shape[-1]])


def _in_columns(effects: Float[Array, "T three C"], centre: UInt8[Array, " C"]) -> Float[Array, "C four T"]:
    """Sorts the effects of the bases b + 1, + 2, + 3 modulo 4 by base; what follows them stays where it is."""
    columns = []
    for base in range(4):
        place = (base - centre.astype(jnp.int32)) % 4  # 0 = the base itself
        column = jnp.zeros_like(effects[:, 0])
        for alternative in range(ALTERNATIVES):
            column = jnp.where(place == alternative + 1, effects[:, alternative], column)
        columns.append(jnp.where(centre == N, jnp.nan, column))
    columns += list(jnp.moveaxis(effects[:, ALTERNATIVES:], 1, 0))
    return jnp.stack(columns).transpose(2, 0, 1)


def traced(score: Score, parameters: Any, length: int) -> Any:
    """The program of `_TRACED` windows, without what nothing reads: cropped columns are not computed."""
    codes = jax.ShapeDtypeStruct((_TRACED + length - 1,), jnp.uint8)
    jaxpr = jax.make_jaxpr(score)(parameters, codes).jaxpr
    return dce_jaxpr(jaxpr, [True] * len(jaxpr.outvars))[0]


def block_size(program: Any, chunk: int) -> int:
    """As many positions as the memory for the largest intermediate holds, all blocks of a chunk alike."""
    sizes = (v.aval.size * v.aval.dtype.itemsize for eqn in program.eqns for v in eqn.outvars)
    largest = max(sizes) / _TRACED
    most = max(int(_memory() / largest) // _UNIT, 1) * _UNIT
    if most >= chunk:
        return chunk
    count = -(-chunk // most)
    return -(-chunk // (count * _UNIT)) * _UNIT


def _memory() -> float:
    if jax.default_backend() == "cpu":
        return float(_LARGEST_ON_CPU)
    statistics = jax.local_devices()[0].memory_stats() or {}
    return float(statistics.get("bytes_limit", _LARGEST_ELSEWHERE / _SHARE_OF_MEMORY)) * _SHARE_OF_MEMORY
