"""Records a second of a VCF scan, start-up apart, and of another checkout in turn.

    python -m benchmarks.variants --workdir=runs/lab5 [--every=4] [--counts=250000,1000000] [--indels=0.05]
        [--baseline=TREE] [--baseline_workdir=RUN] [--baseline_counts=60000,180000]

One record at every n-th base of a random contig; all files are written. Records a second are the difference of records
over the difference of seconds between two files, of which each is scanned in turn with the others; medians of
--repeats. Of a single count only its own seconds and memory are told.
"""

import itertools
import statistics
import tempfile
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks.synthetic import Taken, run, write_genome, write_variants
from genomics.io.genome import open_genome

WORKDIR = flags.DEFINE_string("workdir", None, "Of a training run.", required=True)
EVERY = flags.DEFINE_integer("every", 4, "Bases from a record to the next.", lower_bound=1)
COUNTS = flags.DEFINE_list("counts", ["250000", "1000000"], "Records of the files.")
INDELS = flags.DEFINE_float("indels", 0.0, "Share of insertions and deletions.")
BASELINE = flags.DEFINE_string("baseline", None, "Another checkout, which this Python can run.")
BASELINE_WORKDIR = flags.DEFINE_string("baseline_workdir", None, "Of a training run that it reads (default: the same).")
BASELINE_COUNTS = flags.DEFINE_list("baseline_counts", ["60000", "180000"], "Records of its files.")
REPEATS = flags.DEFINE_integer("repeats", 1, "Scans of each.", lower_bound=1)
FOLDER = flags.DEFINE_string("folder", None, "Where the files lie for the time being.")


def main(argv: list[str]) -> None:
    del argv
    here = Path(__file__).resolve().parent.parent
    ways = {"this": (here, WORKDIR.value, sorted(map(int, COUNTS.value)))}
    if BASELINE.value:
        own = BASELINE_WORKDIR.value or WORKDIR.value
        ways["baseline"] = (Path(BASELINE.value).resolve(), own, sorted(map(int, BASELINE_COUNTS.value)))
    most = max(count for _, _, counts in ways.values() for count in counts)
    taken: dict[tuple[str, int], list[Taken]] = {}
    with tempfile.TemporaryDirectory(dir=FOLDER.value) as name:
        folder = Path(name)
        write_genome(folder / "genome.fa", {"c": most * EVERY.value + 100})
        with open_genome(folder / "genome.fa", folder) as genome:
            codes = np.asarray(genome.fetch("c", 0, genome.contigs["c"]))
        for count in {count for _, _, counts in ways.values() for count in counts}:
            path = folder / f"{count}.vcf"
            write_variants(path, "c", codes, every=EVERY.value, count=count, indels=INDELS.value)
        for number in range(REPEATS.value):
            for way, (tree, workdir, counts) in ways.items():
                for count in counts:
                    arguments = [f"--workdir={Path(workdir or '').resolve()}", f"--fasta={folder / 'genome.fa'}"]
                    arguments += [f"--vcf={folder / f'{count}.vcf'}", f"--output={folder / f'{way}-{count}-{number}'}"]
                    found = run(tree, ["scan.py", *arguments])
                    taken.setdefault((way, count), []).append(found)
                    shown = f"{found.wall:.1f} s, {found.cpu:.1f} CPU-s, at most {found.peak / 1e9:.2f} GB so far"
                    print(f"{way}: {count:,} records: {shown}", flush=True)
    rates = {way: _rate(way, counts, taken) for way, (_, _, counts) in ways.items() if len(counts) > 1}
    if len(rates) > 1:
        print(f"ratio: {rates['this'] / rates['baseline']:.1f}")


def _rate(way: str, counts: list[int], taken: dict[tuple[str, int], list[Taken]]) -> float:
    """Prints and returns records a second."""
    walls, cpus = (
        [statistics.median(getattr(each, name) for each in taken[way, count]) for count in counts]
        for name in ("wall", "cpu")
    )
    (few, many), (short, long) = (next(itertools.pairwise((values[0], values[-1]))) for values in (counts, walls))
    rate = (many - few) / (long - short)
    each = (cpus[-1] - cpus[0]) / (many - few)
    start = short - few / rate
    print(f"{way}: {rate:,.0f} records/s, {each * 1e6:.1f} CPU-us a record, start-up {start:.1f} s")
    return rate


if __name__ == "__main__":
    app.run(main)
