"""The flags that say which sequences a network is asked about."""

from pathlib import Path
from typing import cast

from absl import flags

from genomics.errors import InputError
from genomics.interpretation.sequences import Select, Sequences, from_examples, from_fasta, select
from genomics.models.predictor import Predictor
from genomics.programs.workdir import WORKDIR
from genomics.training import config as configuration

DATA = flags.DEFINE_string("data", None, "HDF5 data set to take sequences from (default: the one of --workdir).")
SPLIT = flags.DEFINE_enum("split", "test", ["train", "valid", "test"], "Split of the data set.")
SEQUENCES = flags.DEFINE_string("sequences", None, "FASTA file to take sequences from, instead of --data.")
SELECT = flags.DEFINE_enum(
    "select", "all", ["all", "positive"], "positive: only those with label 1 for any of --tasks."
)
NUM_SEQUENCES = flags.DEFINE_integer("num_sequences", 100, "How many are scored; 0 = all.", lower_bound=0)


def load_sequences(predictor: Predictor, tasks: tuple[int, ...], *, default: int | None = None) -> Sequences:
    """The sequences that the flags choose, with labels of the tasks asked about; prints what it understood.

    Args:
      predictor: with all its tasks.
      tasks: indices of those asked about.
      default: how many where --num_sequences is not given, 0 = all; None = that flag's own default.

    Raises:
      InputError: no source of sequences, two of them, or a file that does not fit the network.
    """
    if DATA.value and SEQUENCES.value:
        raise InputError(f"--data={DATA.value} and --sequences={SEQUENCES.value}: give one of them")
    if SEQUENCES.value:
        everything = from_fasta(SEQUENCES.value, predictor.length)
    else:
        everything = from_examples(data_path(), SPLIT.value, predictor.length, predictor.tasks)
    count = NUM_SEQUENCES.value if default is None or flags.FLAGS["num_sequences"].present else default
    chosen = select(everything, cast(Select, SELECT.value), count, tasks)
    first, last = chosen.index[[0, -1]]
    print(f"{chosen.source}: {len(chosen.bases)} of {len(everything.bases)} sequences, rows {first} to {last}")
    return chosen


def data_path() -> Path:
    """The data set that --data names, by default the one that the network was trained on.

    Raises:
      InputError: neither is there.
    """
    if DATA.value:
        return Path(DATA.value)
    if not WORKDIR.value:
        raise InputError("--data=FILE.h5 or --sequences=FILE.fa must give sequences when the network is from --model")
    path = Path(configuration.read(Path(WORKDIR.value)).config.data.path)
    if not path.exists():
        raise InputError(f"{path}: the data set of --workdir={WORKDIR.value} is absent; give --data or --sequences")
    return path
