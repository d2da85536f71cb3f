"""The job of expected coverage: a network's profile times its counts, in windows tiled at the width of its output."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from genomics.io.deflate import crc32
from genomics.io.genome import Genome
from genomics.io.shard import Shard
from genomics.lenses.coverage import Coverage
from genomics.models.predictor import Predictor
from genomics.scan.bases import PartRows, interval_arrays
from genomics.scan.job import Job, OpenPart
from genomics.scan.outputs import ROUNDING, kept
from genomics.scan.plan import BasesPlan
from genomics.scan.windows import MATMUL_PRECISION, Precision
from genomics.sequence.bases import N
from genomics.sequence.intervals import Interval

#: The array of a part, and of a chunk.
NAME = "coverage"


def coverage_job(
    predictor: Predictor,
    coverage: Coverage,
    genome: Genome,
    plan: BasesPlan,
    *,
    precision: Precision,
    dtype: str,
    chunk: int,
) -> Job:
    """Expected counts at every base: that of the one window whose output holds it.

    Output k covers the bases [k O, (k + 1) O) of a contig, O the positions of the profile; its window has the output in
    its middle, and N beyond the contig's ends. So a base has the same number whatever is scanned beside it.

    Args:
      predictor: the network, its tasks the channels of the profile.
      coverage: its two heads.
      genome: where the bases are.
      plan: which bases.
      precision: of products.
      dtype: of the results.
      chunk: windows at a time.
    """
    length, width = predictor.length, coverage.positions

    def score(parameters: Any, windows: jax.Array) -> jax.Array:
        with jax.default_matmul_precision(MATMUL_PRECISION[precision]):
            return jax.vmap(lambda window: coverage.expected(parameters, jax.nn.one_hot(window, 4)))(windows)

    def read(number: int) -> _Tiles:
        return _read(plan.pieces(number), genome, length, width, coverage.start)

    def open_part(number: int) -> OpenPart:
        tiles = read(number)
        rows = PartRows(len(tiles.bases))
        known = np.flatnonzero(tiles.bases != N)

        def inputs(index: int) -> np.ndarray:
            own = tiles.windows[index * chunk : (index + 1) * chunk]
            return np.concatenate([own, np.full((chunk - len(own), length), N, np.uint8)])

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            first = index * chunk
            chosen = known[(tiles.tile[known] >= first) & (tiles.tile[known] < first + chunk)]
            of = (tiles.tile[chosen] - first, tiles.place[chosen])
            rows.put(chosen, {name: v if name == ROUNDING else v[of] for name, v in outputs.items()})

        def finish() -> Shard:
            attributes = {
                "part": number,
                "unknown_bases": len(tiles.bases) - len(known),
                "input_crc32": tiles.digest,
            }
            names = (NAME, f"{NAME}_std") if predictor.replicates else (NAME,)
            shapes = {name: ((len(predictor.tasks),), dtype) for name in names}
            arrays = {**interval_arrays(plan.pieces(number)), **rows.arrays(shapes)}
            return Shard(arrays=arrays, attributes=attributes | rows.attributes())

        return OpenPart(
            number=number,
            units=len(known),
            num_chunks=-(-len(tiles.windows) // chunk),
            inputs=inputs,
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(score, name=NAME, replicates=predictor.replicates, summary=False, dtype=dtype),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: read(number).digest,
        units=plan.size,
        unit="positions",
        chunk=chunk,
    )


@dataclass(frozen=True, kw_only=True)
class _Tiles:
    windows: np.ndarray  # (K, L) codes of the tiles of a part
    tile: np.ndarray  # (P,) which of them holds each base in its output
    place: np.ndarray  # (P,) where the base is in that output
    bases: np.ndarray  # (P,) codes
    digest: int


def _read(pieces: Sequence[Interval], genome: Genome, length: int, width: int, start: int) -> _Tiles:
    windows, tile, place, bases = [], [], [], []
    count = digest = 0
    for piece in pieces:
        first, last = piece.start // width, (piece.end - 1) // width
        codes = genome.fetch(piece.contig, first * width - start, last * width - start + length)
        digest = crc32(np.ascontiguousarray(codes), digest)
        positions = np.arange(piece.start, piece.end)
        windows.append(np.lib.stride_tricks.sliding_window_view(codes, length)[::width])
        tile.append(positions // width - first + count)
        place.append(positions % width)
        bases.append(codes[positions - (first * width - start)])
        count += len(windows[-1])
    return _Tiles(
        windows=np.concatenate(windows),
        tile=np.concatenate(tile),
        place=np.concatenate(place),
        bases=np.concatenate(bases),
        digest=digest,
    )
