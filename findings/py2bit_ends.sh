#!/usr/bin/env bash
# py2bit answers a fetch beyond the contig, and an empty one, with other bases than were asked for
#
# One would expect bases 8 to 12 of a contig of 10 to be an error (as bases 12 to 14 are), and bases 0 to 0 to be
# none.
#
# An end beyond the contig is cut without a word, so that a window at the end of a contig comes back shorter; and (0,
# 0), which the library takes for "not given", is the whole contig, while (3, 3) is an error.
#
# py2bit 1.0.1, Python 3.11. Seen:
#   (4, 8) 'ACGT'
#   (8, 12) 'AC'
#   (12, 14) RuntimeError
#   (0, 0) 'ACGTACGTAC'
#   (3, 3) RuntimeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check py2bit==1.0.1
venv/bin/python - <<'PY'
import struct
import sys

import py2bit

# A .2bit file with one contig c: signature, version, count, reserved; its name and offset; its size and packed bases.
sequence = "ACGTACGTAC"
codes = ["TCAG".index(base) for base in sequence] + [0] * (-len(sequence) % 4)
packed = bytes(64 * a + 16 * b + 4 * c + d for a, b, c, d in zip(*(codes[i::4] for i in range(4))))
with open("x.2bit", "wb") as file:
    file.write(struct.pack("<IIIIB1sI", 0x1A412743, 0, 1, 0, 1, b"c", 22))
    file.write(struct.pack("<IIII", len(sequence), 0, 0, 0) + packed)
file = py2bit.open("x.2bit")
found = []
print("Python", sys.version.split()[0])
for place in ((4, 8), (8, 12), (12, 14), (0, 0), (3, 3)):
    try:
        found.append(file.sequence("c", *place))
    except RuntimeError:
        found.append(None)
    print(place, "RuntimeError" if found[-1] is None else repr(found[-1]))
assert found == ["ACGT", "AC", None, sequence, None]
PY
