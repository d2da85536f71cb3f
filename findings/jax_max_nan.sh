#!/usr/bin/env bash
# The largest value of a matrix that holds NaN is no NaN, on CPUs
#
# One would expect `jnp.max`, as documented ("NaNs are propagated") and as numpy's, to be NaN where an entry is: a
# check such as `jnp.max(jnp.abs(x)) < limit` relies on it.
#
# Compiled for a CPU, reductions over matrices beyond some size lose every NaN, wherever it is (120 places of 120
# tried), along either axis and over both; small ones, and `jnp.sum`, keep it.
# XLA_FLAGS=--xla_cpu_enable_fast_min_max=false changes nothing.
#
# jax 0.10.2 and 0.12.0.1 on x86-64, numpy 2.4.6, Python 3.11 (0.10.2 here). Seen:
#   (8, 8): NaN kept in 64 of 64 places
#   (64, 128): axis 0 lost in 120 of 120 places, axis 1 in 120, both in 120; sum keeps 120; numpy keeps 120
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jax==0.10.2 numpy==2.4.6
venv/bin/python - <<'PY'
import itertools
import sys

import jax
import jax.numpy as jnp
import numpy as np


def with_nan(shape, *place):
    x = np.zeros(shape, np.float32)
    x[place] = np.nan
    return x


def kept(reduce, shape, places):
    return sum(bool(jnp.isnan(reduce(with_nan(shape, *place))).any()) for place in places)


print("Python", sys.version.split()[0])
small = list(itertools.product(range(8), range(8)))
print(f"(8, 8): NaN kept in {kept(jnp.max, (8, 8), small)} of 64 places")
places = list(itertools.product(range(0, 64, 7), range(0, 128, 11)))
shape = (64, 128)
lost = [120 - kept(lambda x, axis=axis: jnp.max(x, axis=axis), shape, places) for axis in (0, 1, None)]
sums, plain = kept(jnp.sum, shape, places), kept(np.max, shape, places)
print(f"{shape}: axis 0 lost in {lost[0]} of 120 places, axis 1 in {lost[1]}, both in {lost[2]}; "
      f"sum keeps {sums}; numpy keeps {plain}")
assert lost == [120] * 3 and sums == plain == 120 and kept(jnp.max, (8, 8), small) == 64
PY
