"""The fast form of a scan: predictions or effects at every base of a chunk, exact, in one compiled call."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt8

from genomics.errors import InputError
from genomics.models.predictor import Predictor
from genomics.scan.dense import dense
from genomics.scan.effects_program import central_effects
from genomics.scan.windows import MATMUL_PRECISION, Precision, What
from genomics.sequence.bases import N

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


def chunk_scorer(
    predictor: Predictor,
    *,
    what: What = "effects",
    reverse_complement: bool = False,
    precision: Precision = "float32",
    chunk: int,
    tasks: Sequence[int] | None = None,
) -> Score:
    """Scores each base of a chunk in the window centred on it: the base has index L // 2.

    Neighbouring windows share all that they have in common (`genomics.scan.dense`), and a substitution's effect is
    computed from the columns that it changes. A chunk is evaluated in blocks that fit the cache or the memory.

    Args:
      predictor: the network; of replicates, whose parameters have a leading axis R, the mean is given.
      what: `effects`, f(window with base a in its centre) - f(window), or `predictions`, f(window).
      reverse_complement: f is the average of the network over the window and its reverse complement: the same L
        bases read from the other strand, where the centre has index L - 1 - L // 2.
      precision: of products; float32 is exact to rounding, tf32 to about 1e-3 on devices that have it.
      chunk: C, the bases scored in a call.
      tasks: which outputs of the network; None = all.

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

    def of_block(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "block ..."]:
        predict = _on_strands(predictor, parameters, reverse_complement)
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            if what == "predictions":
                return dense(predict, length)(jax.nn.one_hot(codes, 4))[:, chosen]
            effects = central_effects(predict, length)(codes)[chosen]
        return _in_columns(effects, codes[length // 2 : length // 2 + effects.shape[-1]])

    def of_network(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "C ..."]:
        block = _block_size(of_block, parameters, length, chunk)
        if block >= chunk:
            return of_block(parameters, codes)
        count = -(-chunk // block)
        padded = jnp.pad(codes, (0, count * block - chunk), constant_values=N)
        one = lambda i: of_block(parameters, lax.dynamic_slice_in_dim(padded, i * block, block + length - 1))  # noqa: E731
        scores = lax.map(one, jnp.arange(count))
        return scores.reshape(count * block, *scores.shape[2:])[:chunk]

    def score(parameters: Any, codes: UInt8[Array, " positions"]) -> Float[Array, "C ..."]:
        if predictor.replicates is None:
            return of_network(parameters, codes)
        first = jax.tree.map(lambda leaf: leaf[0], parameters)
        shape = jax.eval_shape(of_network, first, codes)
        total, _ = lax.scan(
            lambda total, own: (total + of_network(own, codes), None), jnp.zeros(shape.shape, shape.dtype), parameters
        )
        return total / predictor.replicates

    return jax.jit(score)


def _on_strands(predictor: Predictor, parameters: Any, reverse_complement: bool):
    def forward(x: Float[Array, "L 4"]) -> Float[Array, " T"]:
        return predictor.apply(parameters, x)

    def both(x: Float[Array, "L 4"]) -> Float[Array, " T"]:
        return (forward(x) + forward(x[::-1, ::-1])) / 2

    return both if reverse_complement else forward


def _in_columns(effects: Float[Array, "T three C"], centre: UInt8[Array, " C"]) -> Float[Array, "C 4 T"]:
    """Sorts the effects of the bases b + 1, + 2, + 3 modulo 4 by base."""
    columns = []
    for base in range(4):
        place = (base - centre.astype(jnp.int32)) % 4  # 0 = the base itself
        column = jnp.zeros_like(effects[:, 0])
        for alternative in range(effects.shape[1]):
            column = jnp.where(place == alternative + 1, effects[:, alternative], column)
        columns.append(jnp.where(centre == N, jnp.nan, column))
    return jnp.stack(columns).transpose(2, 0, 1)


def _block_size(score: Score, parameters: Any, length: int, chunk: int) -> int:
    """As many positions as the memory for the largest intermediate holds, all blocks of a chunk alike."""
    codes = jax.ShapeDtypeStruct((_TRACED + length - 1,), jnp.uint8)
    program = jax.make_jaxpr(score)(parameters, codes)
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
