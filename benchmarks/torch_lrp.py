"""LRP of an attention block that PyTorch exported, beside AttnLRP's own package on the same weights.

  python -m benchmarks.torch_lrp --python=PYTHON [--sequences=4]

PYTHON has PyTorch and lxt (`pip install torch lxt`), the package of Achtibat et al. 2024 (arXiv:2402.05602). It makes a
transformer block with random weights (embedding, RMS norm, attention, residual sums, a ReLU network, a dense head),
exports it, and propagates each output of random sequences by `lxt.explicit.functional`. Here the file is read and
explained by `rule="epsilon"`. Prints the largest difference as a share of the largest relevance.

Two of the package's choices are not compared, since this project's differ by definition: a layer norm's subtraction of
the mean shares relevance in proportion there and hands it on as it is here; a product with a sigmoid is halved there
and the signal's alone here (Arras et al. 2017).
"""

import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.peer import made_by, share
from genomics.attribution.lrp import lrp
from genomics.command import run
from genomics.models.torch import load
from genomics.programs.network_model import Wanted, as_predictor

PYTHON = flags.DEFINE_string("python", None, "The Python with PyTorch and lxt.", required=True)
SEQUENCES = flags.DEFINE_integer("sequences", 4, "Sequences explained.", lower_bound=1)

_EPSILON = 1e-9
#: What the other Python runs: arguments are folder, sequences, epsilon.
_PEER = """
import sys
from importlib.metadata import version
import numpy as np, torch
from torch import nn
import lxt.explicit.functional as rules

class Plain:
    softmax = staticmethod(torch.softmax)
    product = staticmethod(torch.matmul)
    add = staticmethod(torch.add)
    linear = staticmethod(lambda layer, x: layer(x))
    norm = staticmethod(lambda layer, x: layer(x))

class Relevance:
    softmax = staticmethod(rules.softmax)
    product = staticmethod(lambda a, b: rules.matmul(a, b, epsilon=2 * epsilon))
    add = staticmethod(lambda a, b: rules.add2(a, b, epsilon=epsilon))
    linear = staticmethod(lambda layer, x: rules.linear_epsilon(x, layer.weight, layer.bias, epsilon))
    norm = staticmethod(lambda layer, x: rules.rms_norm_identity(x, layer.weight, layer.eps))

class Block(nn.Module):
    def __init__(self, length, width=16):
        super().__init__()
        self.embed, self.out = nn.Linear(4, width), nn.Linear(width, width)
        self.q, self.k, self.v = (nn.Linear(width, width) for _ in range(3))
        self.norms = nn.ModuleList([nn.RMSNorm(width, eps=1e-5) for _ in range(2)])
        self.up, self.down, self.head = nn.Linear(width, 32), nn.Linear(32, width), nn.Linear(length * width, 3)
    def forward(self, x, by=Plain):
        h = by.linear(self.embed, x)
        n = by.norm(self.norms[0], h)
        q, k, v = (by.linear(layer, n) for layer in (self.q, self.k, self.v))
        weights = by.softmax(by.product(q, k.transpose(1, 2)), -1)
        h = by.add(h, by.linear(self.out, by.product(weights, v)))
        n = by.norm(self.norms[1], h)
        h = by.add(h, by.linear(self.down, torch.relu(by.linear(self.up, n))))
        return by.linear(self.head, h.flatten(1))

folder, count, epsilon, length = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), 40
torch.manual_seed(0)
model = Block(length).eval()
for norm in model.norms:
    nn.init.uniform_(norm.weight, 0.5, 2)
torch.export.save(torch.export.export(model, (torch.zeros(1, length, 4),)), f"{folder}/block.pt2")
x = nn.functional.one_hot(torch.randint(0, 4, (count, length)), 4).float()
scores = []
for sequence in x:
    for task in range(3):
        given = sequence[None].requires_grad_()
        given.grad = None
        y = model(given, Relevance)
        y.backward(torch.where(torch.arange(3) == task, y.detach(), 0.0))
        scores.append(given.grad[0].clone())
np.savez(f"{folder}/block.npz", x=x.detach(), scores=torch.stack(scores).reshape(count, 3, length, 4))
print("PyTorch", version("torch"), "lxt", version("lxt"))
"""


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    with made_by(PYTHON.value, _PEER, SEQUENCES.value, _EPSILON) as folder:
        predictor = as_predictor(load(folder / "block.pt2").network, Wanted())
        stored = np.load(folder / "block.npz")
    predict = partial(predictor.apply, predictor.parameters)
    explain = lrp(predict, rule="epsilon", epsilon=_EPSILON)
    found = jax.jit(jax.vmap(explain))(jnp.asarray(stored["x"]))
    difference = share(found.scores, stored["scores"])
    print(f"largest difference {difference:.1e} of the largest relevance; residual {np.abs(found.residual).max():.2f}")
    if not difference <= 1e-5:
        sys.exit(f"the largest difference is {difference:.1e} of the largest relevance; at most 1e-5")


if __name__ == "__main__":
    run(main)
