"""Seconds an epoch of the lab's network, by Keras 3 on JAX and by `train.py`'s own loop in turn.

  python -m benchmarks.keras_training --keras=PYTHON [--epochs=10]

PYTHON is the interpreter of an environment that holds Keras 3 and JAX. Both train 17,500 sequences in batches of 64,
count losses and accuracies, and wait while the other works; ours runs on as many CPU devices as `train.py` takes.
"""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from absl import flags

from benchmarks.timing import alternate
from benchmarks.training import EPOCHS, epoch_of
from genomics.command import run
from genomics.data.simulate import simulate
from genomics.errors import InputError
from genomics.io.atomic import write_bytes
from genomics.training.config import TrainConfig
from genomics.training.state import initial_state

KERAS = flags.DEFINE_string("keras", None, "Interpreter that holds Keras 3; default: this one, if it does.")

#: Run where Keras is: trains an epoch for every line it gets, and answers with the seconds.
_BY_KERAS = """
import os, sys, time
os.environ["KERAS_BACKEND"] = "jax"
import keras, numpy as np
from keras import layers
count = int(sys.argv[2])
bases, labels = (np.fromfile(f"{sys.argv[1]}/{name}", np.uint8).reshape(count, -1) for name in ("bases", "labels"))
x, y = np.eye(5, 4, dtype=np.float32)[bases], labels.astype(np.float32)
model = keras.Sequential([
    layers.Input(x.shape[1:]),
    layers.Conv1D(32, 19, activation="relu"),
    layers.MaxPooling1D(4, padding="same"),
    layers.Conv1D(16, 8, activation="relu"),
    layers.MaxPooling1D(8, padding="same"),
    layers.Flatten(),
    layers.Dense(128, activation="relu"),
    layers.Dense(y.shape[1], activation="sigmoid"),
])
model.compile(keras.optimizers.RMSprop(1e-3), "binary_crossentropy", metrics=["binary_accuracy"])
print(keras.__version__, model.count_params(), flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    model.fit(x, y, batch_size=64, verbose=0)
    print(time.perf_counter() - start, flush=True)
"""


def main(argv: list[str]) -> None:
    del argv
    python, config = KERAS.value or sys.executable, TrainConfig()
    split = simulate("lab").splits["train"]
    bases, labels = jnp.asarray(split.bases), jnp.asarray(split.labels)
    own = epoch_of(config, bases, labels, "matmul")
    with tempfile.TemporaryDirectory() as folder:
        for name, array in (("bases", bases), ("labels", labels)):
            write_bytes(Path(folder) / name, np.asarray(array, np.uint8).tobytes())
        command = [python, "-c", _BY_KERAS, folder, str(len(bases))]
        with (
            (Path(folder) / "errors").open("w+") as errors,  # a pipe that nobody reads would fill, and stop it
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            ) as process,
        ):
            asked, answers = process.stdin, process.stdout
            assert asked is not None
            assert answers is not None
            told = answers.readline().split()

            def reason() -> str:
                process.wait()
                return ((Path(folder) / "errors").read_text().strip().splitlines() or ["no answer"])[-1]

            if len(told) != 2:
                if KERAS.value:
                    raise InputError(f"--keras={python}: {reason()}")
                print(f"Keras is left out: {python}: {reason()}; --keras=PYTHON names one that has it")
                return
            version, parameters = told

            def theirs() -> float:
                with contextlib.suppress(BrokenPipeError):  # it has ended: there is no answer, and a reason
                    asked.write("an epoch\n")
                    asked.flush()
                if not (answer := answers.readline()):
                    raise InputError(f"{python}: {reason()}")
                return float(answer)

            seconds = alternate({"own": own, "keras": theirs}, EPOCHS.value)
    state = initial_state(config, length=bases.shape[1], num_tasks=labels.shape[1])
    count = sum(leaf.size for leaf in jax.tree.leaves(state.model))
    assert count == int(parameters), (count, parameters)
    median = {name: float(np.median(each)) for name, each in seconds.items()}
    print(
        f"lab5: epoch median {median['own']:.3f} s, Keras {version} on JAX {median['keras']:.3f} s in turn:"
        f" {np.median(seconds['keras'] / seconds['own']):.2f} times as long"
    )


if __name__ == "__main__":
    run(main)
