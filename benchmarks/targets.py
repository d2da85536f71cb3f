"""Mutagenesis and scans of what is explained of a network: its counts, its profile, bins of its tracks.

  python -m benchmarks.targets --network=bpnet.pt2 [--targets=log_counts,profile] [--plain=128] [--scan=64]
  python -m benchmarks.targets --network=basenji.h5 --bins=22-25 --tasks=0 [--plain=64] [--scan=64]

Mutagenesis: all substitutions of one random sequence from what each changes, beside the plain way, which evaluates
mutants around the middle in full, 64 at once by `jax.vmap` outside of any loop, within which convolutions are naive on
a CPU. Scans: neighbouring windows with the network evaluated once along the stretch, as `scan.py` does, beside each
window by itself with what its substitutions change. Both ways of each run in turn in this process, compiled; medians
count. A profile has the weights of the sequence explained, or of each window. --plain=0 and --scan=0 leave one out.
"""

import time
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from genomics.command import run
from genomics.errors import InputError
from genomics.lenses.view import Lens
from genomics.models.predictor import Predictor
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.readers import READERS
from genomics.programs.tasks import restricted, task_indices
from genomics.scan.effects import chunk_scorer, together
from genomics.scan.one_by_one import one_by_one
from genomics.scan.windows import What
from genomics.sequence.bases import ALTERNATIVES

NETWORK = flags.DEFINE_string("network", None, "A file that --model reads.", required=True)
TARGETS = flags.DEFINE_list("targets", ["log_counts", "profile"], "What is explained, where --bins are not.")
BINS = flags.DEFINE_string("bins", None, "FIRST-LAST bins whose sum is explained.")
TASKS = flags.DEFINE_list("tasks", None, "Which tasks; all without it.")
PLAIN = flags.DEFINE_integer("plain", 128, "Mutations that the plain way evaluates, 64 a call.", lower_bound=0)
SCAN = flags.DEFINE_integer("scan", 64, "Neighbouring windows of a scan.", lower_bound=0)
REPEATS = flags.DEFINE_integer("repeats", 3, "Timed calls of each way.", lower_bound=1)
#: Mutants of the plain way in a call.
_AT_ONCE = 64


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    if 0 < PLAIN.value < _AT_ONCE:
        raise InputError(f"--plain={PLAIN.value}: must be 0, or at least {_AT_ONCE}, the mutants of a call")
    network = READERS["." + NETWORK.value.rpartition(".")[2]](NETWORK.value, None, None)
    if BINS.value:
        first, last = map(int, BINS.value.split("-"))
        lenses = {f"bins {BINS.value}": Lens(bins=(first, last))}
    else:
        lenses = {target: Lens(target=target) for target in TARGETS.value}
    for name, lens in lenses.items():
        predictor = as_predictor(network, Wanted(lens=lens))
        predictor = restricted(predictor, task_indices(TASKS.value, predictor.tasks))
        if PLAIN.value:
            mutagenesis(predictor, name)
        if SCAN.value:
            for what in ("effects", "predictions"):
                scan(predictor, name, what)


def mutagenesis(predictor: Predictor, target: str) -> None:
    """Prints a line."""
    codes = np.random.default_rng(0).integers(0, 4, predictor.length)
    x = jax.nn.one_hot(jnp.asarray(codes), 4)
    numbers = np.arange(PLAIN.value // _AT_ONCE * _AT_ONCE)
    positions = predictor.length // 2 - len(numbers) // (2 * ALTERNATIVES) + numbers // ALTERNATIVES
    bases = (codes[positions] + 1 + numbers % ALTERNATIVES) % 4

    @jax.jit
    def batch(parameters, x, positions, bases):
        predict = predictor.bound(parameters, x)
        one = lambda position, base: predict(x.at[position].set(jax.nn.one_hot(base, 4)))  # noqa: E731
        return jax.vmap(one)(positions, bases) - predict(x)

    @jax.jit
    def every(parameters, x):
        return incremental_ism(predictor.bound(parameters, x))(x).scores

    def plain() -> np.ndarray:
        parts = [slice(i, i + _AT_ONCE) for i in range(0, len(numbers), _AT_ONCE)]
        found = [np.asarray(batch(predictor.parameters, x, positions[part], bases[part])) for part in parts]
        return np.concatenate(found)

    found, seconds = in_turn({"plain": plain, "incremental": lambda: np.asarray(every(predictor.parameters, x))})
    counts = {"plain": len(numbers), "incremental": predictor.length * ALTERNATIVES}
    same = np.moveaxis(found["incremental"][:, positions, bases], 0, -1)
    tell(f"{target}: mutagenesis", "mutations", seconds, counts, same, found["plain"])


def scan(predictor: Predictor, target: str, what: What) -> None:
    """Prints a line."""
    chunk = SCAN.value
    codes = jnp.asarray(np.random.default_rng(0).integers(0, 4, chunk + predictor.length - 1), jnp.uint8)
    program = together(predictor, what=what)
    if program is None:
        print(f"{target}: scan, {what}: each window by itself is less work")
        return
    shared = chunk_scorer(predictor, what=what, chunk=chunk, program=program)
    alone = jax.jit(one_by_one(predictor, what=what, chunk=chunk))
    found, seconds = in_turn(
        {
            "windows": lambda: np.asarray(alone(predictor.parameters, codes)),
            "shared": lambda: np.asarray(shared(predictor.parameters, codes)),
        }
    )
    tell(
        f"{target}: scan, {what}",
        "bases",
        seconds,
        dict.fromkeys(("windows", "shared"), chunk),
        found["shared"],
        found["windows"],
    )


def in_turn(ways: Mapping[str, Callable[[], np.ndarray]]) -> tuple[dict[str, np.ndarray], dict[str, list[float]]]:
    """What each way gives, and the seconds of its calls: in turn, since a machine's speed drifts."""
    found = {name: way() for name, way in ways.items()}  # compiled
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS.value):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    return found, seconds


def tell(
    name: str,
    unit: str,
    seconds: Mapping[str, list[float]],
    counts: Mapping[str, int],
    same: np.ndarray,
    expected: np.ndarray,
) -> None:
    """A line: speeds of both ways, the slow one first, their ratio, and how far the numbers are apart."""
    rates = [f"{way} {counts[way] / np.median(own):,.0f} {unit}/s" for way, own in seconds.items()]
    (slow, slow_seconds), (fast, fast_seconds) = seconds.items()
    ratios = [counts[fast] * a / (counts[slow] * b) for a, b in zip(slow_seconds, fast_seconds, strict=True)]
    difference = np.abs(same - expected).max() / np.abs(expected).max()
    ratio = f"ratio {np.median(ratios):.1f}, largest difference {difference:.1e} of the largest"
    print(f"{name}: {', '.join(rates)}, {ratio}", flush=True)


if __name__ == "__main__":
    run(main)
