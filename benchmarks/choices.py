"""What the constants of incremental mutagenesis were chosen against: the first table of docs/speed.md.

  python -m benchmarks.choices [--only=blocks_bpnet,taps,blocks_basset,together] [--repeats=5]

One line a choice: effects a second (of a substitution, on all tasks) with each value of the constant, in thousands, the
kept one marked. All values of a line are compiled first and run in turn in this process; medians count. Networks have
random weights.

`blocks`: mebibytes of the largest array of a block of positions. `taps`: outputs of a convolution from which on each
tap has a product of its own. `together`: sequences of lab5 in one call, of which programs take as many as 16 MiB hold.
As in programs each core is a device of its own, and one of them works.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from unittest import mock

import jax
import numpy as np
from absl import flags

from benchmarks.mutagenesis import REPEATS, basset, bpnet, lab5
from benchmarks.timing import alternate
from genomics.command import run
from genomics.errors import InputError
from genomics.interpretation.batches import compile_batch
from genomics.mutagenesis.incremental import planner, products
from genomics.mutagenesis.incremental.ism import incremental_ism

ONLY = flags.DEFINE_list("only", [], "Choices by name; default all.")

_MEBIBYTES = (0.75, 1.5, 3.0, 6.0)
#: What is chosen, by the text of its value -> (sequences in a call, the patch that makes it so).
Values = dict[str, tuple[int, Any]]


def main(argv: list[str]) -> None:
    del argv
    jax.config.update("jax_default_matmul_precision", "highest")
    unknown = set(ONLY.value) - CHOICES.keys()
    if unknown:
        raise InputError(f"--only={','.join(sorted(unknown))}: must be of {', '.join(CHOICES)}")
    print(jax.devices())
    for name in ONLY.value or CHOICES:
        for what, predict, length, values, kept in CHOICES[name]():
            rates = measured(predict, length, values)
            told = ", ".join(f"{value}{' (kept)' * (value == kept)} {rate / 1e3:,.3g}" for value, rate in rates.items())
            print(f"{name}: {what}: {told}", flush=True)


def measured(predict: Callable[[jax.Array], jax.Array], length: int, values: Values) -> dict[str, float]:
    """Effects a second with each value of a constant."""
    calls: dict[str, Callable[[], object]] = {}
    for value, (count, patch) in values.items():
        x = jax.nn.one_hot(np.random.default_rng(0).integers(0, 4, (count, length)), 4)
        explain = jax.vmap(lambda x: incremental_ism(predict)(x).scores)
        with patch:  # the constant is read when the call is traced
            compiled = jax.jit(explain).lower(x).compile()
        calls[value] = partial(compiled, x)
    seconds = alternate(calls, REPEATS.value)
    return {value: 3 * length * values[value][0] / float(np.median(each)) for value, each in seconds.items()}


def _blocks() -> Values:
    return {f"{size:g} MiB": (1, mock.patch.dict(planner._LARGEST, {"cpu": int(size * 2**20)})) for size in _MEBIBYTES}


def _blocks_bpnet() -> Iterator[Any]:
    yield "BPNet, 2,114 nt", partial(bpnet, layers=8), 2114, _blocks(), "0.75 MiB"


def _blocks_basset() -> Iterator[Any]:
    yield "Basset, 600 nt", basset, 600, _blocks(), "0.75 MiB"


def _taps() -> Iterator[Any]:
    values = {
        "64": (1, mock.patch.object(products, "_WIDE", 64)),
        "never": (1, mock.patch.object(products, "_WIDE", 1e9)),
    }
    yield "BPNet, 2,114 nt, 64 outputs", partial(bpnet, layers=8), 2114, values, "64"


def _together() -> Iterator[Any]:
    """Kept is what `interpret.py` takes by the memory that a batch needs."""
    codes, one = np.zeros((5000, 200), np.uint8), lambda row: incremental_ism(lab5)(jax.nn.one_hot(row, 4)).scores
    size = compile_batch(lambda _, row: {"scores": one(row)}, {}, lambda rows: codes[rows], len(codes))[1]
    nothing = mock.patch.dict(planner._LARGEST, {})
    yield (
        "lab5, 200 nt",
        lab5,
        200,
        {f"{count}": (count, nothing) for count in (1, 2, 4, 8, 16, 32)},
        f"{size // len(jax.devices())}",
    )


#: Name -> what is measured: words, network, length, values, the kept one.
CHOICES: dict[str, Callable[[], Iterator[Any]]] = {
    "blocks_bpnet": _blocks_bpnet,
    "taps": _taps,
    "blocks_basset": _blocks_basset,
    "together": _together,
}


if __name__ == "__main__":
    run(main)
