"""Seconds an epoch of the lab's network, and how the naive loop over XLA convolutions and a pool over all compare.

  python -m benchmarks.training [--epochs=10]

An epoch is 17,500 sequences in batches of 64, one jitted call, on as many CPU devices as `train.py` takes. The naive
way is the same scan over `conv_general_dilated`, on one device; it is timed on 20 steps, in turn with the fast way on
the same 20 steps. So is a second pool over the whole sequence, as it is and with its rows compared one by one.
"""

from functools import partial
from unittest import mock

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.timing import alternate
from genomics.command import run
from genomics.data.simulate import simulate
from genomics.models import convolution
from genomics.models.convolution import Form
from genomics.models.lab import LabConfig
from genomics.training.config import TrainConfig
from genomics.training.devices import cpu_devices, make_mesh
from genomics.training.epoch import make_epoch
from genomics.training.state import initial_state

EPOCHS = flags.DEFINE_integer("epochs", 10, "Timed epochs of each network.", lower_bound=1)
_STEPS = 20
#: After a second convolution that is 3 wide: a network of as much arithmetic whose second pool may be the sequence.
_POSITIONS = 44


def main(argv: list[str]) -> None:
    del argv
    split = simulate("lab").splits["train"]
    bases, labels = jnp.asarray(split.bases), jnp.asarray(split.labels)
    few = slice(0, _STEPS * TrainConfig().batch_size)
    print(f"{jax.devices()}, {len(bases)} sequences an epoch")
    for name, pooling in (("lab5", "max"), ("lab5_subsample", "subsample")):
        config = TrainConfig(model=LabConfig(pooling=pooling))
        seconds = alternate({"epoch": epoch_of(config, bases, labels, "matmul")}, EPOCHS.value)["epoch"]
        forms: tuple[Form, Form] = ("matmul", "primitive")
        part = alternate({form: epoch_of(config, bases[few], labels[few], form) for form in forms}, 3)
        ratio = np.median(part["primitive"]) / np.median(part["matmul"])
        print(
            f"{name}: epoch best {seconds.min():.3f} s, median {np.median(seconds):.3f} s of {len(seconds)};"
            f" the naive scan over XLA convolutions takes {ratio:.1f} times as long"
        )
    pooled = partial(LabConfig, filters=(24, 48), widths=(19, 3))
    whole = TrainConfig(model=pooled(pools=(4, _POSITIONS)))
    calls = {
        "eight": epoch_of(TrainConfig(model=pooled(pools=(4, 8))), bases[few], labels[few], "matmul"),
        "whole": epoch_of(whole, bases[few], labels[few], "matmul"),
        "row by row": epoch_of(whole, bases[few], labels[few], "matmul"),
    }
    with mock.patch.object(convolution, "_MOST_ROWS", _POSITIONS):  # read when the call is traced, which is here
        jax.block_until_ready(calls["row by row"]())
    part = {name: np.median(seconds) for name, seconds in alternate(calls, 5).items()}
    print(
        f"a second pool over all {_POSITIONS} positions takes {part['whole'] / part['eight']:.2f} times one over 8;"
        f" with its rows compared one by one {part['row by row'] / part['eight']:.1f} times"
    )


def epoch_of(config: TrainConfig, bases: jax.Array, labels: jax.Array, form: Form | None):
    """A call that trains one epoch from the same start each time (the state is donated, so it is copied)."""
    mesh = make_mesh(config.batch_size, 1 if form == "primitive" else cpu_devices(config.batch_size, None))
    state = initial_state(config, length=bases.shape[1], num_tasks=labels.shape[1])
    # Its own compilation, not that of an earlier call with the same settings.
    epoch = make_epoch.__wrapped__(
        learning_rate=config.learning_rate, batch_size=config.batch_size, replicates=1, mesh=mesh, form=form
    )
    return lambda: epoch(jax.tree.map(jnp.copy, state), bases, labels, jnp.int32(1))


if __name__ == "__main__":
    run(main)
