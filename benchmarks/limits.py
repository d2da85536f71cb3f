"""The sizes that were tried, each by its program as a user runs it: seconds, and the most memory; docs/limits.md.

    python -m benchmarks.limits --case=records,contigs,tasks,length,sequences

The networks are small, so that what is measured is the handling, and made here; all inputs are random. Nothing that was
compiled before is used.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import app, flags

from benchmarks.synthetic import write_genome, write_variants
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

CASE = flags.DEFINE_list("case", None, "Which cases; all by default.")
SCALE = flags.DEFINE_float("scale", 1.0, "Share of each size, to try the command itself.", lower_bound=1e-6)

_ROOT = Path(__file__).parents[1]
_LENGTH = 200
_NETWORKS = """
import jax, jax.numpy as jnp

def network(length, tasks, filters=8, width=9):
    keys = jax.random.split(jax.random.key(0), 2)
    kernel = jax.random.normal(keys[0], (width, 4, filters)) / 6
    last = jax.random.normal(keys[1], (filters, tasks)) / 3

    def predict(x):
        maps = jax.lax.conv_general_dilated(x[None], kernel, (1,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))[0]
        return jax.nn.relu(maps).mean(0) @ last

    return predict

def few(): return network(200, 3)
def many(): return network(200, 1000)
def long(): return network(131072, 1)
"""


def _bases(rng: np.random.Generator, count: int) -> str:
    return decode(rng.integers(0, 4, count).astype(np.uint8))


def _vcf(folder: Path, scale: float) -> tuple[str, list[str]]:
    count, every, indels = int(2_000_000 * scale), 4, 0.05
    write_genome(folder / "genome.fa", {"chr1": count * every + 100})
    with open_genome(folder / "genome.fa", folder) as genome:
        codes = np.asarray(genome.fetch("chr1", 0, genome.contigs["chr1"]))
    write_variants(folder / "in.vcf", "chr1", codes, every=every, count=count, indels=indels)
    files = [f"--fasta={folder}/genome.fa", f"--vcf={folder}/in.vcf"]
    what = f"{count:,} VCF records, one every {every} bases, {indels:.0%} indels"
    return what, ["scan.py", "--model=limits_networks:few", f"--length={_LENGTH}", *files]


def _contigs(folder: Path, scale: float) -> tuple[str, list[str]]:
    rng, count = np.random.default_rng(0), int(200_000 * scale)
    (folder / "genome.fa").write_text("".join(f">scaffold_{n}\n{_bases(rng, 20)}\n" for n in range(count)))
    flags_ = ["--model=limits_networks:few", f"--length={_LENGTH}", "--what=predictions"]
    return f"{count:,} contigs, {20 * count:,} predictions of 3 tasks", [
        "scan.py",
        *flags_,
        f"--fasta={folder}/genome.fa",
    ]


def _sequences(folder: Path, count: int, length: int) -> str:
    rng = np.random.default_rng(0)
    with (folder / "in.fa").open("w") as file:
        file.writelines(f">s{number}\n{_bases(rng, length)}\n" for number in range(count))
    return f"--sequences={folder}/in.fa"


def _tasks(folder: Path, scale: float) -> tuple[str, list[str]]:
    sequences = _sequences(folder, 4, _LENGTH)
    flags_ = ["--model=limits_networks:many", f"--length={_LENGTH}", "--methods=deeplift,ism", "--most_figures=20"]
    return "1,000 tasks, 4 sequences", ["interpret.py", *flags_, sequences]


def _long(folder: Path, scale: float) -> tuple[str, list[str]]:
    sequences = _sequences(folder, 1, 131_072)
    flags_ = ["--model=limits_networks:long", "--length=131072", "--methods=deeplift", "--num_figures=0"]
    return "a network of 131,072 bases", ["interpret.py", *flags_, sequences]


def _many(folder: Path, scale: float) -> tuple[str, list[str]]:
    count = int(100_000 * scale)
    sequences = _sequences(folder, count, _LENGTH)
    flags_ = ["--model=limits_networks:few", f"--length={_LENGTH}", "--methods=deeplift", "--num_sequences=0"]
    return f"{count:,} sequences of {_LENGTH} bases", ["interpret.py", *flags_, "--num_figures=1", sequences]


#: Name -> (folder, scale) -> (what it is, the command).
CASES: dict[str, Callable[[Path, float], tuple[str, list[str]]]] = {
    "records": _vcf,
    "contigs": _contigs,
    "tasks": _tasks,
    "length": _long,
    "sequences": _many,
}


def main(_: list[str]) -> None:
    """Runs the cases one after the other; a line each."""
    print(f"{'case':<56}{'seconds':>9}{'peak GB':>9}  program")
    for name in CASE.value or CASES:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            (folder / "limits_networks.py").write_text(_NETWORKS)
            what, (program, *arguments) = CASES[name](folder, SCALE.value)
            seconds, peak = _run([str(_ROOT / program), *arguments, f"--output={folder}/out"], folder)
            print(f"{what:<56}{seconds:>9.0f}{peak:>9.2f}  {program}", flush=True)


def _run(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds, and gigabytes that the process held at most."""
    started = time.monotonic()
    with (folder / "log").open("w") as log:
        environment = os.environ | {"GENOMICS_CACHE": "off"}  # a first start, whatever was compiled here before
        process = subprocess.Popen([sys.executable, *command], cwd=folder, stdout=log, stderr=log, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit((folder / "log").read_text()[-2000:])
    return time.monotonic() - started, usage.ru_maxrss / 2**20


if __name__ == "__main__":
    app.run(main)
