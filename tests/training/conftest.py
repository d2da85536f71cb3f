"""A small experiment: 150 sequences of 40 nt, label = more A than C, and more G than T."""

import numpy as np
import pytest

from genomics.io.examples import Dataset, Split, write_examples
from genomics.models.lab import LabConfig
from genomics.training.config import DataConfig, TrainConfig

CONFIG = """
from genomics.models.lab import LabConfig
from genomics.training.config import DataConfig, TrainConfig

def get_config():
    return TrainConfig(
        epochs={epochs}, batch_size=16, learning_rate=1e-3, data=DataConfig(path={path!r}),
        model=LabConfig(filters=(4, 3), widths=(5, 3), hidden=6),
    )
"""


def make_split(count, rng):
    bases = rng.integers(0, 4, (count, 40)).astype(np.uint8)
    counts = (bases[:, :, None] == np.arange(4)).sum(1)
    labels = np.stack([counts[:, 0] > counts[:, 1], counts[:, 2] > counts[:, 3]], axis=1)
    return Split(bases=bases, labels=labels.astype(np.uint8))


@pytest.fixture(scope="session")
def small_data(tmp_path_factory):
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("data") / "small.h5"
    splits = {name: make_split(count, rng) for name, count in (("train", 150), ("valid", 40), ("test", 50))}
    write_examples(path, Dataset(tasks=("AC", "GT"), splits=splits))
    return path


@pytest.fixture(scope="session")
def make_config(small_data):
    """The configuration that `config_file` writes, of so many epochs."""

    def make(epochs):
        return TrainConfig(
            epochs=epochs,
            batch_size=16,
            learning_rate=1e-3,
            data=DataConfig(path=str(small_data)),
            model=LabConfig(filters=(4, 3), widths=(5, 3), hidden=6),
        )

    return make


@pytest.fixture
def small_config(make_config):
    return make_config(2)


@pytest.fixture
def config_file(small_data, tmp_path):
    def write(epochs):
        path = tmp_path / f"small_{epochs}.py"
        path.write_text(CONFIG.format(epochs=epochs, path=str(small_data)))
        return path

    return write
