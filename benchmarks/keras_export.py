"""Does Keras give the same probabilities? Exports a run, loads it in other environments by Keras itself, and compares.

python -m venv /tmp/keras2; /tmp/keras2/bin/pip install "tensorflow-cpu==2.15.*"      (Python 3.11 at most)
python -m venv /tmp/keras3; /tmp/keras3/bin/pip install keras jax h5py
python -m benchmarks.keras_export --workdir=runs/lab5 --pythons=/tmp/keras2/bin/python,/tmp/keras3/bin/python
"""

import os
import subprocess
import tempfile
from pathlib import Path

import jax
import numpy as np
from absl import app, flags, logging

from genomics.training.export import export_run
from genomics.training.load import load_predictor

WORKDIR = flags.DEFINE_string("workdir", "runs/lab5", "A training run.")
PYTHONS = flags.DEFINE_list("pythons", None, "Interpreters of environments that hold Keras 2 or 3.", required=True)
NUM_SEQUENCES = flags.DEFINE_integer("num_sequences", 1000, "Random sequences; every tenth holds a stretch of N.")

#: Run where Keras is: loads model.h5, writes keras.npy, prints the version.
_KERAS = """
import keras, numpy as np
model = keras.models.load_model("model.h5", compile=False)
np.save("keras.npy", np.asarray(model.predict(np.load("sequences.npy"), verbose=0)))
print(keras.__version__)
"""


def main(argv: list[str]) -> None:
    del argv
    logging.set_verbosity(logging.WARNING)
    predictor = load_predictor(Path(WORKDIR.value))
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (NUM_SEQUENCES.value, predictor.length))
    codes[::10, 50:60] = 4
    sequences = np.eye(5, 4, dtype=np.float32)[codes]
    parameters = predictor.parameters
    if predictor.replicates is not None:
        parameters = jax.tree.map(lambda leaf: leaf[0], parameters)
    with jax.default_matmul_precision("highest"):
        logits = jax.jit(jax.vmap(lambda x: predictor.apply(parameters, x)))(sequences)
        own = np.asarray(jax.nn.sigmoid(logits))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        export_run(Path(WORKDIR.value), folder / "model.h5")
        np.save(folder / "sequences.npy", sequences)
        for python in PYTHONS.value:
            version, found = _by_keras(python, folder)
            print(
                f"Keras {version}: {len(found)} sequences x {found.shape[1]} tasks, probabilities from {own.min():.3g} "
                f"to {own.max():.3g}, largest difference {np.abs(found - own).max():.2g}"
            )


def _by_keras(python: str, folder: Path) -> tuple[str, np.ndarray]:
    environment = {**os.environ, "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [python, "-c", _KERAS]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{python}: {done.stderr.strip()[-2000:]}")
    return done.stdout.split()[-1], np.load(folder / "keras.npy")


if __name__ == "__main__":
    app.run(main)
