"""The job of scoring bases in the windows centred on them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from genomics.io.direct import aligned
from genomics.io.genome import Genome
from genomics.io.shard import Shard
from genomics.lenses.networks import one_network
from genomics.models.predictor import Predictor
from genomics.scan.job import Job, OpenPart
from genomics.scan.layout import lay_out
from genomics.scan.outputs import ROUNDING, Score, as_it_is, in_unit, kept
from genomics.scan.plan import BasesPlan, result_names
from genomics.scan.windows import What
from genomics.sequence.bases import ALTERNATIVES, N
from genomics.sequence.intervals import Interval


def single_network(predictor: Predictor) -> Predictor:
    """The predictor with the parameters of its first replicate alone, for what is built for one network."""
    if predictor.replicates is None:
        return predictor
    first = one_network(predictor.parameters, predictor.replicates)
    return dataclasses.replace(predictor, parameters=first, replicates=None)


def bases_job(
    predictor: Predictor,
    score: Score,
    genome: Genome,
    plan: BasesPlan,
    *,
    what: What,
    summary: bool,
    dtype: str,
    chunk: int,
    gauge: str = "delta",
) -> Job:
    """Scores every base of a plan.

    Args:
      predictor: the network.
      score: (parameters of a single network, (C + L - 1,) codes) -> (C, 4, T) effects or (C, T) logits; in units
        that are not linear with f of the window below the effects.
      genome: where the bases are.
      plan: which bases.
      what: `score` gives.
      summary: keep largest and mean effects only.
      dtype: of the results.
      chunk: C.
      gauge: the unit of the effects, a name in `genomics.lenses.units.UNITS`; of several networks that of their mean.
    """
    length = predictor.length
    name = "effects" if what == "effects" else "logits"

    def masked(parameters: Any, codes: jax.Array) -> jax.Array:
        centre = jax.lax.dynamic_slice_in_dim(codes, length // 2, chunk)
        return jnp.where((centre == N)[:, None], jnp.nan, score(parameters, codes))

    per_base = ALTERNATIVES if what == "effects" else 1

    def open_part(number: int) -> OpenPart:
        pieces = plan.pieces(number)
        layout = lay_out(pieces, genome, length)
        rows = PartRows(layout.rows)

        def put(index: int, outputs: Mapping[str, np.ndarray]) -> None:
            for to, of in layout.places(index, chunk):
                rows.put(to, {key: values if key == ROUNDING else values[of] for key, values in outputs.items()})

        def finish() -> Shard:
            attributes = {"part": number, "unknown_bases": layout.unknown, "input_crc32": layout.digest}
            shapes = {key: (shape, dtype) for key, shape in result_shapes(predictor, what, summary).items()}
            return Shard(
                arrays={**interval_arrays(pieces), **rows.arrays(shapes)}, attributes=attributes | rows.attributes()
            )

        return OpenPart(
            number=number,
            units=(layout.rows - layout.unknown) * per_base,
            num_chunks=layout.num_chunks(chunk),
            inputs=lambda index: layout.chunk(index, chunk),
            put=put,
            finish=finish,
        )

    return Job(
        score=kept(
            score if what == "effects" else masked,
            name=name,
            replicates=predictor.replicates,
            summary=summary,
            dtype=dtype,
            told=in_unit(gauge) if what == "effects" else as_it_is,
        ),
        parameters=predictor.parameters,
        open_part=open_part,
        num_parts=plan.num_parts,
        digest=lambda number: lay_out(plan.pieces(number), genome, length).digest,
        units=plan.size * per_base,
        unit="variants" if what == "effects" else "positions",
        chunk=chunk,
    )


def result_shapes(predictor: Predictor, what: What, summary: bool) -> dict[str, tuple[int, ...]]:
    """Name -> shape of the result for one base."""
    tasks = len(predictor.tasks)
    names = {name: (4, tasks) if name == "effects" else (tasks,) for name in result_names(what, summary)}
    spread = {f"{name}_std": shape for name, shape in names.items()} if predictor.replicates else {}
    return names | spread


def interval_arrays(pieces: Sequence[Interval]) -> dict[str, np.ndarray]:
    """`chrom`, `start` and `end` as a part holds them."""
    return {
        "chrom": np.array([each.contig for each in pieces], object),
        "start": np.array([each.start for each in pieces], np.int64),
        "end": np.array([each.end for each in pieces], np.int64),
    }


class PartRows:
    """Results of a part, NaN until they are put; and the largest rounding error among them."""

    def __init__(self, count: int):
        self._count = count
        self._put = np.zeros(count, bool)
        self._arrays: dict[str, np.ndarray] = {}
        self._rounding: float | None = None

    def put(self, rows: Any, values: Mapping[str, np.ndarray]) -> None:
        """Sets some rows of each array; `rounding` among the values is a number."""
        self._put[rows] = True
        for name, found in values.items():
            if name == ROUNDING:
                self._rounding = float(np.maximum(self._rounding or 0.0, found))  # Python's max may pass over NaN
                continue
            if name not in self._arrays:
                self._arrays[name] = aligned((self._count, *found.shape[1:]), found.dtype)
            self._arrays[name][rows] = found

    def arrays(self, shapes: Mapping[str, tuple[tuple[int, ...], str]]) -> dict[str, np.ndarray]:
        """All arrays; those that nothing was put into by shape of a row and dtype."""
        if not self._arrays:
            return {name: np.full((self._count, *shape), np.nan, dtype) for name, (shape, dtype) in shapes.items()}
        if not self._put.all():
            for values in self._arrays.values():
                values[~self._put] = np.nan
        return self._arrays

    def attributes(self) -> dict[str, float]:
        """`rounding_error`, where there was rounding."""
        return {} if self._rounding is None else {"rounding_error": self._rounding}
