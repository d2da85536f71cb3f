"""The flags that say which sequences a network is asked about."""

from pathlib import Path
from typing import cast

import numpy as np
from absl import flags

from genomics.data.regions import windows_of
from genomics.errors import InputError
from genomics.interpretation.sequences import Select, Sequences, from_examples, from_fasta, from_regions, select
from genomics.io.bad_rows import BadRows, Mode
from genomics.io.genome import open_genome
from genomics.models.predictor import Predictor
from genomics.programs.genome_flags import BAD_ROWS, FASTA, REGIONS
from genomics.programs.workdir import WORKDIR, workdirs

DATA = flags.DEFINE_string("data", None, "HDF5 data set to take sequences from (default: the one of --workdir).")
SPLIT = flags.DEFINE_enum("split", "test", ["train", "valid", "test"], "Split of the data set.")
SEQUENCES = flags.DEFINE_string("sequences", None, "FASTA file to take sequences from, instead of --data.")
SELECT = flags.DEFINE_enum(
    "select", "all", ["all", "positive"], "positive: only those with label 1 for any of --tasks."
)
NUM_SEQUENCES = flags.DEFINE_integer(
    "num_sequences", 100, "How many are scored; 0 = all, as of stretches that --regions names.", lower_bound=0
)
SUMMIT_COLUMN = flags.DEFINE_integer(
    "summit_column",
    None,
    "Column, from 1, of a file of --regions that holds the bases from a peak's start to its summit; 0 = centres. "
    "Default: column 10 of narrowPeak and of files with ten columns, centres of others.",
    lower_bound=0,
)
PAD = flags.DEFINE_boolean(
    "pad", False, "Put N where a window of --regions leaves its contig, and around short records of --sequences."
)


def check() -> None:
    """Reports flags that contradict each other, so that none is read and forgotten.

    Raises:
      InputError: two flags, or a flag and its absence, do not go together.
    """
    given = {"data": DATA.value, "sequences": SEQUENCES.value, "regions": ",".join(REGIONS.value or ())}
    sources = [f"--{name}={value}" for name, value in given.items() if value]
    if len(sources) > 1:
        raise InputError(f"{' and '.join(sources)}: give one of them")
    if REGIONS.value and not FASTA.value:
        raise InputError(f"--regions={given['regions']}: --fasta=FILE must give the genome")
    if FASTA.value and SEQUENCES.value:
        raise InputError(f"--fasta={FASTA.value}: is for --regions, or for data sets of windows of a genome")
    for name in ("summit_column", "bad_rows"):
        if flags.FLAGS[name].present and not REGIONS.value:
            raise InputError(f"--{name}: is for --regions")
    if PAD.value and not (REGIONS.value or SEQUENCES.value):
        raise InputError("--pad: is for --regions and --sequences")


def load_sequences(
    predictor: Predictor, tasks: tuple[int, ...], index_folder: Path, *, default: int | None = None
) -> Sequences:
    """The sequences that the flags choose, with labels of the tasks asked about; prints what it understood.

    Args:
      predictor: with all its tasks.
      tasks: indices of those asked about.
      index_folder: where the index of --fasta goes when it cannot stand beside the file.
      default: how many where --num_sequences is not given, 0 = all; None = that flag's own default.

    Raises:
      InputError: no source of sequences, two of them, or a file that does not fit the network.
    """
    check()
    if SEQUENCES.value:
        everything = from_fasta(SEQUENCES.value, predictor.length, pad=PAD.value)
    elif REGIONS.value:
        everything, tiled = _regions(predictor.length, index_folder)
        default = 0 if tiled else default
    else:
        everything = from_examples(data_path(), SPLIT.value, predictor.length, predictor.tasks)
    count = NUM_SEQUENCES.value if default is None or flags.FLAGS["num_sequences"].present else default
    chosen = select(everything, cast(Select, SELECT.value), count, tasks)
    first, last = chosen.index[[0, -1]]
    print(f"{chosen.source}: {len(chosen.bases)} of {len(everything.bases)} sequences, rows {first} to {last}")
    return chosen


def _regions(length: int, index_folder: Path) -> tuple[Sequences, bool]:
    """The windows of --regions, and whether all were named as stretches; prints what it understood."""
    with open_genome(FASTA.value or "", index_folder) as genome:
        for index in genome.made:
            print(f"index made: {index.name}")
        found = windows_of(
            REGIONS.value or [],
            genome.contigs,
            length,
            summit_column=SUMMIT_COLUMN.value,
            bad_rows=BadRows(mode=cast(Mode, BAD_ROWS.value)),
            pad=PAD.value,
        )
        print(*found.lines, sep="\n")
        return from_regions(genome, found.loci, f"{FASTA.value}: {', '.join(REGIONS.value or ())}"), found.tiled


def contigs(sequences: Sequences, index_folder: Path) -> dict[str, int]:
    """Name -> bases of the contigs that the sequences lie on: of --fasta, whose bases must be theirs.

    Without it the ends of the sequences stand for those of the contigs, and this is said.

    Raises:
      InputError: the genome has not the bases of a sequence.
    """
    where = sequences.loci
    if where is None:
        return {}
    if FASTA.value:
        with open_genome(FASTA.value, index_folder) as genome:
            for row in np.flatnonzero(where.known).tolist() if not REGIONS.value else ():
                place = where.interval(row)
                assert place is not None
                known = place.contig in genome.contigs
                if not known or (genome.fetch(place.contig, place.start, place.end) != sequences.bases[row]).any():
                    raise InputError(f"{FASTA.value}: has not the bases of {sequences.source} at {place}")
            return dict(genome.contigs)
    print("note: tracks end where the sequences of each contig do: --fasta=FILE gives the lengths of contigs")
    found: dict[str, int] = {}
    for name, end in zip(where.chrom[where.known].tolist(), where.end[where.known].tolist(), strict=True):
        found[name] = max(found.get(name, 0), end)
    return found


def data_path() -> Path:
    """The data set that --data names, by default the one that the network was trained on.

    Raises:
      InputError: neither is there.
    """
    if DATA.value:
        return Path(DATA.value)
    if not WORKDIR.value:
        raise InputError(
            "--data=FILE.h5 or --sequences=FILE.fa must give sequences when the network is from --model, or --regions"
        )
    from genomics.training import config as configuration  # late: it knows all networks

    path = Path(configuration.read(workdirs()[0]).config.data.path)
    if not path.exists():
        raise InputError(f"{path}: the data set of --workdir={WORKDIR.value} is absent; give --data or --sequences")
    return path
