"""Effects a CPU second of all of a scan but the network: from a FASTA file to parts, with a scorer that costs nothing.

    python -m benchmarks.host_path [--bases=32000000]

The scorer gives the same numbers for every chunk. What is left is reading, the calls of the device, copying,
summarising and writing; tracks are not made.
"""

import dataclasses
import os
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags

from benchmarks.scan import lab_predictor
from genomics.io.genome import open_genome
from genomics.models.predictor import Predictor
from genomics.scan.bases import bases_job
from genomics.scan.engines.local import local_engine
from genomics.scan.plan import BasesPlan, default_part_size
from genomics.scan.run import run_parts
from genomics.sequence.bases import decode
from genomics.sequence.intervals import Interval

BASES = flags.DEFINE_integer("bases", 32_000_000, "Of the contig.", lower_bound=1)
_CHUNK, _REPEATS = 1 << 17, 3


def main(argv: list[str]) -> None:
    del argv
    predictor = dataclasses.replace(lab_predictor("max"), parameters={})
    codes = np.random.default_rng(0).integers(0, 4, BASES.value).astype(np.uint8)
    with tempfile.TemporaryDirectory() as name:
        fasta = Path(name) / "genome.fa"
        fasta.write_text(f">c\n{decode(codes)}\n")
        for summary in (False, True):
            rates = [_rate(predictor, fasta, Path(name) / f"{summary}-{n}", summary) for n in range(_REPEATS)]
            print(f"{'summaries' if summary else 'effects'}: {np.median(rates) / 1e6:.0f} M effects a CPU second")


def _rate(predictor: Predictor, fasta: Path, folder: Path, summary: bool) -> float:
    tasks = len(predictor.tasks)
    plan = BasesPlan(
        intervals=(Interval(contig="c", start=0, end=BASES.value),),
        part_size=default_part_size(tasks * (4 if summary else 8) * 2),
    )
    with open_genome(fasta, folder) as genome:
        job = bases_job(
            predictor,
            lambda parameters, codes: parameters,
            genome,
            plan,
            what="effects",
            summary=summary,
            dtype="float16",
            chunk=_CHUNK,
        )
        effects = jnp.asarray(np.random.default_rng(0).normal(size=(_CHUNK, 4, tasks)), jnp.float32)
        outputs = jax.jit(job.score)(effects, None)
        job = dataclasses.replace(job, score=lambda parameters, codes: parameters, parameters=outputs)
        started = os.times()
        run_parts(job, local_engine, folder, list(range(plan.num_parts)), "", {})
        ended = os.times()
    return 3 * BASES.value / (ended.user + ended.system - started.user - started.system)


if __name__ == "__main__":
    app.run(main)
