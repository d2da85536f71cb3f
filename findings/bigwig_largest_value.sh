#!/usr/bin/env bash
# The summary in a bigWig header calls the largest value of a negative track 2.2e-308
#
# One would expect the summary that every bigWig file carries (bases covered, smallest, largest, sum, sum of squares)
# to hold the track's largest value, here about -1: genome browsers scale their axes by it.
#
# pyBigWig writes the smallest positive double instead, wherever no value is above 0. Its own `header()` prints that
# as 0, cut to a whole number; pybigtools, which reads the field, gives it as it stands. The values and `stats` are
# right.
#
# pyBigWig 0.3.29, pybigtools 0.3.0, numpy 2.4.6, Python 3.11. Seen:
#   smallest -1.9999967813491821, largest 2.2250738585072014e-308; of the values -1.9999967813491821, -1.000003457069397
#   header()['maxVal'] 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyBigWig==0.3.29 pybigtools==0.3.0 numpy==2.4.6
venv/bin/python - <<'PY'
import struct
import sys

import numpy as np
import pyBigWig

values = (-1.0 - np.random.default_rng(0).random(100_000)).astype(np.float32)
with pyBigWig.open("x.bw", "w") as file:
    file.addHeader([("c", len(values))])
    file.addEntries("c", 0, values=values.tolist(), span=1, step=1)
with open("x.bw", "rb") as file:  # the offset of the total summary is at byte 44 of the header
    data = file.read()
(offset,) = struct.unpack_from("<Q", data, 44)
_, smallest, largest, _, _ = struct.unpack_from("<Qdddd", data, offset)
with pyBigWig.open("x.bw") as file:
    told = file.header()["maxVal"]
    assert file.stats("c", 0, len(values), type="max", exact=True)[0] == values.max()
print("Python", sys.version.split()[0])
print(f"smallest {smallest}, largest {largest}; of the values {values.min()}, {values.max()}")
print("header()['maxVal']", told)
assert smallest == values.min() and largest == sys.float_info.min and told == 0
PY
