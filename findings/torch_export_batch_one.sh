#!/usr/bin/env bash
# torch.export states that a batch holds 2 or more, and the module runs with 1
#
# One would expect a module exported with a dynamic batch to refuse what its `range_constraints` exclude, as the check
# of other dynamic dimensions does, or the range to hold every size that runs.
#
# With `Dim.DYNAMIC` the range is [2, oo] and a batch of 1 runs. With one sequence as the example `Dim.DYNAMIC` is
# refused, and `Dim.AUTO` makes the batch a constant 1: a module that runs with 1 alone. Readers of the archive that
# take the range at its word refuse the batch of one that everybody starts with.
#
# torch 2.13.0, numpy 2.4.6, Python 3.11. Seen:
#   range [2, int_oo]; batch 1 gives (1,)
#   example of one, DYNAMIC: refused
#   example of one, AUTO: no range; batch 3 refused
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
venv/bin/python - <<'PY'
import sys

import torch
from torch.export import Dim


class Sum(torch.nn.Module):
    def forward(self, x):
        return x.sum((1, 2))


def exported(batch, dim):
    return torch.export.export(Sum(), (torch.zeros(batch, 4, 8),), dynamic_shapes={"x": {0: dim}})


print("Python", sys.version.split()[0])
program = exported(3, Dim.DYNAMIC)
(found,) = program.range_constraints.values()
shape = tuple(program.module()(torch.zeros(1, 4, 8)).shape)
print(f"range [{found.lower}, {found.upper}]; batch 1 gives {shape}")
assert found.lower == 2 and shape == (1,)
try:
    exported(1, Dim.DYNAMIC)
    raise SystemExit("an example of one sequence is taken now")
except ValueError:
    print("example of one, DYNAMIC: refused")
program = exported(1, Dim.AUTO)
assert not program.range_constraints
try:
    program.module()(torch.zeros(3, 4, 8))
    raise SystemExit("the batch is not fixed at 1 any more")
except (AssertionError, RuntimeError):
    print("example of one, AUTO: no range; batch 3 refused")
PY
