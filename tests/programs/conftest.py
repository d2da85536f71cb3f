"""Programs run in this process, with the flags that a command line would give."""

import importlib

import h5py
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from genomics.io.examples import Dataset, Split, write_examples
from genomics.io.truth import Truth
from genomics.programs import method_flags
from genomics.sequence.bases import decode


@pytest.fixture(scope="session")
def load_program():
    return lambda name: importlib.import_module(f"genomics.programs.{name}")


@pytest.fixture
def interpret(load_program, monkeypatch, repository):
    """Runs interpret.py's main with these flags."""
    program = load_program("interpret")
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))

    def run(*arguments):
        argv = ["interpret.py", *map(str, arguments)]
        method_flags.define_own(argv)
        with flagsaver.flagsaver():
            program.main(flags.FLAGS(argv))

    return run


@pytest.fixture
def scan(load_program, monkeypatch, repository):
    """Runs scan.py's main with these flags."""
    program = load_program("scan")
    monkeypatch.syspath_prepend(str(repository / "tests" / "programs"))

    def run(*arguments):
        with flagsaver.flagsaver():
            program.main(flags.FLAGS(["scan.py", *map(str, arguments)]))

    return run


@pytest.fixture(scope="session")
def sequences():
    bases = np.random.default_rng(1).integers(0, 4, (13, 24)).astype(np.uint8)
    bases[2, 5] = 4
    return bases


@pytest.fixture(scope="session")
def fasta(tmp_path_factory, sequences):
    path = tmp_path_factory.mktemp("fasta") / "few.fa"
    path.write_text("".join(f">seq{row}\n{decode(codes)}\n" for row, codes in enumerate(sequences)))
    return path


@pytest.fixture(scope="session")
def data(tmp_path_factory, sequences):
    """The same sequences as a data set with labels; in every odd row "beta" is planted at 3..8."""
    path = tmp_path_factory.mktemp("data") / "few.h5"
    count = len(sequences)
    labels = np.stack([np.arange(count) % 3 == 0, np.arange(count) % 2 == 1], axis=1).astype(np.uint8)
    start = np.where(labels[:, 1:], 3, -1).astype(np.int16)
    truth = Truth(start=start, factor=np.minimum(start, 0), strand=np.sign(start + 1).astype(np.int16))
    split = Split(bases=sequences, labels=labels, truth=truth)
    dataset = Dataset(tasks=("alpha", "Beta"), splits={"test": split}, factors=("beta",), widths=(5,))
    write_examples(path, dataset)
    return path


@pytest.fixture(scope="session")
def data_with_training(tmp_path_factory, sequences):
    """Training sequences are half A, a quarter C."""
    path = tmp_path_factory.mktemp("data") / "both.h5"
    training = np.tile(np.array([0, 0, 0, 0, 1, 1, 2, 3], np.uint8), (2, 3))
    splits = {
        "train": Split(bases=training, labels=np.zeros((2, 2), np.uint8)),
        "test": Split(bases=sequences[:3], labels=np.zeros((3, 2), np.uint8)),
    }
    write_examples(path, Dataset(tasks=("a", "b"), splits=splits))
    return path


@pytest.fixture(scope="session")
def genome_codes():
    codes = np.random.default_rng(3).integers(0, 4, 700).astype(np.uint8)
    codes[200:350] = 4
    codes[400] = 4
    return codes


@pytest.fixture(scope="session")
def genome_fasta(tmp_path_factory, genome_codes):
    """Contigs b, of 10 bases, and 22:1-700, of `genome_codes`."""
    path = tmp_path_factory.mktemp("scan") / "genome.fa"
    path.write_text(f">b\nACGTACGTAC\n>22:1-700\n{decode(genome_codes).lower()}\n")
    return path


@pytest.fixture(scope="session")
def everything():
    """All data sets and attributes of an HDF5 file, by name."""

    def read(path):
        found = {}

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = item[()]
            found.update({f"{name}@{key}": value for key, value in item.attrs.items()})

        with h5py.File(path) as file:
            file.visititems(visit)
            found.update({f"@{key}": value for key, value in file.attrs.items()})
        return found

    return read
