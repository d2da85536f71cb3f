"""What a scan would do: how much it reads, how much it writes, how long it takes after timing one chunk."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import jax

from genomics.io.genome import Genome
from genomics.progress import duration
from genomics.scan.job import Job
from genomics.scan.plan import plan_of
from genomics.scan.tracks import track_names
from genomics.sequence.bases import N

_REPEATS = 3
_READ = 1 << 20
_SHOWN = 30


def described(job: Job, plan: Mapping[str, Any], genome: Genome, row_bytes: int, num_shards: int) -> Iterator[str]:
    """Lines that tell contigs, bases, N, variants, bytes and time.

    Args:
      job: the scan.
      plan: of the job.
      genome: the FASTA file; all bases to be scored are read once, to count N.
      row_bytes: of the results for one base or allele.
      num_shards: among which the time is shared.
    """
    if plan["settings"]["vcf"]:
        units = rows = job.units
        yield f"{plan['vcf']}: {plan['records']:,} records, {units:,} alternative alleles"
    else:
        intervals = plan_of(plan).intervals
        counts: dict[str, list[int]] = {}
        for each in intervals:
            own = counts.setdefault(each.contig, [0, 0])
            own[0] += len(each)
            for start in range(each.start, each.end, _READ):
                own[1] += int((genome.fetch(each.contig, start, min(start + _READ, each.end)) == N).sum())
        for contig, (bases, unknown) in list(counts.items())[:_SHOWN]:
            yield f"contig {contig}: {bases:,} bases, {unknown:,} of them N"
        if len(counts) > _SHOWN:
            yield f"and {len(counts) - _SHOWN} contigs more"
        rows = sum(bases for bases, _ in counts.values())
        unknown = sum(unknown for _, unknown in counts.values())
        yield f"in all: {len(counts)} contigs, {rows:,} bases, {unknown:,} of them N"
        units = (rows - unknown) * (job.units // max(rows, 1))
        yield f"{job.unit}: {units:,}"
    parts = f"{job.num_parts} {'part' if job.num_parts == 1 else 'parts'}"
    beside = "tracks" if job.tracks else "the VCF file"
    yield f"to be written: about {_size(float(rows * row_bytes))} in {parts}, beside {beside}"
    # What this process took so far to import and load, and takes to compile, the scan takes as well.
    loaded = time.process_time()
    seconds, chunk_units, tracks, compilation = _try_one_chunk(job)
    if job.tracks and tracks:
        size, count = _size(tracks * units), len(track_names(plan["settings"]))
        yield f"tracks: about {size} in {count} files, and as much again beside them until they are joined"
    if not chunk_units:
        yield "time: nothing to compute in the first parts"
        return
    rate = chunk_units / seconds
    total = units / rate / num_shards
    share = f" for each of {num_shards} shards" if num_shards > 1 else ""
    devices = len(jax.local_devices())
    speed = f"{rate * devices:,.0f} {job.unit}/s"
    start = loaded + compilation
    whole = duration(start + total / devices)
    yield f"time: about {whole}{share}: {duration(start)} until all is compiled, then {speed}"


def _try_one_chunk(job: Job) -> tuple[float, float, float, float]:
    """Seconds of the best of some calls; units in a full chunk; bytes of tracks for a unit; seconds of compiling."""
    for number in range(job.num_parts):
        part = job.open_part(number)
        if part.num_chunks:
            break
    else:
        return 0.0, 0.0, 0.0, 0.0
    started = time.perf_counter()
    compiled, inputs = jax.jit(job.score), part.inputs(0)
    outputs = jax.device_get(compiled(job.parameters, inputs))
    compilation = time.perf_counter() - started
    units = part.units / part.num_chunks
    part.put(0, outputs)
    pieces = job.with_tracks(part.finish()).tracks  # the other chunks have no values as yet, and take no bytes
    tracks = sum(values.nbytes for values in pieces.arrays.values()) / units if pieces else 0.0
    seconds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        jax.block_until_ready(compiled(job.parameters, inputs))
        seconds.append(time.perf_counter() - started)
    return min(seconds), units, tracks, compilation


def _size(count: float) -> str:
    """In decimal units, as disks are sold."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB"
