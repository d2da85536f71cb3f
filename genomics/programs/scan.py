"""Scores every base of a genome, or every record of a VCF file, by a network.

  genomics-scan --workdir=runs/chipseq --fasta=hg38.fa --output=effects
  genomics-scan --workdir=runs/chipseq --fasta=hg38.fa --regions=peaks.bed
  genomics-scan --workdir=runs/chipseq --fasta=hg38.fa --vcf=my.vcf.gz --output=variants
  genomics-scan --workdir=runs/chipseq --fasta=hg38.fa --output=effects \\
                --shard=3/64
  genomics-scan --output=effects --merge          (once all shards are done)

The results are parts part-00012.h5, and made of them manifest.json with bigWig
tracks, or variants.vcf.gz. A scan that was stopped goes on by the same command.
"""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.flag_help import Group, Help
from genomics.io.lock import holding
from genomics.programs import engine_flags, genome_flags, model_flags, scan_flags
from genomics.programs.tasks import restricted
from genomics.scan.stages import Stages

flags.declare_key_flag("workdir")
for shared in (model_flags, genome_flags, scan_flags, engine_flags):
    flags.adopt_module_key_flags(shared)


HELP = Help(
    usage="--workdir=DIR --fasta=FILE",
    required=("fasta",),
    groups=(
        Group(
            title="Network (--workdir, or --model)",
            shown={
                "workdir": "folder of a training run",
                "model": "instead of --workdir: a network from elsewhere",
                "length": "sequence length, for a --model that leaves it open",
                "tasks": "names or indices (default: all)",
                "checkpoint": "of --workdir (default: best)",
            },
            modules=("genomics.programs.model_flags", "genomics.programs.network_flags"),
        ),
        Group(
            title="Number explained (docs/lenses.md)",
            shown={
                "target": "output, log_counts or profile (default: output)",
                "strands": "forward, or both: their mean (default: forward)",
                "gauge": "unit of differences, e.g. log2_fold_change",
            },
            modules=("genomics.programs.lens_flags",),
        ),
        Group(
            title="Genome",
            shown={
                "fasta": "the genome, plain, bgzip or 2bit",
                "regions": "BED file, CONTIG:FIRST-LAST or contig (default: all)",
                "what": "effects of all substitutions, or predictions",
                "window": "each base in the centre of its window, or tiles",
                "dry_run": "only say how long it takes and how much it writes",
            },
        ),
        Group(
            title="Variants",
            shown={
                "vcf": "score the records of a VCF or BCF file instead",
                "vcf_scores": "further INFO keys, e.g. reference,alternative",
                "info_key": "INFO key of the effects (default: EFFECT)",
                "background": "random SNVs, or a VCF, that effects are compared with",
                "sort": "effect: also a table with the largest effects first",
                "bad_rows": "what becomes of lines that cannot be read",
                "allow_truncated": "read a file that breaks off as far as it goes",
            },
        ),
        Group(
            title="Many machines",
            shown={
                "shard": "do the i-th of N shares, 0 <= i < N",
                "merge": "make tracks or VCF from the parts of all shards",
                "engine": "what computes (default: local)",
                "num_workers": "actors of --engine=ray",
                "ray_address": "cluster of --engine=ray, e.g. auto",
            },
            modules=("genomics.programs.engine_flags",),
        ),
        Group(
            title="Results",
            shown={"output": "(default: WORKDIR/scan)", "profile": "say where the time went"},
            modules=("genomics.programs.scan_flags", "genomics.programs.genome_flags"),
        ),
    ),
    values={
        "bins": "FIRST-LAST",
        "workdir": "DIR",
        "output": "DIR",
        "model": "FILE|MODULE:FUNCTION",
        "fasta": "FILE",
        "vcf": "FILE",
    }
    | {"shard": "i/N", "window": "centred|tiled"},
)


def main(argv: list[str]) -> None:
    """Computes the parts that are missing; with all of them there, writes what is made of them."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    output = model_flags.output_folder("scan")
    if scan_flags.MERGE.value:
        with holding(output), _profiled() as stages:
            finish(output, stages)
        return
    scan_flags.check()
    engine_flags.check()
    number, num_shards = scan_flags.shard()

    engine_flags.leave_accelerators()

    from genomics.io.genome import open_genome
    from genomics.programs import scan_job, scan_workers
    from genomics.scan.background import FOLDER as BACKGROUND
    from genomics.scan.dry_run import described
    from genomics.scan.engines.local import local_engine

    predictor = model_flags.load_predictor()
    predictor = restricted(predictor, model_flags.chosen_tasks(predictor.tasks))
    if scan_flags.DRY_RUN.value:
        with open_genome(genome_flags.FASTA.value or "", output) as genome:
            scan = scan_job.build(predictor, genome)
            print(*described(scan.job, scan.plan, genome, scan.row_bytes, num_shards), sep="\n")
        return
    # Shards of one scan run side by side.
    with holding(output, None if num_shards == 1 else f"shard-{number}-of-{num_shards}"), _profiled() as stages:
        with open_genome(genome_flags.FASTA.value or "", output) as genome:
            engine = engine_flags.start(scan_workers.job_elsewhere())
            with stages.of("plan"):
                background, words = scan_job.build_background(predictor, genome, output / BACKGROUND)
                scan = scan_job.build(predictor, genome, background=words)
            if background is not None:  # by this process: workers know one job, which is the other one
                scan_job.compute(background, local_engine, output / BACKGROUND, number, num_shards, stages)
            scan_job.compute(scan, engine, output, number, num_shards, stages)
        if num_shards == 1:
            finish(output, stages)
        else:
            print(f"{output}: shard {number}/{num_shards} is done; after all shards: scan.py --merge --output={output}")


@contextlib.contextmanager
def _profiled() -> Iterator[Stages]:
    """Yields what counts the seconds of stages; with --profile they are printed after the block."""
    stages, started = Stages(), time.perf_counter()
    yield stages
    if scan_flags.PROFILE.value:
        print(*stages.lines(time.perf_counter() - started), sep="\n")


def finish(output: Path, stages: Stages) -> None:
    """Writes what is made of the parts, and says what is there."""
    from genomics.io.manifest import read_plan
    from genomics.scan.allele_table import rank
    from genomics.scan.merge import merge

    print(*merge(output, stages), sep="\n")
    if scan_flags.SORT.value:
        with stages.of("rank"):
            print(rank(output, read_plan(output)))


def command() -> None:
    """The command line."""
    run(main, told=HELP)
