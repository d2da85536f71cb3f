"""A scan by two Ray workers on this machine, and by two shards: what Ray costs.

    python -m benchmarks.ray_workers --workdir=runs/lab5 [--bases=2000000,6000000] [--repeats=3]

Both ways in turn, on two random genomes; effects a second are the difference of effects over the difference of seconds,
so that starting Ray, or two programs, and compiling are apart. Medians.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks.synthetic import run, write_genome

WORKDIR = flags.DEFINE_string("workdir", None, "Of a training run.", required=True)
NUM_BASES = flags.DEFINE_list("bases", ["2000000", "6000000"], "Of the two genomes.")
REPEATS = flags.DEFINE_integer("repeats", 3, "Scans of each genome in each way.", lower_bound=1)
_HERE = Path(__file__).resolve().parent.parent
#: Each process computes on one core.
_COMMON = ("--cpu_devices=1", "--part_size=65536")


def main(argv: list[str]) -> None:
    del argv
    few, many = sorted(map(int, NUM_BASES.value))
    ways: dict[str, Callable[[list[str], Path], object]] = {"shards": _shards, "ray": _ray}
    seconds: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for bases in (few, many):
            write_genome(Path(name) / f"{bases}.fa", {"c": bases})
        for number in range(REPEATS.value):
            for bases in (few, many):
                for way in list(ways)[:: 1 if number % 2 else -1]:
                    common = [
                        f"--workdir={Path(WORKDIR.value or '').resolve()}",
                        f"--fasta={name}/{bases}.fa",
                        *_COMMON,
                    ]
                    started = time.monotonic()
                    ways[way](common, Path(name) / f"{way}-{bases}-{number}")
                    seconds.setdefault((way, bases), []).append(time.monotonic() - started)
                    print(f"{way}: {bases:,} bases: {seconds[way, bases][-1]:.1f} s", flush=True)
    rates = {}
    for way in ways:
        short, long = (float(np.median(seconds[way, bases])) for bases in (few, many))
        rates[way] = 3 * (many - few) / (long - short)
        start = short - 3 * few / rates[way]
        print(f"{way}: {rates[way]:,.0f} effects/s, start-up {start:.1f} s, medians {short:.1f} and {long:.1f} s")
    print(f"Ray: {1 - rates['ray'] / rates['shards']:+.1%} of the effects/s of two shards lost")


def _shards(common: list[str], output: Path) -> None:
    commands = [[sys.executable, "scan.py", *common, f"--output={output}", f"--shard={shard}/2"] for shard in (0, 1)]
    running = [subprocess.Popen(command, cwd=_HERE, stdout=subprocess.DEVNULL) for command in commands]
    for failed in [process for process in running if process.wait()]:
        raise subprocess.CalledProcessError(failed.returncode, failed.args)
    run(_HERE, ["scan.py", "--merge", f"--output={output}"])


def _ray(common: list[str], output: Path) -> None:
    run(_HERE, ["scan.py", *common, f"--output={output}", "--engine=ray", "--num_workers=2"])


if __name__ == "__main__":
    app.run(main)
