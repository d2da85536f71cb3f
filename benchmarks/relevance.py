"""Where the relevance of LRP stays in every trained network of a folder: what its residual is made of.

  python -m benchmarks.relevance --folder=DIR [--names=basset,bpnet] [--rule=composite]

DIR, and the output that is explained, as of `benchmarks.networks`. Columns, each the largest of up to four tasks as a
share of max(1, |logit|): the residual; what layers with weights keep, which is their biases' share and the
stabiliser's; what softmaxes keep by their Taylor rule; what halved products of attention keep by their stabiliser; what
loops keep, whose steps are layers, gates and products; what goes to constants that stand beside the sequence, as an
input that is held; and what anything else keeps, where the rules promise nothing.
"""

import contextlib
import io
from pathlib import Path

import jax
import jax.numpy as jnp
from absl import flags

from benchmarks.networks import FOLDER, NAMES, chosen_head, has_bases, of, one_hot, sequence_of
from genomics.attribution.lrp import kept_relevance, lrp
from genomics.attribution.lrp.rules import RULES
from genomics.command import run
from genomics.errors import InputError
from genomics.models.sequence_input import Fixed
from genomics.programs.network_model import Wanted, as_predictor
from genomics.programs.readers import READERS
from genomics.programs.tasks import restricted

RULE = flags.DEFINE_string("rule", "composite", "The rule of all layers.")
_MOST_TASKS = 4
#: Column -> the rules that keep what it tells.
_KEEPERS = {
    "layers": frozenset(RULES),
    "softmax": {"softmax"},
    "products": {"halves"},
    "loops": {"steps", "branch"},
    "constants": {"moved"},
}


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    if not FOLDER.value:
        raise InputError("--folder=DIR: a folder of network files")
    print(f"{'network':32}{'residual':>10}" + "".join(f"{name:>10}" for name in (*_KEEPERS, "else")))
    for path in sorted(path for path in Path(FOLDER.value).iterdir() if path.suffix in READERS):
        if not NAMES.value or path.name.startswith(tuple(NAMES.value)):
            print(f"{path.name:32}" + "".join(f"{share:10.1e}" for share in shares(path)), flush=True)


def shares(path: Path) -> list[float]:
    """The numbers of a line."""
    network = READERS[path.suffix](str(path), None, None)
    held: dict[str, Fixed] = {
        each.name: 0.0 for each in network.inputs if each.name != sequence_of(network) or not has_bases(each.shape)
    }
    with contextlib.redirect_stdout(io.StringIO()):
        predictor = as_predictor(network, Wanted(head=chosen_head(network), fixed=held))
    if len(predictor.tasks) > _MOST_TASKS:
        predictor = restricted(predictor, tuple(range(_MOST_TASKS)))
    predict, x = of(predictor), one_hot(predictor.length)
    residual = jax.jit(lrp(predict, rule=RULE.value))(x).residual
    found = jax.jit(kept_relevance(predict, rule=RULE.value))(x)
    unit = jnp.maximum(1, jnp.abs(predict(x)))
    columns = {name: jnp.zeros_like(unit) for name in (*_KEEPERS, "else")}
    for rule, values in found.items():
        column = next((name for name, rules in _KEEPERS.items() if rule in rules), "else")
        columns[column] += values / unit
    assert residual is not None
    return [float(jnp.abs(values).max()) for values in (residual, *columns.values())]


if __name__ == "__main__":
    run(main)
