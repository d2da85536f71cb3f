"""Rules of LRP beside zennit on the same weights.

  python -m benchmarks.torch_zennit --python=PYTHON [--sequences=4]

PYTHON has PyTorch and zennit (`pip install torch zennit`; Anders, Neumann, Samek, Mueller & Lapuschkin 2021,
arXiv:2106.13200). It makes a convolutional network of random weights with batch norm, ReLU, max pooling and dense
layers, exports it, and propagates each output of random sequences by each rule at all layers, and by the composite
zB, gamma, epsilon. Here the file is read and explained by the rules of the same names. Prints for each the largest
difference as a share of the largest relevance.

Both compute in double precision. Batch norm is merged into the convolution before it, there by zennit's canonizer,
which leaves the layer's eps where it was, so that it divides once more by sqrt(1 + eps): eps is 0 here. The bias of
`w_squared` and `flat` belongs to no input here, so there it is left out.
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

PYTHON = flags.DEFINE_string("python", None, "The Python with PyTorch and zennit.", required=True)
SEQUENCES = flags.DEFINE_integer("sequences", 4, "Sequences explained.", lower_bound=1)

_EPSILON = 1e-9
#: Largest difference in double precision, of the largest relevance.
_MOST = 1e-6
#: What the other Python runs: arguments are folder, sequences, epsilon.
_PEER = """
import sys
from importlib.metadata import version
import numpy as np, torch
from torch import nn
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.composites import SpecialFirstLayerMapComposite
from zennit.rules import AlphaBeta, Epsilon, Flat, Gamma, Pass, WSquare, ZBox, ZPlus
from zennit.types import Activation, Convolution, Linear

folder, count, epsilon, length = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), 120
torch.manual_seed(0)
model = nn.Sequential(nn.Conv1d(4, 16, 11, padding=5), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(4),
    nn.Conv1d(16, 24, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(24 * 13, 32), nn.ReLU(),
    nn.Linear(32, 3))
for key, buffer in model.named_buffers():
    if key.endswith(("running_var", "running_mean")):
        buffer.uniform_(0.5, 2)
nn.init.uniform_(model[1].weight, -1, 2)
nn.init.normal_(model[1].bias)
model.double().eval()
model[1].eps = 0.0
torch.export.save(torch.export.export(model, (torch.zeros(1, 4, length).double(),)), f"{folder}/network.pt2")
x = nn.functional.one_hot(torch.randint(0, 4, (count, length)), 4).transpose(1, 2).double()
box = ZBox(low=torch.zeros_like(x[:1]), high=torch.ones_like(x[:1]), stabilizer=epsilon)
small = {"stabilizer": epsilon}
rules = {"epsilon": Epsilon(epsilon=epsilon), "z_plus": ZPlus(**small), "alpha_beta": AlphaBeta(2, 1, **small),
    "gamma": Gamma(0.25, **small), "w_squared": WSquare(zero_params=["bias"], **small),
    "flat": Flat(zero_params=["bias"], **small)}
maps = {name: [(Activation, Pass()), (Convolution, rule), (Linear, rule)] for name, rule in rules.items()}
firsts = dict.fromkeys(maps, [])
maps["composite"] = [(Activation, Pass()), (Convolution, rules["gamma"]), (Linear, rules["epsilon"])]
firsts["composite"] = [(Convolution, box)]
found = {"x": x}
for name, layer_map in maps.items():
    composite = SpecialFirstLayerMapComposite(layer_map, firsts[name], canonizers=[SequentialMergeBatchNorm()])
    scores = []
    with composite.context(model) as modified:
        for sequence in x:
            for task in range(3):
                given = sequence[None].clone().requires_grad_()
                y = modified(given)
                (relevance,) = torch.autograd.grad(y, given, torch.where(torch.arange(3) == task, y.detach(), 0.0))
                scores.append(relevance[0])
    found[name] = torch.stack(scores).reshape(count, 3, 4, length)
np.savez(f"{folder}/network.npz", **{name: each.detach().numpy() for name, each in found.items()})
print("PyTorch", version("torch"), "zennit", version("zennit"))
"""


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_enable_x64", True)
    with made_by(PYTHON.value, _PEER, SEQUENCES.value, _EPSILON) as folder:
        predictor = as_predictor(load(folder / "network.pt2").network, Wanted())
        stored = dict(np.load(folder / "network.npz"))
    predict = partial(predictor.apply, predictor.parameters)
    x = jnp.asarray(stored.pop("x").swapaxes(1, 2))
    worst = 0.0
    for rule, expected in stored.items():
        found = jax.jit(jax.vmap(lrp(predict, rule=rule, epsilon=_EPSILON)))(x)
        difference = share(found.scores.swapaxes(2, 3), expected)
        print(f"{rule:12} {difference:.1e}")
        worst = float(np.maximum(worst, difference))
    if not worst <= _MOST:
        sys.exit(f"the largest difference is {worst:.1e} of the largest relevance; at most {_MOST}")


if __name__ == "__main__":
    run(main)
