"""In-silico mutagenesis of a network's counts and of its profile: incremental against plain.

  python -m benchmarks.targets --network=bpnet.pt2 [--targets=log_counts,profile] [--plain=600] [--repeats=3]

Both ways run in turn in this process, compiled, on one random sequence; medians count. A mutation is one substitution.
The plain way, as `genomics.mutagenesis.naive` in its batches, evaluates the first so many mutations, the other all.
A profile's weights are held at the sequence explained.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from genomics.command import run
from genomics.lenses.view import Lens
from genomics.mutagenesis.batches import predictions
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.table import ALTERNATIVES, alternative_codes
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.torch_model import read_torch

NETWORK = flags.DEFINE_string("network", None, "A .pt2 file of a network with a profile and log counts.", required=True)
TARGETS = flags.DEFINE_list("targets", ["log_counts", "profile"], "What is explained.")
PLAIN = flags.DEFINE_integer("plain", 600, "Mutations that the plain way evaluates.", lower_bound=3)
REPEATS = flags.DEFINE_integer("repeats", 3, "Timed calls of each way.", lower_bound=1)


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    network = read_torch(NETWORK.value)
    for target in TARGETS.value:
        compare(as_predictor(network, Wanted(lens=Lens(target=target))), target)


def compare(predictor, target: str) -> None:
    """Prints a line."""
    x = jax.nn.one_hot(jnp.asarray(np.random.default_rng(0).integers(0, 4, predictor.length)), 4)
    positions = PLAIN.value // ALTERNATIVES

    def plain(x):
        predict = predictor.bound(predictor.parameters, x)
        alternatives = alternative_codes(x)

        def mutant(number):
            position = number // ALTERNATIVES
            row = jax.nn.one_hot(alternatives[position, number % ALTERNATIVES], 4)
            return jnp.where(jnp.arange(len(x))[:, None] == position, row, x)

        return predictions(predict, mutant, jnp.arange(positions * ALTERNATIVES), x) - predict(x)

    def incremental(x):
        return incremental_ism(predictor.bound(predictor.parameters, x))(x).scores

    ways = {way.__name__: jax.jit(way).lower(x).compile() for way in (plain, incremental)}
    counts = {"plain": positions * ALTERNATIVES, "incremental": len(x) * ALTERNATIVES}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    found = {}
    for _ in range(REPEATS.value):  # in turn: the machine's speed drifts
        for name, way in ways.items():
            start = time.perf_counter()
            found[name] = np.asarray(way(x))
            seconds[name].append(time.perf_counter() - start)
    rate = {name: counts[name] / np.median(own) for name, own in seconds.items()}
    ratios = [
        counts["incremental"] * slow / (counts["plain"] * fast)
        for slow, fast in zip(seconds["plain"], seconds["incremental"], strict=True)
    ]
    codes = np.asarray(alternative_codes(x))[:positions]
    same = found["incremental"][0, np.arange(positions)[:, None], codes].ravel()
    difference = np.abs(same - found["plain"][:, 0]).max() / np.abs(found["plain"]).max()
    print(
        f"{target}: incremental {rate['incremental']:,.0f} mutations/s, plain {rate['plain']:,.0f}, ratio "
        f"{np.median(ratios):.1f}, largest difference {difference:.1e} of the largest effect",
        flush=True,
    )


if __name__ == "__main__":
    run(main)
