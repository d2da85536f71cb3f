#!/usr/bin/env bash
# The field's dinucleotide shuffle reaches half of the sequences, and returns the original twice as often
#
# One would expect `dinuc_shuffle`, whose references every DeepLIFT of a genomics paper rests on, to draw from all
# sequences with the dinucleotides of the original: for ACAGATACC there are 12, each 1/12 of the draws.
#
# It shuffles the exits of every base but the last exit of each, which stays that of the original, so that 6 of the 12
# come out, the original in 1/6 of the draws. (Altschul & Erickson 1985 draw the last exits too.)
#
# deeplift 0.6.13.0, numpy 1.26.4, Python 3.11. Seen:
#   12 sequences have the dinucleotides of ACAGATACC; 6 were drawn in 6000
#   the original: 0.165 of the draws
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check deeplift==0.6.13.0 numpy==1.26.4
venv/bin/python - <<'PY'
import collections
import itertools
import sys

import numpy as np
from deeplift.dinuc_shuffle import dinuc_shuffle


def dinucleotides(sequence):
    return sorted(a + b for a, b in zip(sequence, sequence[1:]))


original = "ACAGATACC"
possible = {"".join(each) for each in set(itertools.permutations(original))
            if dinucleotides("".join(each)) == dinucleotides(original)}
drawn = collections.Counter(dinuc_shuffle(original, rng=np.random.RandomState(seed)) for seed in range(6000))
print("Python", sys.version.split()[0])
print(f"{len(possible)} sequences have the dinucleotides of {original}; {len(drawn)} were drawn in 6000")
print(f"the original: {drawn[original] / 6000:.3f} of the draws")
assert set(drawn) < possible and len(possible) == 12 and len(drawn) == 6 and 0.14 < drawn[original] / 6000 < 0.19
PY
