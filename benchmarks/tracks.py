"""What --tracks costs: DeepLIFT of many windows of a genome with and without, in turns; seconds and peak memory.

python -m benchmarks.tracks --workdir=runs/lab5 --fasta=genome.fa --regions=chr22:1-1000000
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from absl import app, flags

WORKDIR = flags.DEFINE_string("workdir", None, "A training run.", required=True)
FASTA = flags.DEFINE_string("fasta", None, "The genome.", required=True)
REGIONS = flags.DEFINE_string("regions", None, "As of interpret.py.", required=True)
REPEATS = flags.DEFINE_integer("repeats", 4, "Runs of each kind.", lower_bound=1)
_PROGRAM = Path(__file__).parents[1] / "interpret.py"


def main(argv: list[str]) -> None:
    del argv
    seconds: dict[str, list[float]] = {"": [], "--tracks": []}
    memory: dict[str, list[float]] = {"": [], "--tracks": []}
    run([])  # compiled by the first, for all
    for _ in range(REPEATS.value):
        for flag in seconds:
            taken, peak, windows = run([flag] if flag else [])
            seconds[flag].append(taken)
            memory[flag].append(peak)
    for flag, all_of in seconds.items():
        told = f"{statistics.median(all_of):.2f} s ({min(all_of):.2f} to {max(all_of):.2f})"
        print(f"{windows} windows, deeplift {flag or 'alone'}: {told}, at most {max(memory[flag]):.0f} MB")
    pairs = [with_ / without for without, with_ in zip(*seconds.values(), strict=True)]
    print(f"ratio of times: {statistics.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})")


def run(more: list[str]) -> tuple[float, float, str]:
    """Seconds, peak resident megabytes, and how many windows there were."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(_PROGRAM), f"--workdir={WORKDIR.value}", f"--fasta={FASTA.value}"]
        command += [f"--regions={REGIONS.value}", "--methods=deeplift", "--num_sequences=0", "--num_figures=0"]
        start = time.monotonic()
        process = subprocess.Popen([*command, f"--output={folder}", *more], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        taken = time.monotonic() - start
        if status:
            print(said)
            raise app.UsageError(f"interpret.py ended with status {os.waitstatus_to_exitcode(status)}")
        process.returncode = 0
        (line,) = (line for line in said.splitlines() if " sequences, rows " in line)
        return taken, usage.ru_maxrss / 1e3, line.rpartition(": ")[2].split(" ")[0]


if __name__ == "__main__":
    app.run(main)
