"""The examples of a run, simulated first where the configuration says so."""

from pathlib import Path

import jax
from absl import logging
from jax.experimental import multihost_utils

from genomics.data.dataset import Dataset, load
from genomics.data.simulate import simulate
from genomics.errors import InputError
from genomics.io.examples import write_examples
from genomics.training.config import DataConfig


def load_data(config: DataConfig) -> Dataset:
    """Reads all splits of the run's file.

    Raises:
      InputError: the file is absent and no recipe makes it, or it is malformed.
    """
    path = Path(config.path)
    if not path.exists() and not config.recipe:
        raise InputError(f"config.data.path={path}: absent; give an HDF5 file with --config.data.path=FILE")
    if not path.exists() and jax.process_index() == 0:
        logging.info("%s is absent: simulating it by the recipe %r", path, config.recipe)
        print(f"simulating {path}", flush=True)
        write_examples(path, simulate(config.recipe))
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices("data")
    return load(path, tasks=config.tasks or None)
