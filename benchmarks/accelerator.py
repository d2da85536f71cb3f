"""All figures of whatever device there is, in one run and one table, with only what the project itself needs.

  python -m benchmarks.accelerator [--bases=4000000] [--cpu_devices=8]

The lab's network with random weights, float32 at the highest precision. First the device's own rates: a product of
matrices of the scan's shape, (8192, 192) x (192, 208), and a long vector plus one. Then each work on one device, in
turn with its plain form (`vmap` of the network over what it needs), as medians. `of matrix` is the floating-point
operations that XLA counts in the compiled program, a second, over the first rate, `of memory` its bytes over the
second: what is skipped is not counted, so a small share is no fault by itself. XLA counts the body of a loop once;
where the work is a loop the shares are left out. Then the program of scans, start-up included: parts alone, with
tracks, a VCF. With several devices, the scan on all of them against the first alone.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags
from flax import nnx

from benchmarks.scan import lab_predictor
from benchmarks.timing import alternate
from benchmarks.training import epoch_of
from genomics.attribution.deeplift import deeplift
from genomics.attribution.integrated_gradients import integrated_gradients, plain_integrated_gradients
from genomics.command import run
from genomics.io.atomic import write_text
from genomics.models.lab import LabConfig, LabNetwork
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism
from genomics.scan.effects import chunk_scorer
from genomics.scan.engines.local import over_devices
from genomics.scan.windows import windows_scorer
from genomics.training.config import TrainConfig

BASES = flags.DEFINE_integer("bases", 1_000_000, "Of the contig that the program scans; a tenth is variants.", 10_000)
REPEATS = flags.DEFINE_integer("repeats", 5, "Timed calls of each way.", lower_bound=1)
PROGRAMS = flags.DEFINE_boolean("programs", True, "Also run the program of scans.")
_LENGTH, _TASKS, _STEPS = 200, 3, 50
_EXAMPLES = 17_500
_SCAN = "from genomics.programs.scan import command; command()"
_ON_CPU, _ELSEWHERE = (
    {"sequences": 16, "chunk": 2**16, "windows": 256},
    {"sequences": 512, "chunk": 2**21, "windows": 4096},
)


def network() -> Callable[[jax.Array], jax.Array]:
    """The lab's network with random weights: what `--model=benchmarks.accelerator:network` names."""
    return LabNetwork(LabConfig(), length=_LENGTH, num_tasks=_TASKS, rngs=nnx.Rngs(0))


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    sizes = _ON_CPU if jax.default_backend() == "cpu" else _ELSEWHERE
    print(f"{jax.devices()}, {os.cpu_count()} cores")
    rates = device_rates()
    print(f"matrix rate {rates[0] / 1e9:,.0f} GFLOP/s, memory rate {rates[1] / 1e9:,.1f} GB/s")
    print(f"{'work':<22}{'a second':>14} {'unit':<16}{'plain':>12}{'ratio':>7}{'of matrix':>11}{'of memory':>11}")
    epoch()
    methods(rates, sizes["sequences"])
    scans(rates, sizes["chunk"], sizes["windows"])
    if len(jax.devices()) > 1:
        several_devices(sizes["chunk"])
    if PROGRAMS.value:
        programs()
    print("left out: other libraries, see python -m benchmarks.peers")


def line(
    work: str, rate: float, unit: str, plain: float | None = None, shares: tuple[float, float] | None = None
) -> None:
    compared = f"{plain:>12,.0f}{rate / plain:>7.1f}" if plain else f"{'-':>12}{'-':>7}"
    of_device = "".join(f"{share:>11.2f}" for share in shares) if shares else f"{'-':>11}{'-':>11}"
    print(f"{work:<22}{rate:>14,.0f} {unit:<16}{compared}{of_device}", flush=True)


def device_rates() -> tuple[float, float]:
    """Floating-point operations and bytes a second, of simple programs."""
    a, b = jnp.ones((8192, 192)), jnp.ones((192, 208))
    long = jnp.ones(2**25)
    product, plus_one = jax.jit(jnp.matmul), jax.jit(lambda values: values + 1)
    seconds = alternate({"product": lambda: product(a, b), "plus one": lambda: plus_one(long)}, 15)
    took, passed = (float(np.median(seconds[way])) for way in ("product", "plus one"))
    return 2 * a.size * b.shape[1] / took, 2 * long.nbytes / passed


def shares(compiled: Any, seconds: float, rates: tuple[float, float]) -> tuple[float, float] | None:
    """Counted operations and bytes a second, as shares of the device's; None where loops hide them."""
    if " while(" in compiled.as_text():
        return None
    counted = compiled.cost_analysis()
    counted = counted[0] if isinstance(counted, list) else counted or {}
    return counted.get("flops", np.nan) / seconds / rates[0], counted.get("bytes accessed", np.nan) / seconds / rates[1]


def epoch() -> None:
    rng = np.random.default_rng(0)
    bases = jnp.asarray(rng.integers(0, 4, (_EXAMPLES, _LENGTH)), jnp.uint8)
    labels = jnp.asarray(rng.integers(0, 2, (_EXAMPLES, _TASKS)), jnp.uint8)
    with jax.default_matmul_precision("default"):  # as the program trains
        trained = epoch_of(TrainConfig(model=LabConfig()), bases, labels, None)
        seconds = np.median(alternate({"epoch": trained}, REPEATS.value)["epoch"])
    line(f"epoch, {seconds:.3f} s", _EXAMPLES / seconds, "sequences")


def methods(rates: tuple[float, float], count: int) -> None:
    predict = network()
    x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, (count, _LENGTH)), 4)
    reference = jnp.broadcast_to(jnp.array([0.3, 0.2, 0.2, 0.3]), (_LENGTH, 4))
    zeros = jnp.zeros((_LENGTH, 4))
    table = {
        "ISM": (incremental_ism(predict), ism(predict), _LENGTH * 3, "effects"),
        "DeepLIFT": (deeplift(predict, reference=reference), jax.jacrev(predict), _TASKS, "sequence-tasks"),
        f"IG, {_STEPS} steps": (
            integrated_gradients(predict, reference=zeros, steps=_STEPS),
            plain_integrated_gradients(predict, reference=zeros, steps=_STEPS),
            _TASKS,
            "sequence-tasks",
        ),
    }
    for name, (fast, plain, each, unit) in table.items():
        compiled = [jax.jit(jax.vmap(way)).lower(x).compile() for way in (fast, plain)]
        seconds = alternate({"fast": lambda: compiled[0](x), "plain": lambda: compiled[1](x)}, REPEATS.value)
        took, plainly = (float(np.median(seconds[way])) for way in ("fast", "plain"))
        line(name, count * each / took, unit, count * each / plainly, shares(compiled[0], took, rates))
    print("  (plain of DeepLIFT: the gradient of every task)")


def scans(rates: tuple[float, float], chunk: int, windows: int) -> None:
    predictor = lab_predictor("max")
    codes = jnp.asarray(np.random.default_rng(0).integers(0, 4, chunk + _LENGTH - 1), jnp.uint8)
    score, plain = chunk_scorer(predictor, chunk=chunk), jax.jit(windows_scorer(predictor, chunk=windows))
    few = codes[: windows + _LENGTH - 1]
    seconds = alternate(
        {"fast": lambda: score(predictor.parameters, codes), "plain": lambda: plain(predictor.parameters, few)},
        REPEATS.value,
    )
    took, plainly = (float(np.median(seconds[way])) for way in ("fast", "plain"))
    compiled = score.lower(predictor.parameters, codes).compile()  # pyright: ignore[reportFunctionMemberAccess]
    line("SNV scan, compute", chunk * 3 / took, "effects", windows * 3 / plainly, shares(compiled, took, rates))


def several_devices(chunk: int) -> None:
    """One call over all devices, a chunk each, against the same chunks one after the other on the first device."""
    predictor, devices = lab_predictor("max"), jax.devices()
    mesh = jax.sharding.Mesh(np.array(devices), ("chunks",))
    place = lambda axes: jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*axes))  # noqa: E731
    codes = np.random.default_rng(0).integers(0, 4, (len(devices), chunk + _LENGTH - 1)).astype(np.uint8)
    score = chunk_scorer(predictor, chunk=chunk)
    together = jax.jit(over_devices(score, mesh))
    everywhere, split = jax.device_put(predictor.parameters, place(())), jax.device_put(codes, place(("chunks",)))
    own = [jnp.asarray(each) for each in codes]
    seconds = alternate(
        {
            "all": lambda: together(everywhere, split),
            "one": lambda: [score(predictor.parameters, each) for each in own],
        },
        REPEATS.value,
    )
    took, one = (float(np.median(seconds[way])) for way in ("all", "one"))
    effects = len(devices) * chunk * 3
    line(f"scan, {len(devices)} devices", effects / took, "effects", effects / one)
    print("  (plain: the first device alone, on a CPU with all cores)")


def programs() -> None:
    """scan.py as users start it."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        codes = rng.integers(0, 4, BASES.value)
        letters = np.array(list("ACGT"))[codes]
        text = "".join(letters)
        write_text(folder / "contig.fa", f">c\n{text}\n")
        places = np.sort(rng.choice(np.arange(_LENGTH, BASES.value - _LENGTH), BASES.value // 10, replace=False))
        records = "".join(f"c\t{i + 1}\t.\t{letters[i]}\t{'ACGT'[(codes[i] + 1) % 4]}\t.\t.\t.\n" for i in places)
        columns = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"])
        head = f"##fileformat=VCFv4.2\n##contig=<ID=c,length={BASES.value}>\n{columns}\n"
        write_text(folder / "some.vcf", head + records)
        effects = BASES.value * 3
        parts = sum(scanned(folder, "effects", f"--shard={shard}/2") for shard in range(2))
        line(f"parts, {parts:.1f} s", effects / parts, "effects")
        with_tracks = scanned(folder, "with_tracks")
        line(f"with tracks, {with_tracks:.1f} s", effects / with_tracks, "effects")
        records_took = scanned(folder, "annotated", f"--vcf={folder / 'some.vcf'}")
        line(f"VCF, {records_took:.1f} s", len(places) / records_took, "records")


def scanned(folder: Path, output: str, *further: str) -> float:
    model = ["--model=benchmarks.accelerator:network", f"--length={_LENGTH}", f"--fasta={folder / 'contig.fa'}"]
    command = [sys.executable, "-c", _SCAN, *model, f"--output={folder / output}", *further]
    start = time.perf_counter()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # memory is left to the programs that it starts
    run(main)
