"""The job of in-silico mutagenesis tile by tile: many bases share a window, each at another place in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genomics.io.deflate import crc32
from genomics.io.genome import Genome
from genomics.io.shard import Shard
from genomics.lenses.units import UNITS
from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.scan.bases import PartRows, interval_arrays, result_shapes
from genomics.scan.job import Job, OpenPart
from genomics.scan.outputs import ROUNDING, in_unit, kept
from genomics.scan.plan import BasesPlan
from genomics.scan.windows import MATMUL_PRECISION, Precision, effects_at, of_codes, with_before
from genomics.sequence.bases import ALTERNATIVES, N
from genomics.sequence.intervals import Interval


def tile_of(positions: np.ndarray, contig_length: int, length: int, stride: int) -> np.ndarray:
    """The tile that scores each base: of the tiles [k S, k S + L) that cover it, the one with the nearest centre.

    Of two equally near the first. The last tile is the first one that reaches the contig's end.

    Args:
      positions: 0-based, on the contig.
      contig_length: bases of the contig.
      length: L.
      stride: S, at most L.

    Returns:
      k of each base.
    """
    last = max(-(-(contig_length - length) // stride), 0)
    nearest = -((length - 1 + stride - 2 * positions) // (2 * stride))
    return np.clip(nearest, 0, last)


#: Strides from this share of L on are evaluated tile by tile, smaller ones base by base: most of a tile's bases would
#: be evaluated in vain.
_BY_TILE = 1 / 4


def evaluates_tiles(length: int, stride: int) -> bool:
    """Whether a chunk of the job counts tiles (all L bases of a window at once) instead of bases."""
    return stride >= length * _BY_TILE


def tiles_job(
    predictor: Predictor,
    genome: Genome,
    plan: BasesPlan,
    *,
    stride: int,
    precision: Precision,
    summary: bool,
    dtype: str,
    chunk: int,
    gauge: str = "delta",
) -> Job:
    """Scores the substitutions of every base within its tile.

    Args:
      predictor: the network.
      genome: where the bases are.
      plan: which bases.
      stride: S, from tile to tile.
      precision: of products.
      summary: keep largest and mean effects only.
      dtype: of the results.
      chunk: tiles at a time, or bases, see `evaluates_tiles`.
      gauge: the unit of the effects, a name in `genomics.lenses.units.UNITS`; of several networks that of their mean.
    """
    length = predictor.length
    by_tile, before = evaluates_tiles(length, stride), not UNITS[gauge].linear
    bound = of_codes(predictor, precision)

    def score_bases(parameters: Any, inputs: Mapping[str, jax.Array]) -> jax.Array:
        effects = jax.vmap(lambda window, place: effects_at(bound(parameters, window), window, place, before))
        return effects(inputs["windows"], inputs["places"])

    def score_tiles(parameters: Any, inputs: Mapping[str, jax.Array]) -> jax.Array:
        def explain(window: jax.Array) -> jax.Array:
            x = jax.nn.one_hot(window, 4)
            predict = predictor.bound(parameters, x)
            changes = jnp.moveaxis(incremental_ism(predict)(x).scores, 0, -1)
            return with_before(changes, jnp.broadcast_to(predict(x), changes[:, 0].shape)) if before else changes

        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            return jax.vmap(explain)(inputs["windows"])

    def open_part(number: int) -> OpenPart:
        tiles = _read(plan.pieces(number), genome, length, stride)
        rows = PartRows(len(tiles.bases))
        scored = np.flatnonzero(tiles.bases != N)
        # A chunk's entries: the tiles, or the bases to be scored.
        used, entry_of = np.unique(tiles.tile[scored], return_inverse=True) if by_tile else (scored, scored)
        entries = used if by_tile else tiles.tile[scored]

        def inputs(index: int) -> dict[str, np.ndarray]:
            chosen = slice(index * chunk, (index + 1) * chunk)
            windows = np.full((chunk, length), N, np.uint8)
            own = tiles.windows[entries[chosen]]
            windows[: len(own)] = own
            if by_tile:
                return {"windows": windows}
            places = np.zeros(chunk, np.int32)
            places[: len(own)] = tiles.place[scored[chosen]]
            return {"windows": windows, "places": places}

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            first = index * chunk
            if by_tile:
                chosen = np.flatnonzero((entry_of >= first) & (entry_of < first + chunk))
                of = (entry_of[chosen] - first, tiles.place[scored[chosen]])
            else:
                chosen = np.arange(first, min(first + chunk, len(scored)))
                of = (chosen - first,)
            rows.put(scored[chosen], {name: v if name == ROUNDING else v[of] for name, v in outputs.items()})

        def finish() -> Shard:
            unknown = len(tiles.bases) - len(scored)
            attributes = {"part": number, "unknown_bases": unknown, "input_crc32": tiles.digest}
            shapes = {name: (shape, dtype) for name, shape in result_shapes(predictor, "effects", summary).items()}
            arrays = {**interval_arrays(plan.pieces(number)), **rows.arrays(shapes)}
            return Shard(arrays=arrays, attributes=attributes | rows.attributes())

        return OpenPart(
            number=number,
            units=len(scored) * ALTERNATIVES,
            num_chunks=-(-len(entries) // chunk),
            inputs=inputs,
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(
            score_tiles if by_tile else score_bases,
            name="effects",
            replicates=predictor.replicates,
            summary=summary,
            dtype=dtype,
            told=in_unit(gauge),
        ),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: _read(plan.pieces(number), genome, length, stride).digest,
        units=plan.size * ALTERNATIVES,
        unit="variants",
        chunk=chunk,
    )


@dataclass(frozen=True, kw_only=True)
class _Tiles:
    windows: np.ndarray  # (K, L) codes of the tiles of a part
    tile: np.ndarray  # (P,) which of them scores each base
    place: np.ndarray  # (P,) where the base is in it
    bases: np.ndarray  # (P,) codes
    digest: int


def _read(pieces: Sequence[Interval], genome: Genome, length: int, stride: int) -> _Tiles:
    windows, tile, place = [], [], []
    count = digest = 0
    for piece in pieces:
        positions = np.arange(piece.start, piece.end)
        own = tile_of(positions, genome.contigs[piece.contig], length, stride)
        codes = genome.fetch(piece.contig, int(own[0]) * stride, int(own[-1]) * stride + length)
        digest = crc32(np.ascontiguousarray(codes), digest)
        windows.append(np.lib.stride_tricks.sliding_window_view(codes, length)[::stride])
        tile.append(own - own[0] + count)
        place.append(positions - own * stride)
        count += len(windows[-1])
    found = np.concatenate(windows), np.concatenate(tile), np.concatenate(place)
    return _Tiles(windows=found[0], tile=found[1], place=found[2], bases=found[0][found[1], found[2]], digest=digest)
