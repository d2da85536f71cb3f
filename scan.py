"""Scores every base of a genome, or every record of a VCF file, by a trained network.

  python scan.py --workdir=runs/chipseq --fasta=hg38.fa --output=effects
  python scan.py --workdir=runs/chipseq --fasta=hg38.fa --regions=peaks.bed --regions=chr22:20,000,001-21,000,000
  python scan.py --workdir=runs/chipseq --fasta=hg38.fa --vcf=variants.vcf.gz --output=annotated
  python scan.py --workdir=runs/chipseq --fasta=hg38.fa --output=effects --shard=3/64     (then once: --merge)

The results are parts `part-00012.h5`, and made of them `manifest.json` with bigWig tracks, or `variants.vcf.gz`. A scan
that was stopped goes on with the same command.
"""

from pathlib import Path

from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.io.lock import holding
from genomics.programs import engine_flags, model_flags, scan_flags

flags.declare_key_flag("workdir")
for shared in (model_flags, scan_flags, engine_flags):
    flags.adopt_module_key_flags(shared)


def main(argv: list[str]) -> None:
    """Computes the parts that are missing; with all of them there, writes what is made of them."""
    if len(argv) > 1:
        raise InputError(f"{argv[1]!r}: arguments are given as --flag=value")
    output = model_flags.output_folder("scan")
    if scan_flags.MERGE.value:
        with holding(output):
            finish(output)
        return
    scan_flags.check()
    engine_flags.check()
    number, num_shards = scan_flags.shard()

    engine_flags.leave_accelerators()

    from genomics.io.genome import open_genome
    from genomics.programs import scan_job, scan_workers

    predictor = model_flags.load_predictor()
    predictor = model_flags.restricted(predictor, model_flags.chosen_tasks(predictor.tasks))
    if scan_flags.DRY_RUN.value:
        with open_genome(scan_flags.FASTA.value or "", output) as genome:
            scan_job.tell(scan_job.build(predictor, genome), genome, num_shards)
        return
    # Shards of one scan run side by side.
    with holding(output, None if num_shards == 1 else f"shard-{number}-of-{num_shards}"):
        with open_genome(scan_flags.FASTA.value or "", output) as genome:
            engine = engine_flags.start(scan_workers.job_elsewhere())
            scan_job.compute(scan_job.build(predictor, genome), engine, output, number, num_shards)
        if num_shards == 1:
            finish(output)
        else:
            print(f"{output}: shard {number}/{num_shards} is done; after all shards: scan.py --merge --output={output}")


def finish(output: Path) -> None:
    """Writes what is made of the parts, and says what is there."""
    from genomics.scan.merge import merge

    print(*merge(output), sep="\n")


if __name__ == "__main__":
    run(main)
