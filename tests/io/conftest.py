"""A small data set with the truth of what is planted, and its file."""

import numpy as np
import pytest

from genomics.errors import InputError
from genomics.io.examples import Dataset, Split, read_examples, write_examples
from genomics.io.truth import Truth

SIZES = {"train": 6, "valid": 2, "test": 3}


def make_split(count, rng, length=10, tasks=2):
    truth = Truth(
        start=np.tile(np.array([[2, -1]], np.int16), (count, 1)),
        factor=np.tile(np.array([[1, -1]], np.int16), (count, 1)),
        strand=np.tile(np.array([[-1, 0]], np.int16), (count, 1)),
    )
    return Split(
        bases=rng.integers(0, 5, (count, length), dtype=np.uint8),
        labels=rng.integers(0, 2, (count, tasks), dtype=np.uint8),
        truth=truth,
    )


@pytest.fixture(scope="session")
def dataset():
    rng = np.random.default_rng(0)
    return Dataset(
        tasks=("A", "B"),
        splits={name: make_split(count, rng) for name, count in SIZES.items()},
        factors=("A", "B", "C"),
        widths=(4, 8, 3),
        provenance={"recipe": "by hand", "seed": 3},
    )


@pytest.fixture
def path(dataset, tmp_path):
    """The file of `dataset`."""
    write_examples(tmp_path / "set.h5", dataset)
    return tmp_path / "set.h5"


@pytest.fixture(scope="session")
def fault():
    """The one line that reading a data set ends in."""

    def read(path, **options):
        with pytest.raises(InputError) as error:
            read_examples(path, **options)
        message = str(error.value)
        assert message.startswith(f"{path}: ")
        assert "\n" not in message
        return message.removeprefix(f"{path}: ")

    return read
