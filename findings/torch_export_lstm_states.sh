#!/usr/bin/env bash
# An exported LSTM states its last states with an axis that they do not have
#
# One would expect the shapes of an exported program to be those that it gives when run: an LSTM's last states are
# (layers, batch, channels), as its documentation says.
#
# PyTorch 2.9.1 to 2.12 trace an LSTM in eval mode on a CPU, a batch of 2 or open, with last states of
# (layers, 1, batch, channels). The program states that shape, and one that follows from it for the network's output,
# though run it gives the right one. After `run_decompositions` the output really has the axis more. A network that
# turns or reshapes the states cannot be exported. GRU is right; so is 2.13.0.
#
# torch 2.12.0 (the CUDA build; nothing runs on a GPU), numpy 2.4.6, Python 3.11, x86-64. About 3 GB are installed. Seen:
#   LSTM: h_n is stated (1, 1, 2, 8), given (1, 2, 8); output stated (1, 2, 3), given (2, 3), decomposed (1, 2, 3)
#   GRU: h_n is stated (1, 2, 8), given (1, 2, 8); output stated (2, 3), given (2, 3), decomposed (2, 3)
#   LSTM, h_n.permute(1, 0, 2): ValueError: Attempting to permute a tensor of rank 4, but received a permutation of length 3!
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.12.0 numpy==2.4.6
venv/bin/python -W ignore - <<'PY'
import sys

import torch
from torch import nn


class Network(nn.Module):
    def __init__(self, layer, turned=False):
        super().__init__()
        self.recurrence, self.last, self.turned = layer(4, 8, batch_first=True), nn.Linear(8, 3), turned

    def states(self, x):
        found = self.recurrence(x)[1]
        return found[0] if isinstance(found, tuple) else found

    def forward(self, x):
        states = self.states(x)
        return self.last(states.permute(1, 0, 2).flatten(1) if self.turned else states[-1])


def stated(program, target):
    (node,) = (node for node in program.graph.nodes if target in str(node.target))
    return tuple(node.meta["val"][1].shape)


print("Python", sys.version.split()[0], "torch", torch.__version__)
x = torch.zeros(2, 10, 4)
seen = {}
for name, layer in (("LSTM", nn.LSTM), ("GRU", nn.GRU)):
    network = Network(layer).eval()
    program = torch.export.export(network, (x,))
    (end,) = program.graph.output_node().args[0]
    seen[name] = (
        stated(program, name.lower()),
        tuple(network.states(x).shape),
        tuple(end.meta["val"].shape),
        tuple(program.module()(x).shape),
        tuple(program.run_decompositions().module()(x).shape),
    )
    h, h_given, out, given, decomposed = seen[name]
    print(f"{name}: h_n is stated {h}, given {h_given}; output stated {out}, given {given}, decomposed {decomposed}")
try:
    torch.export.export(Network(nn.LSTM, turned=True).eval(), (x,))
    refused = ""
except (RuntimeError, ValueError) as error:
    refused = str(error).splitlines()[0]
    print(f"LSTM, h_n.permute(1, 0, 2): {type(error).__name__}: {refused}")
assert seen["LSTM"] == ((1, 1, 2, 8), (1, 2, 8), (1, 2, 3), (2, 3), (1, 2, 3)), seen
assert seen["GRU"] == ((1, 2, 8), (1, 2, 8), (2, 3), (2, 3), (2, 3)), seen
assert "rank 4" in refused
PY
