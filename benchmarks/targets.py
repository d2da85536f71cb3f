"""In-silico mutagenesis of a network's counts and of its profile: incremental against plain.

  python -m benchmarks.targets --network=bpnet.pt2 [--targets=log_counts,profile] [--plain=256] [--repeats=3]

Both ways run in turn in this process, compiled, on one random sequence; medians count. A mutation is one substitution.
The plain way evaluates mutants around the middle, 64 at once by `jax.vmap` outside of any loop, within which
convolutions are naive on a CPU; the incremental one all mutants. A profile has the weights of the sequence explained.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from genomics.command import run
from genomics.lenses.view import Lens
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.table import ALTERNATIVES
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.torch_model import read_torch

NETWORK = flags.DEFINE_string("network", None, "A .pt2 file of a network with a profile and log counts.", required=True)
TARGETS = flags.DEFINE_list("targets", ["log_counts", "profile"], "What is explained.")
PLAIN = flags.DEFINE_integer("plain", 256, "Mutations that the plain way evaluates.", lower_bound=64)
REPEATS = flags.DEFINE_integer("repeats", 3, "Timed calls of each way.", lower_bound=1)
#: Mutants of the plain way in a call.
_AT_ONCE = 64


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    network = read_torch(NETWORK.value)
    for target in TARGETS.value:
        compare(as_predictor(network, Wanted(lens=Lens(target=target))), target)


def compare(predictor, target: str) -> None:
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

    def plain():
        parts = [slice(i, i + _AT_ONCE) for i in range(0, len(numbers), _AT_ONCE)]
        found = [np.asarray(batch(predictor.parameters, x, positions[part], bases[part])) for part in parts]
        return np.concatenate(found)

    ways = {"plain": plain, "incremental": lambda: np.asarray(every(predictor.parameters, x))}
    counts = {"plain": len(numbers), "incremental": predictor.length * ALTERNATIVES}
    found = {name: way() for name, way in ways.items()}  # compiled
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS.value):  # in turn: the machine's speed drifts
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    rate = {name: counts[name] / np.median(own) for name, own in seconds.items()}
    ratios = [
        counts["incremental"] * slow / (counts["plain"] * fast)
        for slow, fast in zip(seconds["plain"], seconds["incremental"], strict=True)
    ]
    same = found["incremental"][0, positions, bases]
    difference = np.abs(same - found["plain"][:, 0]).max() / np.abs(found["plain"]).max()
    print(
        f"{target}: incremental {rate['incremental']:,.0f} mutations/s, plain {rate['plain']:,.0f}, ratio "
        f"{np.median(ratios):.1f}, largest difference {difference:.1e} of the largest effect",
        flush=True,
    )


if __name__ == "__main__":
    run(main)
