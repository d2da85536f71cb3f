"""In-silico mutagenesis: incremental against naive, and mutations a second.

  python -m benchmarks.mutagenesis [--repeats=7] [--networks=lab5,basset] [--end_to_end=5000]

Every line is one network with random weights. Both ways run in turn in this process, compiled, on the same sequences;
medians count. The naive way builds its mutants on the device, in batches sized to the cache, sequence by sequence (on a
CPU, several at a time are slower). A mutation is one substitution with its effects on all tasks. The last line times
5,000 sequences of lab5 from the first one to the closed file.
"""

import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import app, flags
from jax import lax

from benchmarks.timing import alternate
from genomics.io.hdf5_write import Rows, writing
from genomics.mutagenesis.incremental.ism import incremental_ism
from genomics.mutagenesis.naive import ism

REPEATS = flags.DEFINE_integer("repeats", 7, "Timed calls of each way.", lower_bound=1)
NETWORKS_ = flags.DEFINE_list("networks", None, "Which networks; all by default.")
END_TO_END = flags.DEFINE_integer("end_to_end", 5000, "Sequences of the last line; 0 = leave it out.", lower_bound=0)
BATCH = flags.DEFINE_integer("batch", 4, "Sequences at a time in the last line.", lower_bound=1)


def weights(*shape):
    values = np.random.default_rng(shape).normal(size=shape) / np.sqrt(np.prod(shape[:-1]))
    return jnp.asarray(values, jnp.float32)


def conv(h, width, features, *, stride=1, padding="VALID", dilation=1):
    out = lax.conv_general_dilated(
        h[None],
        weights(width, h.shape[1], features),
        (stride,),
        padding,
        rhs_dilation=(dilation,),
        dimension_numbers=("NWC", "WIO", "NWC"),
    )
    return out[0] + 0.1 * weights(features)


def max_pool(h, width):
    return lax.reduce_window(h, -jnp.inf, lax.max, (width, 1), (width, 1), "SAME")


def dense(h, outputs):
    return h.reshape(-1) @ weights(h.size, outputs) + 0.1 * weights(outputs)


def lab5(x):
    h = max_pool(jax.nn.relu(conv(x, 19, 32)), 4)
    h = max_pool(jax.nn.relu(conv(h, 8, 16)), 8)
    return dense(jax.nn.relu(dense(h, 128)), 3)


def lab5_subsample(x):
    h = jax.nn.relu(conv(x, 19, 32, stride=4))
    h = jax.nn.relu(conv(h, 8, 16, stride=8))
    return dense(jax.nn.relu(dense(h, 128)), 3)


def basset(x):
    h = max_pool(jax.nn.relu(conv(x, 19, 300, padding="SAME")), 3)
    h = max_pool(jax.nn.relu(conv(h, 11, 200, padding="SAME")), 4)
    h = max_pool(jax.nn.relu(conv(h, 7, 200, padding="SAME")), 4)
    return dense(jax.nn.relu(dense(jax.nn.relu(dense(h, 1000)), 1000)), 164)


def bpnet(x, layers=9):
    h = jax.nn.relu(conv(x, 21, 64, padding="SAME"))
    for layer in range(1, layers + 1):
        h = h + jax.nn.relu(conv(h, 3, 64, padding="SAME", dilation=2**layer))
    return dense(h.mean(0), 2)


#: Name -> (network, sequence length, sequences at a time in the incremental way).
NETWORKS = {
    "lab5": (lab5, 200, 4),
    "lab5_subsample": (lab5_subsample, 200, 4),
    "basset": (basset, 600, 1),
    "bpnet": (bpnet, 1000, 1),
}


def sequences(count, length):
    return np.random.default_rng(0).integers(0, 4, (count, length)).astype(np.uint8)


def scores(method, predict):
    return lambda codes: method(predict)(jax.nn.one_hot(codes, 4)).scores


def compare(name):
    predict, length, batch = NETWORKS[name]
    codes = jnp.asarray(sequences(batch, length))
    naive = jax.jit(lambda codes: lax.map(scores(ism, predict), codes))
    fast = jax.jit(jax.vmap(scores(incremental_ism, predict)))
    error = float(jnp.abs(naive(codes) - fast(codes)).max())
    seconds = alternate({"naive": lambda: naive(codes), "incremental": lambda: fast(codes)}, REPEATS.value)
    mutations = batch * length * 3
    rate = {way: mutations / np.median(values) for way, values in seconds.items()}
    ratio = np.median(seconds["naive"] / seconds["incremental"])
    print(
        f"{name}: incremental {rate['incremental']:,.0f} mutations/s, naive {rate['naive']:,.0f},"
        f" ratio {ratio:.1f}, largest difference {error:.1e}",
        flush=True,
    )


def end_to_end(count, batch):
    predict, length, _ = NETWORKS["lab5"]
    codes = sequences(count, length)
    explain = jax.jit(jax.vmap(scores(incremental_ism, predict)))
    jax.block_until_ready(explain(codes[:batch]))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with writing(Path(folder) / "scores.h5") as file:
            storage = {"chunks": (64, 3, length, 4)}
            table = Rows(file, "ism/scores", (count, 3, length, 4), np.dtype(np.float32), storage)
            held = []
            for first in range(0, count, batch):
                rows = np.minimum(np.arange(first, first + batch), count - 1)
                held.append(explain(codes[rows]))
                if len(held) * batch >= 512 or first + batch >= count:
                    block = np.concatenate([np.asarray(part) for part in held])
                    table.add(block[: len(block) - max(0, first + batch - count)])
                    held = []
            table.close()
        seconds = time.perf_counter() - start
    rate = count * length * 3 / seconds
    print(f"lab5, {count:,} sequences to the closed file: {seconds:.2f} s, {rate:,.0f} mutations/s")


def main(argv):
    del argv
    print(jax.devices())
    with jax.default_matmul_precision("highest"):
        for name in NETWORKS_.value or NETWORKS:
            compare(name)
        if END_TO_END.value:
            end_to_end(END_TO_END.value, BATCH.value)


if __name__ == "__main__":
    app.run(main)
