"""DeepLIFT of the lab's network: sequence-tasks a second, and the cost in plain gradients.

    python benchmarks/deeplift.py [--sequences=4096] [--batch=256] [--repeats=7]

All figures come from one process, in turns, so that they can be compared; the best of the repeats counts.
"""

import argparse
import time

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from genomics.attribution.deeplift import deeplift

LENGTH, TASKS = 200, 3


def lab_network():
    """The lab's five-motif network: two convolutions with pools, two dense layers; random weights."""
    keys = iter(jax.random.split(jax.random.key(0), 8))

    def weights(*shape):
        return jax.random.normal(next(keys), shape) / np.sqrt(np.prod(shape[:-1])), 0.1 * jax.random.normal(
            next(keys), shape[-1:]
        )

    layers = [weights(19, 4, 32), weights(8, 32, 16), weights(80, 128), weights(128, TASKS)]

    def predict(x):
        h = x[None]
        for (w, b), pool in zip(layers[:2], (4, 8), strict=True):
            h = lax.conv_general_dilated(h, w, (1,), "VALID", dimension_numbers=("NHC", "HIO", "NHC")) + b
            h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (1, pool, 1), (1, pool, 1), "SAME")
        h = jax.nn.relu(h.reshape(-1) @ layers[2][0] + layers[2][1])
        return h @ layers[3][0] + layers[3][1]

    return predict


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sequences", type=int, default=4096)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=7)
    flags = parser.parse_args()
    predict = lab_network()
    codes = np.random.default_rng(0).integers(0, 4, (flags.sequences, LENGTH))
    x = jnp.asarray(np.eye(4, dtype=np.float32)[codes])
    background = jnp.broadcast_to(jnp.array([0.3, 0.2, 0.2, 0.3]), (LENGTH, 4))

    methods = {"forward": predict, "gradient of one task": jax.grad(lambda x: predict(x)[0])}
    for rule in ("rescale", "genomics_default", "reveal_cancel"):
        methods[rule] = lambda x, rule=rule: deeplift(predict, reference=background, rule=rule)(x).scores
    runs = {
        name: jax.jit(lambda batches, f=f: lax.map(jax.vmap(f), batches)) if False else jax.jit(jax.vmap(f))
        for name, f in methods.items()
    }
    batches = x.reshape(-1, flags.batch, LENGTH, 4)
    best = dict.fromkeys(runs, np.inf)
    with jax.default_matmul_precision("highest"):
        for run in runs.values():
            jax.block_until_ready(run(batches[0]))
        for _ in range(flags.repeats):
            for name, run in runs.items():
                start = time.perf_counter()
                for batch in batches:
                    jax.block_until_ready(run(batch))
                best[name] = min(best[name], time.perf_counter() - start)
    for name, seconds in best.items():
        print(
            f"{name:22s} {flags.sequences / seconds:9,.0f} sequences/s"
            f" {seconds / best['gradient of one task']:6.2f} gradients of one task"
            + (f" {TASKS * flags.sequences / seconds:9,.0f} sequence-tasks/s" if "of" not in name else "")
        )


if __name__ == "__main__":
    main()
