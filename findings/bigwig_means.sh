#!/usr/bin/env bash
# The mean that bigWig readers give for an interval is not the mean of its bases
#
# One would expect `stats(chrom, start, end)` of pyBigWig and `values(chrom, start, end, bins=1)` of pybigtools to
# give the mean of the bases from start to end: the file holds each of them, and both return many digits.
#
# Both answer from a zoom level and take its bins whole, so that bases outside of the interval count too: of 300
# intervals of 1,000 to 10,000 bases on a track with standard deviation 1, the worst mean is off by .016. Both
# libraries are off alike, so that comparing them shows nothing. `exact=True` gives the mean itself.
#
# pyBigWig 0.3.29, pybigtools 0.3.0, numpy 2.4.6, Python 3.11. Seen:
#   worst of 300 means: pyBigWig 0.0161, pybigtools 0.0161 off; exact=True 0.0e+00, 0.0e+00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyBigWig==0.3.29 pybigtools==0.3.0 numpy==2.4.6
venv/bin/python - <<'PY'
import sys

import numpy as np
import pybigtools
import pyBigWig

rng = np.random.default_rng(0)
values = rng.normal(size=200_000).astype(np.float32)
with pyBigWig.open("x.bw", "w") as file:
    file.addHeader([("c", len(values))])
    file.addEntries("c", 0, values=values.tolist(), span=1, step=1)
first, second = pyBigWig.open("x.bw"), pybigtools.open("x.bw")
worst = np.zeros(4)
for _ in range(300):
    start = int(rng.integers(0, 190_000))
    end = start + int(rng.integers(1_000, 10_000))
    means = [
        first.stats("c", start, end)[0],
        second.values("c", start, end, bins=1, fillna=None)[0],
        first.stats("c", start, end, exact=True)[0],
        second.values("c", start, end, bins=1, fillna=None, exact=True)[0],
    ]
    worst = np.maximum(worst, np.abs(np.array(means) - values[start:end].mean(dtype=float)))
print("Python", sys.version.split()[0])
print("worst of 300 means: pyBigWig {:.4f}, pybigtools {:.4f} off; exact=True {:.1e}, {:.1e}".format(*worst))
assert (worst[:2] > 0.01).all() and (worst[2:] < 1e-6).all()
PY
