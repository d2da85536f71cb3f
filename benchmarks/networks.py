"""Every trained network of a folder through everything: the table of the docs.

  python -m benchmarks.networks --folder=DIR [--names=basset,bpnet] [--windows=16] [--mutants=64] [--repeats=5]

DIR holds networks as files that `--model` reads, `NAME.pt2`, `NAME.h5`, `NAME.keras`. Of a network with several outputs
the first of a single number is taken, else the first; of more than four tasks the first four; further inputs are held
at zero. Columns: tasks of outputs; DeepLIFT's residual (rescale, against .25 of each base); the largest effect of a
substitution; incremental mutagenesis: its largest difference from plain evaluation of some mutants, and effects/s
against plain evaluation of the same mutants in one batch (medians of repeats that alternate); dense evaluation of some
windows against each by itself; `scan.py --vcf` of three substitutions against the network's own difference; the most
memory that all of this held, a process for each network. Effects and differences are shares of the largest output: an
effect is a difference of two outputs, and rounded as they are. A dash is what a method refuses, with the reason below.
"""

import contextlib
import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pysam
from absl import flags

from genomics.attribution.deeplift import deeplift
from genomics.command import run
from genomics.errors import InputError
from genomics.models.heads import choose_heads
from genomics.models.network import Network
from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.readers import READERS
from genomics.programs.tasks import restricted
from genomics.scan.dense.program import dense

FOLDER = flags.DEFINE_string("folder", None, "Folder of network files.")
FILE = flags.DEFINE_string("file", None, "One network file instead: its line alone.")
NAMES = flags.DEFINE_list("names", None, "Only files whose names start so.")
WINDOWS = flags.DEFINE_integer("windows", 16, "Windows of the scan.", lower_bound=1)
MUTANTS = flags.DEFINE_integer("mutants", 64, "Mutants that are computed plainly.", lower_bound=1)
REPEATS = flags.DEFINE_integer("repeats", 5, "Of each timing.", lower_bound=1)
_MOST_TASKS = 4


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    if FILE.value:
        reasons: list[str] = []
        print(row(Path(FILE.value), reasons), *(f"    {reason}" for reason in reasons), sep="\n", flush=True)
        return
    if not FOLDER.value:
        raise InputError("--folder=DIR: a folder of network files, or --file=FILE")
    files = sorted(path for path in Path(FOLDER.value).iterdir() if path.suffix in READERS)
    files = [path for path in files if not NAMES.value or path.name.startswith(tuple(NAMES.value))]
    heads = ("DeepLIFT", "effect", "ISM", "speed", "scan", "VCF", "memory")
    print(f"{'network':28} {'explained':24} {' '.join(f'{head:>8}' for head in heads)}", flush=True)
    given = [f"--{flag.name}={flag.value}" for flag in (WINDOWS, MUTANTS, REPEATS)]
    failed: list[str] = []
    for path in files:
        command = [sys.executable, "-m", "benchmarks.networks", f"--file={path}", *given]
        if status := subprocess.run(command, check=False).returncode:
            print(f"{path.name:28} failed with status {status}", flush=True)
            failed.append(path.name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def row(path: Path, reasons: list[str]) -> str:
    """The line of one network; why it has dashes is added to `reasons`."""
    try:
        network = READERS[path.suffix](str(path), None, None)
    except InputError as error:
        reasons.append(str(error))
        return f"{path.name:28} is not read"
    head = chosen_head(network)
    held = {each.name: 0.0 for each in network.inputs if each.name != sequence_of(network) or not has_bases(each.shape)}
    with contextlib.redirect_stdout(io.StringIO()):
        predictor = as_predictor(network, Wanted(head=head, fixed=dict(held)))
    several = f"{head}: " if head else ""
    explained = f"{several}{len(predictor.tasks)} of " + ", ".join(str(output.shape) for output in network.outputs)
    count = len(predictor.tasks)
    if count > _MOST_TASKS:
        predictor = restricted(predictor, tuple(range(_MOST_TASKS)))

    def value(what, text):
        try:
            return text(what(predictor))
        except InputError as error:
            reasons.append(str(error)[:300])
            return "-"

    ism = value(mutagenesis, lambda found: f"{found[0]:.1e} {found[1]:.1e} {found[2]:.1f}x").split()
    cells = [
        value(residual, lambda r: f"{r:.1e}"),
        *(ism if len(ism) == 3 else "---"),
        value(windows, lambda d: f"{d:.1e}"),
        value(partial(variants, path, head, held), lambda d: f"{d:.1e}"),
    ]
    own, scan = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cells.append(f"{max(own, scan) / 2**20:.1f} GB")
    return f"{path.name:28} {explained[:24]:24} {' '.join(f'{cell:>8}' for cell in cells)}"


def has_bases(shape: tuple[int, ...]) -> bool:
    """Whether an axis holds the four bases and nothing else; a fifth channel is held at zero like another input."""
    return 4 in shape


def sequence_of(network: Network) -> str:
    """The input with an axis of bases; of several the first."""
    return next((each.name for each in network.inputs if 4 in each.shape), network.inputs[0].name)


def chosen_head(network: Network) -> str | None:
    """None where all outputs are tasks, else the name of the first of a single number, or of the first."""
    try:
        choose_heads(network)
    except InputError:
        single = [output.name for output in network.outputs if output.size == 1]
        return (single or [network.outputs[0].name])[0]
    return None


def one_hot(length: int, seed: int = 0) -> jax.Array:
    return jax.nn.one_hot(np.random.default_rng(seed).integers(0, 4, length), 4)


def residual(predictor: Predictor) -> float:
    explain = jax.jit(deeplift(of(predictor), reference=np.full((predictor.length, 4), 0.25), rule="rescale"))
    return float(jnp.abs(explain(one_hot(predictor.length)).residual).max())


def mutagenesis(predictor: Predictor) -> tuple[float, float, float]:
    """(largest effect, largest difference, speed against plain evaluation)."""
    predict, x = of(predictor), one_hot(predictor.length)
    fast = jax.jit(lambda x: incremental_ism(predict)(x).scores)
    generator = np.random.default_rng(1)
    places = generator.integers(0, predictor.length, MUTANTS.value)
    shifts = generator.integers(1, 4, MUTANTS.value)
    mutants = jnp.stack([x.at[p].set(jnp.roll(x[p], s)) for p, s in zip(places, shifts, strict=True)])
    batch = jax.jit(jax.vmap(predict))
    effects, plain, own = fast(x), batch(mutants), jax.jit(predict)(x)
    seconds = [(seconds_of(fast, x), seconds_of(batch, mutants)) for _ in range(REPEATS.value)]
    ours, plain_seconds = (statistics.median(each) for each in zip(*seconds, strict=True))
    expected = plain - own
    bases = mutants[jnp.arange(len(places)), places].argmax(-1)
    found = effects[:, places, bases].T
    size = jnp.abs(own).max()
    speed = plain_seconds / len(places) * 3 * predictor.length / ours
    return float(jnp.abs(effects).max() / size), float(jnp.abs(found - expected).max() / size), speed


def windows(predictor: Predictor) -> float:
    """The largest difference of dense evaluation, as a share of the largest output."""
    predict, length = of(predictor), predictor.length
    long = one_hot(length + WINDOWS.value - 1)
    found = jax.jit(dense(predict, length))(long)
    expected = jax.jit(jax.vmap(predict))(jnp.stack([long[i : i + length] for i in range(WINDOWS.value)]))
    return float(jnp.abs(found - expected).max() / jnp.abs(expected).max())


def variants(path: Path, head: str | None, held: dict[str, float], predictor: Predictor) -> float:
    """The largest difference of the effects that `scan.py` writes, as a share of the largest output."""
    length = predictor.length
    codes = np.random.default_rng(0).integers(0, 4, 2 * length + 1)
    letters = "".join("ACGT"[code] for code in codes)
    with tempfile.TemporaryDirectory() as folder:
        fasta, vcf = Path(folder, "g.fa"), Path(folder, "v.vcf")
        fasta.write_text(f">chr1\n{letters}\n")
        positions = [length - 1, length, length + 1]
        lines = [f"chr1\t{p + 1}\t.\t{letters[p]}\t{'ACGT'[(codes[p] + 1) % 4]}\t.\t.\t." for p in positions]
        head_lines = ["##fileformat=VCFv4.2", f"##contig=<ID=chr1,length={len(letters)}>"]
        vcf.write_text("\n".join([*head_lines, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", *lines]) + "\n")
        command = [sys.executable, "scan.py", f"--model={path}", f"--fasta={fasta}", f"--vcf={vcf}"]
        command += [f"--output={folder}/out", *([f"--head={head}"] if head else [])]
        command += [f"--fixed_input={name}={number}" for name, number in held.items()]
        command += [f"--tasks={','.join(predictor.tasks)}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise InputError(f"scan.py: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        with pysam.VariantFile(str(Path(folder, "out", "variants.vcf.gz"))) as file:
            texts = [str(record.info["EFFECT"][0]) for record in file]
    found = np.array([[float(number) for number in text.split("|")] for text in texts])
    predict = jax.jit(of(predictor))
    expected, size = [], 0.0
    for p in positions:
        start = p - length // 2
        x = jax.nn.one_hot(codes[start : start + length], 4)
        before = predict(x)
        size = max(size, float(jnp.abs(before).max()))
        expected.append(predict(x.at[p - start].set(jnp.roll(x[p - start], 1))) - before)
    return float(np.abs(found - np.array(expected)).max() / size)


def of(predictor: Predictor):
    return partial(predictor.apply, predictor.parameters)


def seconds_of(function, x) -> float:
    """Of a call of what is compiled already."""
    start = time.perf_counter()
    jax.block_until_ready(function(x))
    return time.perf_counter() - start


if __name__ == "__main__":
    run(main)
