"""The job of in-silico mutagenesis tile by tile: many bases share a window, each at another place in it."""

import zlib
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from genomics.io.genome import Genome
from genomics.io.shard import Shard
from genomics.models.predictor import Predictor
from genomics.scan.bases import ALTERNATIVES, Rows, interval_arrays, result_shapes
from genomics.scan.job import Job, OpenPart
from genomics.scan.outputs import ROUNDING, kept
from genomics.scan.plan import BasesPlan
from genomics.scan.windows import Precision, effects_at, on_strands
from genomics.sequence.bases import N


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


def tiles_job(
    predictor: Predictor,
    genome: Genome,
    plan: BasesPlan,
    *,
    stride: int,
    reverse_complement: bool,
    precision: Precision,
    summary: bool,
    dtype: str,
    chunk: int,
) -> Job:
    """Scores the substitutions of every base within its tile.

    Args:
      predictor: the network.
      genome: where the bases are.
      plan: which bases.
      stride: S, from tile to tile.
      reverse_complement: average f over both strands.
      precision: of products.
      summary: keep largest and mean effects only.
      dtype: of the results.
      chunk: bases at a time.
    """
    length = predictor.length
    predict = on_strands(predictor, reverse_complement, precision)

    def score(parameters: Any, inputs: Mapping[str, jax.Array]) -> jax.Array:
        effects = jax.vmap(lambda window, place: effects_at(predict, parameters, window, place))
        return effects(inputs["windows"], inputs["places"])

    def read(number: int) -> tuple[list[tuple[int, np.ndarray, np.ndarray, np.ndarray]], int, int]:
        """(first row, codes, start of each base's tile in them, its place in the tile) of each piece; digest; N."""
        found, row, digest = [], 0, 0
        for piece in plan.pieces(number):
            positions = np.arange(piece.start, piece.end)
            starts = tile_of(positions, genome.contigs[piece.contig], length, stride) * stride
            codes = genome.fetch(piece.contig, int(starts[0]), int(starts[-1]) + length)
            digest = zlib.crc32(codes.tobytes(), digest)
            found.append((row, codes, starts - starts[0], positions - starts))
            row += len(piece)
        return found, row, digest

    def open_part(number: int) -> OpenPart:
        pieces, count, digest = read(number)
        rows = Rows(count)
        known = [np.flatnonzero(codes[starts + places] != N) for _, codes, starts, places in pieces]
        scored = np.concatenate([first + own for (first, *_), own in zip(pieces, known, strict=True)])
        piece_of = np.repeat(np.arange(len(pieces)), [len(own) for own in known])

        def inputs(index: int) -> dict[str, np.ndarray]:
            windows = np.full((chunk, length), N, np.uint8)
            offsets = np.zeros(chunk, np.int32)
            chosen = slice(index * chunk, (index + 1) * chunk)
            for place, (row, piece) in enumerate(zip(scored[chosen], piece_of[chosen], strict=True)):
                first, codes, starts, places = pieces[piece]
                windows[place] = codes[starts[row - first] : starts[row - first] + length]
                offsets[place] = places[row - first]
            return {"windows": windows, "places": offsets}

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            own = scored[index * chunk : (index + 1) * chunk]
            rows.put(own, {name: v if name == ROUNDING else v[: len(own)] for name, v in outputs.items()})

        def finish() -> Shard:
            attributes = {"part": number, "unknown_bases": count - len(scored), "input_crc32": digest}
            shapes = {name: (shape, dtype) for name, shape in result_shapes(predictor, "effects", summary).items()}
            arrays = {**interval_arrays(plan.pieces(number)), **rows.arrays(shapes)}
            return Shard(arrays=arrays, attributes=attributes | rows.attributes())

        return OpenPart(
            number=number,
            units=len(scored) * ALTERNATIVES,
            num_chunks=-(-len(scored) // chunk),
            inputs=inputs,
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(score, name="effects", replicates=predictor.replicates, summary=summary, dtype=dtype),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: read(number)[2],
        units=plan.size * ALTERNATIVES,
        unit="variants",
        chunk=chunk,
    )
