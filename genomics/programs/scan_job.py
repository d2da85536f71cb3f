"""From the flags of a scan to its plan and its job."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import jax
import numpy as np

from genomics.errors import InputError
from genomics.io.atomic import write_text
from genomics.io.bad_rows import BadRows, Mode
from genomics.io.genome import Genome
from genomics.io.manifest import PLAN, check_claim, claim, read_plan
from genomics.io.plan_fields import digest_of
from genomics.io.vcf import check_key, open_vcf
from genomics.lenses.units import UNITS, check_unit
from genomics.models.predictor import Predictor
from genomics.programs import genome_flags, lens_flags, model_flags, scan_flags
from genomics.programs.scan_heads import checked_coverage, heads_of
from genomics.provenance import provenance
from genomics.scan.background import random_snvs
from genomics.scan.bases import bases_job, result_shapes, single_network
from genomics.scan.coverage_tiles import NAME as COVERAGE
from genomics.scan.coverage_tiles import coverage_job
from genomics.scan.effects import chunk_scorer, together
from genomics.scan.job import Job
from genomics.scan.one_by_one import one_by_one
from genomics.scan.plan import BasesPlan, RecordsPlan, default_part_size, of_shard
from genomics.scan.run import Engine, missing_parts, run_parts, settings_digest
from genomics.scan.stages import Stages
from genomics.scan.tiles import evaluates_tiles, tiles_job
from genomics.scan.tracks import tracks_of
from genomics.scan.variants import survey, variants_job
from genomics.scan.vcf_scores import HELD, arrays, held, info_keys, widths
from genomics.scan.windows import Precision, What
from genomics.sequence.intervals import Interval

_RECORDS = 1 << 14
#: Neighbouring bases scored in a device call.
_DENSE = {"cpu": 1 << 13}
_DENSE_ELSEWHERE = 1 << 19
#: Windows evaluated one by one in a device call: for the cache of a CPU, or to fill the device.
_WINDOWS = {"cpu": 64}
_WINDOWS_ELSEWHERE = 1 << 12
#: Tiles mutated in a device call.
_TILES = {"cpu": 4}
_TILES_ELSEWHERE = 1 << 9
_SMALLEST_CHUNK = 64


@dataclass(frozen=True, kw_only=True)
class Scan:
    """What the flags ask for.

    Attributes:
      plan: JSON-ready, as in `plan.json`.
      job: the work.
      row_bytes: of the results for one base or allele.
    """

    plan: Mapping[str, Any]
    job: Job
    row_bytes: int


def build(predictor: Predictor, genome: Genome, *, background: str | None = None) -> Scan:
    """Plans the scan that the flags ask for; prints the regions that it understood, and the indices made.

    Args:
      predictor: with the tasks asked about.
      genome: the open FASTA file.
      background: what the effects of a VCF file are compared with, in words; None = with nothing.

    Raises:
      InputError: regions, VCF file or flags that do not fit the network or the genome.
    """
    for index in genome.made:
        print(f"index made: {index.name}")
    if scan_flags.VCF.value:
        return _scan(predictor, genome, *_variants(predictor, genome, Path(scan_flags.VCF.value), background))
    return _scan(predictor, genome, *_bases(predictor, genome))


def build_background(predictor: Predictor, genome: Genome, folder: Path) -> tuple[Scan | None, str | None]:
    """The scan of what --background names, and what it is in words; None where there is none.

    Args:
      predictor: with the tasks asked about.
      genome: the open FASTA file.
      folder: of the background; the file of random SNVs is written into it.
    """
    asked = scan_flags.BACKGROUND.value
    if asked is None:
        return None, None
    if asked.isdigit():
        seed = model_flags.SEED.value
        path = folder / "random.vcf"
        write_text(path, "\n".join(random_snvs(genome, int(asked), seed)) + "\n")
        words = f"{int(asked):,} random SNVs, seed {seed}"
    else:
        path = Path(asked)
        words = path.name
    scan = _scan(predictor, genome, *_variants(predictor, genome, path, None))
    return scan, f"{words} ({scan.plan['settings']['vcf']})"


def _scan(predictor: Predictor, genome: Genome, plan: dict[str, Any], job: Job, row_bytes: int) -> Scan:
    recorded = {name: value for name, value in provenance().items() if name != "time"}
    described = {
        "fasta": str(genome.path.resolve()),
        "contigs": dict(genome.contigs),
        "provenance": {
            **recorded,
            "model": predictor.source,
            "fingerprint": predictor.fingerprint,
            "unit": predictor.unit,
        },
    }
    genome_digest = digest_of(list(genome.contigs.items()))
    settings = scan_flags.settings(predictor, genome, {**plan.pop("settings"), "genome": genome_digest})
    if not settings["vcf"]:
        job = replace(job, tracks=tracks_of(genome.contigs, settings))
    return Scan(plan={"settings": settings, **described, **plan}, job=job, row_bytes=row_bytes)


def _bases(predictor: Predictor, genome: Genome) -> tuple[dict[str, Any], Job, int]:
    what, dtype, summary = cast(What, scan_flags.WHAT.value), scan_flags.result_dtype(), scan_flags.SUMMARY_ONLY.value
    shapes = result_shapes(predictor, what, summary)
    row_bytes = sum(int(np.prod(shape)) for shape in shapes.values()) * np.dtype(dtype).itemsize
    part_size = scan_flags.PART_SIZE.value or default_part_size(row_bytes)
    intervals = scan_flags.intervals(genome)
    plan = BasesPlan(intervals=intervals, part_size=part_size)
    rows = [[each.contig, each.start, each.end] for each in intervals]
    described = {
        "settings": {"vcf": None, "regions": digest_of(rows), "part_size": part_size},
        "intervals": rows,
    }
    if scan_flags.covers():
        return _coverage(predictor, genome, described, intervals)
    precision, gauge = cast(Precision, scan_flags.PRECISION.value), lens_flags.GAUGE.value
    if what == "effects":
        check_unit(gauge, predictor.unit)
    if scan_flags.WINDOW.value == "tiled":
        stride = scan_flags.STRIDE.value or predictor.length
        if stride > predictor.length:
            raise InputError(f"--stride={stride}: must be at most L = {predictor.length}, or bases are left out")
        sizes = (
            (_TILES, _TILES_ELSEWHERE) if evaluates_tiles(predictor.length, stride) else (_WINDOWS, _WINDOWS_ELSEWHERE)
        )
        job = tiles_job(
            predictor,
            genome,
            plan,
            stride=stride,
            precision=precision,
            summary=summary,
            dtype=dtype,
            chunk=_chunk(*sizes, plan.size),
            gauge=gauge,
        )
        return described, job, row_bytes
    single, before = single_network(predictor), not UNITS[gauge].linear
    program = together(single, what=what, precision=precision)
    sizes = (_DENSE, _DENSE_ELSEWHERE) if program else (_WINDOWS, _WINDOWS_ELSEWHERE)
    chunk = _chunk(*sizes, plan.size)
    if program is None:
        score = jax.jit(one_by_one(single, what=what, before=before, precision=precision, chunk=chunk))
    else:
        score = chunk_scorer(single, what=what, before=before, precision=precision, chunk=chunk, program=program)
    job = bases_job(predictor, score, genome, plan, what=what, summary=summary, dtype=dtype, chunk=chunk, gauge=gauge)
    return described, job, row_bytes


def _coverage(
    predictor: Predictor, genome: Genome, described: dict[str, Any], intervals: tuple[Interval, ...]
) -> tuple[dict[str, Any], Job, int]:
    coverage = heads_of(predictor, "--what=predictions --target=profile")
    channels = coverage.profile.channels
    names = ["profile"] if channels == 1 else [f"strand_{channel}" for channel in range(channels)]
    dtype = scan_flags.result_dtype()
    row_bytes = channels * np.dtype(dtype).itemsize
    plan = BasesPlan(intervals=intervals, part_size=scan_flags.PART_SIZE.value or default_part_size(row_bytes))
    described["settings"] |= {"what": COVERAGE, "tasks": names, "part_size": plan.part_size}
    job = coverage_job(
        replace(predictor, tasks=tuple(names)),
        coverage,
        genome,
        plan,
        precision=cast(Precision, scan_flags.PRECISION.value),
        dtype=dtype,
        chunk=_chunk(_WINDOWS, _WINDOWS_ELSEWHERE, max(plan.size // coverage.positions, 1)),
    )
    return described, job, row_bytes


def _variants(
    predictor: Predictor, genome: Genome, path: Path, background: str | None
) -> tuple[dict[str, Any], Job, int]:
    allow_truncated, further = scan_flags.ALLOW_TRUNCATED.value, scan_flags.vcf_scores()
    gauge, coverage = lens_flags.GAUGE.value, checked_coverage(predictor, further, lens_flags.GAUGE.value)
    with open_vcf(path, allow_truncated=allow_truncated) as vcf:
        for key, _, _ in info_keys(scan_flags.INFO_KEY.value, further, predictor.replicates):
            check_key(key, vcf.header, path)
    bad_rows = BadRows(mode=cast(Mode, genome_flags.BAD_ROWS.value))
    contents = survey(path, genome, allow_truncated=allow_truncated, bad_rows=bad_rows)
    for number, line in enumerate(bad_rows.lines()):
        print(line if number else f"{path}: {line}")
    if contents.breaks_off:
        print(f"{path}: {contents.breaks_off}; only the records before are read")
    print(f"{path}: {contents.records:,} records, {contents.alleles:,} alternative alleles")
    plan = RecordsPlan(size=contents.records, part_size=scan_flags.PART_SIZE.value or _RECORDS)
    dtype = scan_flags.result_dtype()
    job = variants_job(
        predictor,
        genome,
        path,
        contents,
        plan,
        precision=cast(Precision, scan_flags.PRECISION.value),
        dtype=dtype,
        chunk=_chunk(_WINDOWS, _WINDOWS_ELSEWHERE, contents.alleles),
        further=held(further),
        gauge=gauge,
        coverage=coverage,
    )
    width = widths(further, heads=coverage is not None)
    own: dict[str, Any] = {"vcf": contents.digest, "regions": None, "part_size": plan.part_size}
    own |= {name: value for name, value in (("vcf_scores", further), ("widths", width)) if value}  # absent as ever
    own["held"] = list(HELD)
    if background is not None:
        own["background"] = background
    described = {
        "settings": own,
        "vcf": str(path.resolve()),
        "records": contents.records,
    }
    row_bytes = len(predictor.tasks) * np.dtype(dtype).itemsize * len(arrays(held(further), predictor.replicates))
    return described, job, row_bytes


def _chunk(of_platform: Mapping[str, int], elsewhere: int, size: int) -> int:
    """--batch_size, or what suits the device; no more than a small scan needs."""
    if model_flags.BATCH_SIZE.value:
        return model_flags.BATCH_SIZE.value
    if planned := _planned_chunk():
        return planned
    chunk = of_platform.get(jax.default_backend(), elsewhere)
    while chunk > _SMALLEST_CHUNK and chunk // 2 >= size:
        chunk //= 2
    return chunk


def _planned_chunk() -> int | None:
    """That of the scan which the folder holds, where it was computed on such a device: all parts are computed alike."""
    folder = model_flags.output_folder("scan")
    if not (folder / PLAN).is_file():
        return None
    found = read_plan(folder).get("chunk")
    if not isinstance(found, dict) or found.get("device") != jax.default_backend():
        return None
    return found["size"] if type(found.get("size")) is int and found["size"] > 0 else None


def compute(scan: Scan, engine: Engine, folder: Path, shard: int, num_shards: int, stages: Stages) -> None:
    """Computes the parts of a shard that are not in the folder yet.

    Args:
      scan: what to compute.
      engine: what computes.
      folder: of the parts.
      shard: its number, from 0.
      num_shards: among which the parts are shared.
      stages: where the seconds are counted.

    Raises:
      InputError: the folder holds another scan, cannot be written, or the input is faulty.
    """
    then = check_claim(folder, scan.plan)
    settings = settings_digest(scan.plan["settings"])
    numbers = of_shard(scan.job.num_parts, shard, num_shards)
    with stages.of("plan"):
        missing = missing_parts(scan.job, folder, numbers, settings)
    plan = {**scan.plan, "chunk": {"size": scan.job.chunk, "device": jax.default_backend()}}
    if then and then.get("chunk", plan["chunk"]) != plan["chunk"] and len(missing) < len(numbers):
        plan["chunk"] = then["chunk"]
        told = " on ".join(str(then["chunk"].get(key)) for key in ("size", "device"))
        print(f"note: the parts that are there were computed by --batch_size={told}: their rounding differs")
    claim(folder, plan)  # not before the input is known to be that of the parts that are there
    if len(missing) < len(numbers):
        print(f"{folder}: {len(numbers) - len(missing)} of {len(numbers)} parts are there already")
    if missing:
        compression = None if scan_flags.COMPRESSION.value == "none" else scan_flags.COMPRESSION.value
        stamp = {"provenance": scan.plan["provenance"]}
        run_parts(replace(scan.job, stages=stages), engine, folder, missing, settings, stamp, compression)
