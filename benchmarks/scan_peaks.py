"""Mean |effect| of the substitutions inside peaks, and outside them, in a finished scan.

  python -m benchmarks.scan_peaks --scan=DIR --peaks=FILE.bed --task=CTCF

What a model of binding has learned should matter where there is binding. One part is held at a time.
"""

from pathlib import Path

import numpy as np
from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.io.bed import read_bed
from genomics.io.manifest import MANIFEST, read_json
from genomics.io.shard import read_shard

SCAN = flags.DEFINE_string("scan", None, "Output folder of a finished scan of effects.", required=True)
PEAKS = flags.DEFINE_string("peaks", None, "BED file.", required=True)
TASK = flags.DEFINE_string("task", None, "Name of the task.", required=True)


def main(argv: list[str]) -> None:
    del argv
    folder = Path(SCAN.value)
    manifest = read_json(folder / MANIFEST)
    tasks = [name.lower() for name in manifest["settings"]["tasks"]]
    if TASK.value.lower() not in tasks:
        raise InputError(f"--task={TASK.value}: must be one of {', '.join(tasks)}")
    task = tasks.index(TASK.value.lower())
    files = [folder / part["file"] for part in manifest["parts"]]
    ends: dict[str, int] = {}
    for shard in map(read_shard, files):
        for contig, end in zip(shard.arrays["chrom"], shard.arrays["end"], strict=True):
            ends[contig] = max(ends.get(contig, 0), int(end))
    inside = {contig: np.zeros(end, bool) for contig, end in ends.items()}
    for peak in read_bed(PEAKS.value, ends):
        inside[peak.contig][peak.start : peak.end] = True
    sums, counts = np.zeros(2), np.zeros(2, int)
    for shard in map(read_shard, files):
        intervals = zip(*(shard.arrays[name] for name in ("chrom", "start", "end")), strict=True)
        within = np.concatenate([inside[contig][start:end] for contig, start, end in intervals])
        mean = np.abs(shard.arrays["effects"][:, :, task].astype(np.float32)).sum(1) / 3
        known = ~np.isnan(mean)
        for which in (0, 1):
            chosen = mean[known & (within == which)]
            sums[which] += chosen.sum(dtype=float)
            counts[which] += len(chosen)
    outside_mean, inside_mean = sums / counts
    print(f"{TASK.value}: mean |effect| inside peaks {inside_mean:.3f} ({counts[1]:,} bases)")
    print(f"outside {outside_mean:.3f} ({counts[0]:,} bases): ratio {inside_mean / outside_mean:.2f}")


if __name__ == "__main__":
    run(main)
