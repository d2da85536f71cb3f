#!/usr/bin/env bash
# torch.export.save that fails leaves a .pt2 with weights and without a graph
#
# One would expect a file that could not be written to be absent, or to be refused as broken.
#
# A network that returns a named tuple is exported without a word, and saving it raises, since the class of its outputs
# was not registered for serialization. By then the weights are in the archive, which is closed as a whole zip: a file of
# the size of a network, with all checksums right, from which `torch.export.load` reads no program. Whoever wrapped the
# call in a `try`, or looks for the newest .pt2 of a folder, has it for a network.
#
# torch 2.13.0, numpy 2.4.6, Python 3.11. Seen:
#   save raises NotImplementedError: Can't serialize TreeSpec of namedtuple class <class '__main__.Heads'> because we didn't re
#   the file is a whole zip of 24,323 bytes: 3 files of weights, 0 graphs
#   load raises RuntimeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import collections
import sys
import zipfile
from pathlib import Path

import torch

Heads = collections.namedtuple("Heads", "profile counts")


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.motifs = torch.nn.Conv1d(4, 64, 21, padding=10)

    def forward(self, x):
        h = torch.relu(self.motifs(x))
        return Heads(h, h.mean((1, 2)))


print("Python", sys.version.split()[0], "torch", torch.__version__)
program = torch.export.export(Network().eval(), (torch.zeros(1, 4, 100),))
print("exported")
try:
    torch.export.save(program, "network.pt2")
    raise SystemExit("a named tuple is saved now")
except Exception as error:
    print(f"save raises {type(error).__name__}: {str(error).splitlines()[0][:90]}")
path = Path("network.pt2")
with zipfile.ZipFile(path) as archive:
    assert archive.testzip() is None
    names = archive.namelist()
weights = [name for name in names if "/data/weights/" in name]
graphs = [name for name in names if "/models/" in name]
print(f"the file is a whole zip of {path.stat().st_size:,} bytes: {len(weights)} files of weights, {len(graphs)} graphs")
assert weights and not graphs
try:
    torch.export.load(str(path))
    raise SystemExit("it is read now")
except Exception as error:
    print(f"load raises {type(error).__name__}")
PY
