"""Effects a second of a scan on the lab's network, and of every window by itself in the same process.

  python -m benchmarks.scan [--chunk=65536] [--largest=10000000]

One effect is one substitution, all tasks. Random weights and a synthetic contig; nothing is written. The naive way
builds windows and mutants on the device, and runs at the best of some batch sizes.
"""

import resource
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags
from flax import nnx

from benchmarks.timing import alternate
from genomics.models.lab import LabConfig, LabNetwork
from genomics.models.predictor import Predictor
from genomics.scan.effects import chunk_scorer
from genomics.scan.windows import windows_scorer

CHUNK = flags.DEFINE_integer("chunk", 2**16, "Positions a call.", lower_bound=1)
LARGEST = flags.DEFINE_integer("largest", 10**7, "Bases of the longest contig.", lower_bound=10**5)
POOLING = flags.DEFINE_enum("pooling", "max", ["max", "subsample"], "Of the network.")
_LENGTH, _TASKS, _ALTERNATIVES, _REPEATS = 200, 3, 3, 5
_NAIVE_BATCHES, _NAIVE_POSITIONS = (4, 16, 64, 256), 2048


def main(argv: list[str]) -> None:
    del argv
    predictor = lab_predictor(POOLING.value)
    codes = np.random.default_rng(0).integers(0, 4, LARGEST.value + _LENGTH - 1).astype(np.uint8)
    chunk = min(CHUNK.value, LARGEST.value)
    score = chunk_scorer(predictor, chunk=chunk)
    part = jnp.asarray(codes[: chunk + _LENGTH - 1])
    ways: dict[str, Callable[[], Any]] = {"fast": lambda: score(predictor.parameters, part)}
    for batch in _NAIVE_BATCHES:
        ways[f"naive, {batch} windows a batch"] = naive(predictor, part, batch)
    some = jnp.concatenate(ways[f"naive, {_NAIVE_BATCHES[0]} windows a batch"]())
    error = jnp.abs(score(predictor.parameters, part)[: len(some)] - some).max()
    seconds = alternate(ways, _REPEATS)
    rates = {}
    for way, values in seconds.items():
        positions = chunk if way == "fast" else _NAIVE_POSITIONS
        rates[way] = positions * _ALTERNATIVES / values
        print(f"{way}: best {rates[way].max():,.0f} effects/s, median {np.median(rates[way]):,.0f}")
    best_naive = max(np.median(rate) for way, rate in rates.items() if way != "fast")
    print(f"{jax.devices()}: {np.median(rates['fast']) / best_naive:.1f} times the best naive, difference {error:.1e}")
    size = 10**5
    while size <= LARGEST.value:
        start = time.perf_counter()
        for begin in range(0, size, chunk):
            piece = codes[begin : begin + chunk + _LENGTH - 1]
            piece = jnp.asarray(np.pad(piece, (0, chunk + _LENGTH - 1 - len(piece)), constant_values=4))
            scores = score(predictor.parameters, piece)
        jax.block_until_ready(scores)
        each = (time.perf_counter() - start) / size
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{size:>11,} bases: {each * 1e6:.2f} us a base; peak memory so far {peak:.2f} GB")
        size *= 10


def lab_predictor(pooling: str) -> Predictor:
    """The lab's network with random weights and biases."""
    network = LabNetwork(LabConfig(pooling=pooling), length=_LENGTH, num_tasks=_TASKS, rngs=nnx.Rngs(0))
    graph, parameters = nnx.split(network)
    return Predictor(
        apply=lambda parameters, x: nnx.merge(graph, parameters)(x),
        parameters=parameters,
        replicates=None,
        length=_LENGTH,
        tasks=tuple("abc"),
        fingerprint="",
        source="random weights",
    )


def naive(predictor: Predictor, codes: jax.Array, batch: int):
    """Every window and mutant through the network, `batch` windows (and their mutants) at a time."""
    score = jax.jit(windows_scorer(predictor, chunk=batch))
    pieces = [codes[start : start + batch + _LENGTH - 1] for start in range(0, _NAIVE_POSITIONS, batch)]
    return lambda: [score(predictor.parameters, piece) for piece in pieces]


if __name__ == "__main__":
    app.run(main)
