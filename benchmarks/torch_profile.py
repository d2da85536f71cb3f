"""DeepLIFT Rescale of a BPNet's profile, beside tangermeme's `deep_lift_shap` of a detached wrapper, equal weights.

  python -m benchmarks.torch_profile --python=PYTHON [--sequences=2] [--references=3]

PYTHON has PyTorch and tangermeme 1.6 (`pip install torch tangermeme`); it makes a BPNet of 2,114 nt with random weights
and a profile of two strands, exports it, and explains w . (y - mean y), w = softmax(y - mean y).detach(), of random
sequences against their dinucleotide shuffles. Here the file is read, and `--target=profile` explained by `rescale`.
Prints the largest differences as shares of the largest value, of the sums over the bases of each position and of the
hypothetical scores, and the residual, which is against w . (y(x) - y(r)) with the weights of x.
"""

import sys

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.peer import made_by, share
from genomics.attribution.deeplift import deeplift
from genomics.command import run
from genomics.lenses.view import Lens
from genomics.models.torch import load
from genomics.programs.network_model import Wanted, as_predictor

PYTHON = flags.DEFINE_string("python", None, "The Python with PyTorch and tangermeme.", required=True)
SEQUENCES = flags.DEFINE_integer("sequences", 2, "Sequences explained.", lower_bound=1)
REFERENCES = flags.DEFINE_integer("references", 3, "Shuffles of each.", lower_bound=1)

#: What the other Python runs: arguments are folder, sequences, references.
_PEER = """
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

class BPNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.relu = nn.Conv1d(4, 32, 21, padding=10), nn.ReLU()
        self.layers = nn.Sequential(*[Residual(2**i) for i in range(1, 9)])
        self.profile, self.counts = nn.Conv1d(32, 2, 75), nn.Linear(32, 1)
    def forward(self, x):
        h = self.layers(self.relu(self.first(x)))
        return self.profile(h)[:, :, 520:1520], self.counts(h[:, :, 520:-520].mean(2))

class Detached(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model
    def forward(self, x):
        y = self.model(x)[0].flatten(1)
        y = y - y.mean(1, keepdim=True)
        return (y * torch.softmax(y, 1).detach()).sum(1, keepdim=True)

folder, count, references = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(0)
model = BPNet().eval()
program = torch.export.export(model, (torch.zeros(1, 4, 2114),))
torch.export.save(program, f"{folder}/bpnet.pt2")
codes = torch.randint(0, 4, (count, 2114))
x = nn.functional.one_hot(codes, 4).transpose(1, 2).float()
r = dinucleotide_shuffle(x, n=references, random_state=0)
wrapped = Detached(model)
settings = {"references": r, "device": "cpu", "warning_threshold": 1e9}
both = [deep_lift_shap(wrapped, x, hypothetical=h, **settings) for h in (False, True)]
scores, hypothetical = [each.detach().numpy() for each in both]
np.savez(f"{folder}/bpnet.npz", x=x, r=r.float(), scores=scores, hypothetical=hypothetical)
print("PyTorch", version("torch"), "tangermeme", version("tangermeme"))
"""


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    with made_by(PYTHON.value, _PEER, SEQUENCES.value, REFERENCES.value) as folder:
        network = load(folder / "bpnet.pt2").network
        with np.load(folder / "bpnet.npz") as stored:
            arrays = dict(stored)
    predictor = as_predictor(network, Wanted(lens=Lens(target="profile")))
    x, references = jnp.asarray(arrays["x"].swapaxes(1, 2)), jnp.asarray(arrays["r"].swapaxes(2, 3))

    def explain(pair):
        own, shuffles = pair
        return deeplift(predictor.bound(predictor.parameters, own), reference=shuffles, rule="rescale")(own)

    found = jax.lax.map(explain, (x, references))
    sums = share(found.scores[:, 0].sum(-1), arrays["scores"].sum(1))
    hypothetical = share(found.hypothetical[:, 0].swapaxes(1, 2), arrays["hypothetical"])
    residual = float(np.abs(found.residual).max())
    print(f"sums of positions {sums:.1e}, hypothetical {hypothetical:.1e}, residual {residual:.1e}")
    if not np.maximum(sums, hypothetical) <= 1e-5:
        sys.exit("the largest difference is above 1e-5 of the largest value")


if __name__ == "__main__":
    run(main)
