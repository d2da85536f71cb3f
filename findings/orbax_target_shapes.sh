#!/usr/bin/env bash
# Orbax fills a target of one shape with an array of another
#
# One would expect loading a checkpoint into a target whose arrays have other shapes to be an error, as another
# structure of the target is. The target is what tells Orbax the kinds of arrays to make.
#
# The dtype of the target is obeyed (float64 is cast to float32), its shape is passed over without a word: a head
# trained for 3 tasks comes back where one for 7 was asked for.
#
# orbax-checkpoint 0.12.8 (v1), jax 0.10.2, Python 3.11. Seen:
#   target w (5, 7) float32: loaded (2, 3) float32
#   target w (6,) float64: loaded (2, 3) float64
#   target without b: ValueError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check orbax-checkpoint==0.12.8 jax==0.10.2
venv/bin/python - <<'PY'
import os
import sys

import numpy as np
from orbax.checkpoint import v1 as ocp

folder = os.path.abspath("checkpoint")
ocp.save(folder, {"w": np.arange(6.0).reshape(2, 3), "b": np.zeros(3)})
print("Python", sys.version.split()[0])
for target in (np.zeros((5, 7), np.float32), np.zeros(6)):
    loaded = ocp.load(folder, {"w": target, "b": np.zeros(3)})["w"]
    print(f"target w {target.shape} {target.dtype}: loaded {loaded.shape} {loaded.dtype}")
    assert loaded.shape == (2, 3) and loaded.dtype == target.dtype
try:
    ocp.load(folder, {"w": np.zeros((2, 3))})
    raise SystemExit("another structure is loaded too now")
except ValueError:
    print("target without b: ValueError")
PY
