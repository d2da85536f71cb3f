"""A data set from peaks and a genome.

    python -m genomics.data.peaks --fasta=hg38.fa --peaks CTCF.narrowPeak MAX.bed --length=200 --output=data.h5

One task a file (files given the same name by --task_names are one task). At every summit stands a window of --length
bases with the summit's base at index length // 2. Summits of all tasks that lie within --merge_distance of each other
share one window, at the one with most others around it. A window has label 1 for a task where it holds the summit of
one of its peaks, or shares at least --min_overlap of the shorter of the two with a peak; otherwise 0. Windows that
leave their contig, hold more N than --max_unknown, overlap --exclude, or repeat another's sequence on either strand are
dropped and counted.

Negatives have label 0 for every task: windows of the same split, outside all peaks and all windows at summits, as many
in each fiftieth of GC content as there are windows with a label; or shuffles that keep the dinucleotides.

Splits are whole contigs, named by --valid and --test or chosen so that each task's windows are shared out 70 : 10 : 20;
or, with --split_by=block, contiguous blocks of contigs, shared out likewise: a window that does not lie within one
split is dropped, so no window of one split overlaps another's.

Peaks are narrowPeak (summit in column 10) or BED of three columns or more (summit = centre, or --summit_column), plain
or gzip. The file has the layout of `genomics.io.examples`; equal seeds give equal files.
"""

import collections
import math
import re
from functools import partial
from pathlib import Path

import numpy as np
from absl import flags

from genomics import __version__
from genomics.data.peak_examples import PeakSettings, examples_from_peaks
from genomics.data.peak_table import lines
from genomics.data.windows import default_merge_distance
from genomics.errors import InputError
from genomics.io.bad_rows import BAD_ROWS, BadRows
from genomics.io.bed import read_bed
from genomics.io.examples import write_examples
from genomics.io.genome import Genome, open_genome
from genomics.io.narrow_peak import Peaks, is_narrow_peak, read_peaks

_EXTENSIONS = re.compile(r"(\.(narrowPeak|broadPeak|bed|txt))*(\.gz)?$", re.IGNORECASE)
# One chunk of the file holds 1,024 windows, and HDF5 takes chunks up to 4 GiB.
_LONGEST = 1_000_000


def main(argv: list[str]) -> None:
    """Makes the data set as the flags say; words that belong to no flag are further files of peaks."""
    make(flags.FLAGS, argv[1:])


def make(values: flags.FlagValues, further: list[str]) -> None:
    """Makes the data set, writes the file and prints what is in it.

    Args:
      values: of the flags that `define_flags` defines.
      further: files of peaks beside those of --peaks.

    Raises:
      InputError: a flag or a file breaks its rule.
    """
    settings = _settings(values)
    files = [part for text in values.peaks for part in text.split(",") if part] + further
    tasks = _task_names(files, values.task_names)
    if values.summit_column is not None and all(is_narrow_peak(file) for file in files):
        raise InputError(
            f"--summit_column={values.summit_column}: all files are narrowPeak, with their summits in column 10"
        )
    output = Path(values.output)
    with open_genome(values.fasta, index_folder=output.parent) as genome:
        for index in genome.made:
            print(f"index made: {index.name}")
        print(f"{values.fasta}: contigs: {len(genome.contigs):,}, bases: {sum(genome.contigs.values()):,}")
        peaks = _read(files, tasks, genome, values)
        excluded, ignored, hard = (
            [each for file in files_of for each in read_bed(file, genome.contigs)]
            for files_of in ([values.exclude] if values.exclude else [], values.ignore, values.hard_negatives)
        )
        source = {
            "genomics": __version__,
            "fasta": Path(values.fasta).name,
            "files": [[task, Path(file).name] for task, file in zip(tasks, files, strict=True)],
            "exclude": Path(values.exclude).name if values.exclude else None,
            "ignore": [Path(file).name for file in values.ignore],
            "hard_negatives": [Path(file).name for file in values.hard_negatives],
            "summit_column": values.summit_column,
        }
        dataset, counts = examples_from_peaks(genome, peaks, excluded, settings, source, ignored=ignored, hard=hard)
    write_examples(output, dataset)
    print(*lines(counts, settings.negatives, settings.split_by), sep="\n")
    print(f"{output}: {sum(len(split.bases) for split in dataset.splits.values()):,} windows of {dataset.length} bases")


def _settings(values: flags.FlagValues) -> PeakSettings:
    """The flags as settings.

    Raises:
      InputError: two flags do not go together, or a value is out of range.
    """
    if bool(values.valid) != bool(values.test):
        raise InputError("--valid and --test must be given both, or neither: then contigs are chosen")
    if values.split_by == "block" and values.valid:
        raise InputError("--valid and --test name whole contigs; they do not go with --split_by=block")
    if values.split_by != "block" and values.block_size is not None:
        raise InputError(f"--block_size={values.block_size}: only with --split_by=block")
    if values.negatives == "none" and values["negatives_per_positive"].present:
        raise InputError("--negatives_per_positive does not go with --negatives=none")
    if values.block_size is not None and values.block_size < values.length:
        raise InputError(f"--block_size={values.block_size}: must be at least --length={values.length}")
    if values.negatives != "gc" and values.hard_negatives:
        raise InputError(f"--hard_negatives={','.join(values.hard_negatives)}: only with --negatives=gc")
    if values.negatives == "dinucleotide" and values.flank:
        raise InputError(f"--flank={values.flank}: a shuffle has no bases beside it; not with --negatives=dinucleotide")
    for name, value in (("min_overlap", values.min_overlap), ("max_unknown", values.max_unknown)):
        if math.isnan(value):
            raise InputError(f"--{name}=nan: must be a number")
    widest = default_merge_distance(values.length)
    distance = widest if values.merge_distance is None else values.merge_distance
    if distance > widest:
        raise InputError(
            f"--merge_distance={distance}: must be at most {widest}, so that a window of {values.length} bases holds "
            "the summits that are merged into it"
        )
    return PeakSettings(
        length=values.length,
        min_overlap=values.min_overlap,
        merge_distance=distance,
        max_unknown=values.max_unknown,
        negatives=values.negatives,
        negatives_per_positive=values.negatives_per_positive,
        split_by=values.split_by,
        valid=tuple(values.valid),
        test=tuple(values.test),
        block_size=values.block_size,
        flank=values.flank,
        seed=values.seed,
    )


def _task_names(files: list[str], given: list[str]) -> list[str]:
    """The task of each file: as given, or the file's name without its extensions.

    Raises:
      InputError: a number of names that is not that of the files, an empty name, or names that cannot be told apart.
    """
    if not files:
        raise InputError("--peaks: names no file")
    if given and len(given) != len(files):
        raise InputError(f"--task_names={','.join(given)}: {len(given)} names for {len(files)} files of peaks")
    names = given or [_stem(file) for file in files]
    for place, name in enumerate(names):
        if not name:
            raise InputError(f"{files[place]}: has no name for its task; give --task_names")
        for earlier in names[:place]:
            if name.lower() == earlier.lower() and not (given and name == earlier):
                rule = "names must differ in more than case" if given else "give --task_names; equal ones make one task"
                raise InputError(f"{files[place]}: its task {name} is also that of another file; {rule}")
    return names


def _stem(file: str) -> str:
    return _EXTENSIONS.sub("", Path(file).name).strip()


def _read(files: list[str], tasks: list[str], genome: Genome, values: flags.FlagValues) -> dict[str, Peaks]:
    """The peaks of each task, of all its files; prints what was passed over in them."""
    found: dict[str, Peaks] = {}
    for file, task in zip(files, tasks, strict=True):
        bad_rows = BadRows(mode=values.bad_rows)
        peaks = read_peaks(
            file,
            genome.contigs,
            summit_column=None if is_narrow_peak(file) else values.summit_column,
            skip_unknown_contigs=values.skip_unknown_contigs,
            bad_rows=bad_rows,
        )
        if peaks.further_columns:
            print(f"{file}: {peaks.further_columns} columns beyond the ten of narrowPeak are ignored")
        for number, line in enumerate(bad_rows.lines()):
            print(line if number else f"{file}: {line}")
        both = [found[task], peaks] if task in found else [peaks]
        found[task] = Peaks(
            contig=np.concatenate([each.contig for each in both]),
            start=np.concatenate([each.start for each in both]),
            end=np.concatenate([each.end for each in both]),
            summit=np.concatenate([each.summit for each in both]),
            skipped=sum(each.skipped for each in both),
            passed_over=sum((each.passed_over for each in both), collections.Counter()),
        )
    return found


def define_flags(values: flags.FlagValues = flags.FLAGS) -> None:
    """Defines the command's flags; importing this file defines none, so that other programs may have the same names."""
    string, integer, number = (
        partial(each, flag_values=values) for each in (flags.DEFINE_string, flags.DEFINE_integer, flags.DEFINE_float)
    )
    words, boolean, enum = (
        partial(each, flag_values=values) for each in (flags.DEFINE_list, flags.DEFINE_boolean, flags.DEFINE_enum)
    )
    string("fasta", None, "The genome: FASTA, plain or bgzip; it is indexed on first use.", required=True)
    flags.DEFINE_multi_string(
        "peaks",
        None,
        "narrowPeak or BED files, plain or gzip: several between commas, or the flag repeated; words of the command "
        "line that belong to no flag are further files, after these.",
        required=True,
        flag_values=values,
    )
    string("output", None, "HDF5 file to write.", required=True)
    words(
        "task_names", [], "A task for each file (default: the files' names); equal names put their files into one task."
    )
    integer("length", 200, "Bases of a window.", lower_bound=1, upper_bound=_LONGEST)
    integer(
        "summit_column",
        None,
        "Column, from 1, that holds the bases from a peak's start to its summit (0 = the peak's first base; -1 = no "
        "summit: centre), in files not named .narrowPeak; 0 = their centres. Default: column 10 of files "
        "with ten columns, the centre in others.",
        lower_bound=0,
    )
    number(
        "min_overlap", 0.5, "Share of the shorter of window and peak that gives a label.", lower_bound=0, upper_bound=1
    )
    integer(
        "merge_distance",
        None,
        "Summits at most this far apart share a window (default and most: half a window, less one).",
        lower_bound=0,
    )
    number("max_unknown", 0.0, "Windows with a larger share of N are dropped.", 0, 0.99)
    string("exclude", None, "BED file of regions that no window may overlap.")
    words(
        "ignore",
        [],
        "BED files of regions that are neither positive nor negative, e.g. weak peaks: no negative overlaps them.",
    )
    words(
        "hard_negatives",
        [],
        "BED files whose middles are negatives before others, where no peak is: accessible regions without the factor, "
        "or matches of its motif.",
    )
    integer(
        "flank",
        0,
        "Bases to store on each side of a window, N beyond its contig: for --config.data.shift.",
        lower_bound=0,
        upper_bound=_LONGEST,
    )
    boolean("skip_unknown_contigs", False, "Leave out and count peaks on contigs that the FASTA file does not have.")
    enum(
        "bad_rows",
        "error",
        BAD_ROWS,
        "What becomes of a line of peaks that breaks a rule, e.g. ends beyond its contig: an error, or it is counted "
        "by reason and passed over.",
    )
    enum(
        "negatives",
        "gc",
        ["gc", "dinucleotide", "none"],
        "Sequences without a label: windows outside peaks with the GC content of those with one, shuffles, or none.",
    )
    integer("negatives_per_positive", 1, "Negatives for each window with a label.", lower_bound=1)
    enum("split_by", "chromosome", ["chromosome", "block"], "What belongs to one split as a whole.")
    words("valid", [], "Contigs for validation (default: chosen).")
    words("test", [], "Contigs for test (default: chosen).")
    integer(
        "block_size",
        None,
        "Bases of a block, about, with --split_by=block (default: a twentieth of the genome, at most 5 Mb).",
        lower_bound=1,
    )
    integer("seed", 0, "Equal seeds give equal files.", lower_bound=0)


if __name__ == "__main__":
    from genomics.command import run

    define_flags()
    run(main)
