"""In-silico mutagenesis of a network's counts and of its profile: incremental against plain.

  python -m benchmarks.targets --network=bpnet.pt2 [--targets=log_counts,profile] [--repeats=3]

Both ways run in turn in this process, compiled, on one random sequence; medians count. A mutation is one substitution.
A profile's weights are held at the sequence explained.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from genomics.command import run
from genomics.lenses.view import Lens
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.torch_model import read_torch

NETWORK = flags.DEFINE_string("network", None, "A .pt2 file of a network with a profile and log counts.", required=True)
TARGETS = flags.DEFINE_list("targets", ["log_counts", "profile"], "What is explained.")
REPEATS = flags.DEFINE_integer("repeats", 3, "Timed calls of each way.", lower_bound=1)


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    network = read_torch(NETWORK.value)
    for target in TARGETS.value:
        predictor = as_predictor(network, Wanted(lens=Lens(target=target)))
        codes = np.random.default_rng(0).integers(0, 4, predictor.length)
        x = jax.nn.one_hot(jnp.asarray(codes), 4)

        def scores(method, predictor=predictor, x=x):
            explain = jax.jit(lambda x: method(predictor.bound(predictor.parameters, x))(x).scores)
            return explain.lower(x).compile()

        ways = {"plain": scores(ism), "incremental": scores(incremental_ism)}
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        found = {}
        for _ in range(REPEATS.value):  # in turn: the machine's speed drifts
            for name, way in ways.items():
                start = time.perf_counter()
                found[name] = np.asarray(way(x))
                seconds[name].append(time.perf_counter() - start)
        rate = {name: 3 * predictor.length / np.median(own) for name, own in seconds.items()}
        largest = np.abs(found["plain"]).max()
        print(
            f"{target}: incremental {rate['incremental']:,.0f} mutations/s, plain {rate['plain']:,.0f}, ratio "
            f"{rate['incremental'] / rate['plain']:.1f}, largest difference "
            f"{np.abs(found['plain'] - found['incremental']).max() / largest:.1e} of the largest effect",
            flush=True,
        )


if __name__ == "__main__":
    run(main)
