"""DeepLIFT Rescale of networks that PyTorch exported, beside tangermeme's `deep_lift_shap` on the same weights.

  python -m benchmarks.torch_deeplift --python=PYTHON [--sequences=4] [--references=5]

PYTHON has PyTorch and tangermeme 1.6 (`pip install torch tangermeme`); it makes Basset and BPNet with random weights,
exports them, and explains random sequences against their dinucleotide shuffles, one-hot, averaged. Here the files are
read and explained by `rescale`. Prints the largest differences as shares of the largest value: of the sums over the
bases of each position, and of the hypothetical scores. Per base the two differ by definition: of a position whose
reference has another base, `m (x - r)` has a term for the base that came and one for the base that went, while
tangermeme writes
the sum of both at the base that is there.
"""

import sys
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.peer import made_by, share
from genomics.attribution.deeplift import deeplift
from genomics.command import run
from genomics.models.torch import load
from genomics.programs.network_model import Wanted, as_predictor

PYTHON = flags.DEFINE_string("python", None, "The Python with PyTorch and tangermeme.", required=True)
SEQUENCES = flags.DEFINE_integer("sequences", 4, "Sequences explained.", lower_bound=1)
REFERENCES = flags.DEFINE_integer("references", 5, "Shuffles of each.", lower_bound=1)

#: What the other Python runs: arguments are folder, sequences, references.
_PEER = '''
import sys
from importlib.metadata import version
import numpy as np, torch
from torch import nn
from tangermeme.deep_lift_shap import deep_lift_shap
from tangermeme.ersatz import dinucleotide_shuffle

class Residual(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.convolution, self.relu = nn.Conv1d(32, 32, 3, padding=dilation, dilation=dilation), nn.ReLU()
    def forward(self, x):
        return x + self.relu(self.convolution(x))

class Counts(nn.Module):
    """BPNet's counts: its profile is left out."""
    def __init__(self):
        super().__init__()
        self.first, self.relu = nn.Conv1d(4, 32, 21, padding=10), nn.ReLU()
        self.layers = nn.Sequential(*[Residual(2**i) for i in range(1, 9)])
        self.last = nn.Linear(32, 1)
    def forward(self, x):
        return self.last(self.layers(self.relu(self.first(x)))[:, :, 520:-520].mean(2))

def block(inputs, outputs, width, pool):
    convolution = nn.Conv1d(inputs, outputs, width, padding=width // 2)
    return [convolution, nn.BatchNorm1d(outputs), nn.ReLU(), nn.MaxPool1d(pool)]

def dense(inputs, outputs):
    return [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]

basset = nn.Sequential(*block(4, 60, 19, 3), *block(60, 40, 11, 4), *block(40, 40, 7, 4), nn.Flatten(),
    *dense(480, 100), *dense(100, 100), nn.Linear(100, 3))
folder, count, references = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for name, model, length in (("basset", basset, 600), ("bpnet_counts", Counts(), 2114)):
    torch.manual_seed(0)
    for key, buffer in model.named_buffers():
        if key.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    model.eval()
    program = torch.export.export(model, (torch.zeros(1, 4, length),))
    torch.export.save(program, f"{folder}/{name}.pt2")
    codes = torch.randint(0, 4, (count, length))
    x = nn.functional.one_hot(codes, 4).transpose(1, 2).float()
    r = dinucleotide_shuffle(x, n=references, random_state=0)
    both = [deep_lift_shap(model, x, references=r, hypothetical=h, device="cpu", target=0) for h in (False, True)]
    scores, hypothetical = [each.detach().numpy() for each in both]
    np.savez(f"{folder}/{name}.npz", x=x, r=r.float(), scores=scores, hypothetical=hypothetical)
print("PyTorch", version("torch"), "tangermeme", version("tangermeme"))
'''


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    with made_by(PYTHON.value, _PEER, SEQUENCES.value, REFERENCES.value) as folder:
        print("network        sums of positions   hypothetical   residual")
        largest = float(np.max([compare(folder, name) for name in ("basset", "bpnet_counts")]))
    if not largest <= 1e-5:
        sys.exit(f"the largest difference is {largest:.1e} of the largest value; at most 1e-5")


def compare(folder: Path, name: str) -> float:
    """Prints a line, and returns the larger of the two differences."""
    predictor = as_predictor(load(folder / f"{name}.pt2").network, Wanted())
    stored = np.load(folder / f"{name}.npz")
    predict = partial(predictor.apply, predictor.parameters)
    x, references = jnp.asarray(stored["x"].swapaxes(1, 2)), jnp.asarray(stored["r"].swapaxes(2, 3))
    found = jax.lax.map(lambda pair: deeplift(predict, reference=pair[1], rule="rescale")(pair[0]), (x, references))
    sums = share(found.scores[:, 0].sum(-1), stored["scores"].sum(1))
    hypothetical = share(found.hypothetical[:, 0].swapaxes(1, 2), stored["hypothetical"])
    print(f"{name:14} {sums:17.1e} {hypothetical:14.1e} {np.abs(found.residual).max():10.1e}")
    return float(np.maximum(sums, hypothetical))


if __name__ == "__main__":
    run(main)
