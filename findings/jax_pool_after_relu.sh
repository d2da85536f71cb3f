#!/usr/bin/env bash
# A compiled convolution, ReLU and pool of one sequence gives wrong numbers, on CPUs
#
# One would expect `jax.jit` to change a function's results by rounding at most.
#
# Compiled for a CPU, `reduce_window` of a ReLU of a convolution of one sequence, (L, 4) without a batch axis, is wrong
# where the layer has more than 32,768 elements: everything behind these is. The convolution, the ReLU and the pool by
# themselves are right, and so is `jax.vmap` of the three, of a single sequence too. The three end in one `ynn_fusion`;
# XLA_FLAGS=--xla_cpu_experimental_ynn_fusion_type=-reduce is right.
#
# jax 0.10.2 on x86-64, numpy 2.4.6, Python 3.11; 0.12.0.1 is right. Seen:
#   (500, 64): 0 of 36 rows wrong
#   (1000, 64): 36 of 75 rows wrong, from row 39 on; under vmap 0
#   (1000, 320): 68 of 75 rows wrong, from row 7 on; under vmap 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jax==0.10.2 numpy==2.4.6
venv/bin/python - <<'PY'
import sys

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

random = np.random.default_rng(0)
print("Python", sys.version.split()[0])
for length, filters, wrong in ((500, 64, 0), (1000, 64, 36), (1000, 320, 68)):
    x = random.normal(size=(length, 4)).astype(np.float32)
    kernel = random.normal(size=(26, 4, filters)).astype(np.float32)

    def layer(x):
        layout = ("NWC", "WIO", "NWC")
        return jax.nn.relu(lax.conv_general_dilated(x[None], kernel, (1,), "VALID", dimension_numbers=layout)[0])

    def network(x):
        return lax.reduce_window(layer(x), -jnp.inf, lax.max, (13, 1), (13, 1), "VALID")

    rows = (length - 25) // 13
    right = np.asarray(layer(x))[: 13 * rows].reshape(rows, 13, filters).max(1)
    alone = np.abs(jax.jit(network)(x) - right).max(1) > 1e-3
    batch = np.abs(jax.jit(jax.vmap(network))(x[None])[0] - right).max(1) > 1e-3
    first = f", from row {np.flatnonzero(alone)[0]} on" if alone.any() else ""
    print(f"({length}, {filters}): {alone.sum()} of {rows} rows wrong{first}; under vmap {batch.sum()}")
    assert alone.sum() == wrong and not batch.any()
PY
