#!/usr/bin/env bash
# SAME average pooling gives other numbers on Keras's torch backend
#
# One would expect a layer of Keras to give the same numbers on each of its backends, but for rounding: files are
# saved on one and loaded on another, and a `.keras` file does not say on which it was trained.
#
# Where SAME padding is uneven (here one position, after the last), the torch backend repeats the edge and counts it
# in the mean; JAX and TensorFlow leave padding out. Only the last position differs, by the size of the values
# themselves.
#
# keras 3.15.1, torch 2.13.0, jax 0.10.2, numpy 2.4.6, Python 3.11. Seen:
#   jax and torch differ at positions [49] of 50, by up to 0.22
#   mean of the last three: -0.6404; of the last three and the last again: -0.7441; jax -0.6404, torch -0.7441
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check keras==3.15.1 torch==2.13.0 jax==0.10.2 numpy==2.4.6
venv/bin/python - <<'PY'
import os
import subprocess
import sys

import numpy as np

np.save("x.npy", np.random.default_rng(0).normal(size=(1, 199, 4)).astype(np.float32))
code = """
import keras, numpy
y = keras.layers.AveragePooling1D(4, padding="same")(numpy.load("x.npy"))
numpy.save(keras.backend.backend() + ".npy", keras.ops.convert_to_numpy(y))
"""
for backend in ("jax", "torch"):
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "KERAS_BACKEND": backend}, check=True)
x, jax, torch = (np.load(f"{name}.npy")[0] for name in ("x", "jax", "torch"))
difference = np.abs(jax - torch).max(1)
places = np.flatnonzero(difference > 1e-6).tolist()
left_out, repeated = x[196:].mean(0), (x[196:].sum(0) + x[198]) / 4
print("Python", sys.version.split()[0])
print(f"jax and torch differ at positions {places} of {len(jax)}, by up to {difference.max():.2f}")
print(f"mean of the last three: {left_out[0]:.4f}; of the last three and the last again: {repeated[0]:.4f}; "
      f"jax {jax[-1, 0]:.4f}, torch {torch[-1, 0]:.4f}")
assert places == [49] and np.allclose(jax[-1], left_out) and np.allclose(torch[-1], repeated, atol=1e-6)
PY
