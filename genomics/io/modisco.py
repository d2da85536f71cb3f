"""Files for TF-MoDISco's `modisco motifs -s ONE_HOT.npz -a SCORES.npz`: https://github.com/jmschrei/tfmodisco-lite .

Each is an `.npz` archive with the single array `arr_0`, float32 (N, 4, L), bases A C G T second. The scores are
hypothetical ones, of all four bases; the program multiplies them by the one-hot sequences.
"""

import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.io.atomic import replacing, write_text
from genomics.io.file_names import file_names
from genomics.io.scores import read_questions, read_rows
from genomics.sequence.bases import N, one_hot

#: The places of the sequences, in the order of their rows.
REGIONS = "regions.narrowPeak"
_ROWS = 1024
_TOLERANCE = 1e-3


def export(scores: str | os.PathLike[str], method: str, folder: str | os.PathLike[str]) -> tuple[Path, dict[str, Path]]:
    """Writes the one-hot sequences of a `scores.h5`, and one method's hypothetical scores of each task.

    A block of rows at a time is in memory.

    Args:
      scores: the `scores.h5`.
      method: one with hypothetical scores (deeplift, deepshap).
      folder: of the files `sequences.npz` and `<method>_<task>.npz`.

    Returns:
      The path of the sequences, and the path of the scores by task.

    Raises:
      InputError: the method has no hypothetical scores, or they contradict its scores: at a known base
        `sum_a x[a] hypothetical[a]` must be the sum of its scores over a.
    """
    questions = read_questions(scores)
    count, length = questions.sequences.shape
    blocks = [slice(start, min(start + _ROWS, count)) for start in range(0, count, _ROWS)]
    sequences = Path(folder) / "sequences.npz"
    names = zip(questions.tasks, file_names(questions.tasks), strict=True)
    paths = {task: Path(folder) / f"{method}_{name}.npz" for task, name in names}
    for number, path in enumerate(paths.values()):
        _write(
            path,
            (count, 4, length),
            (_hypothetical(scores, method, questions.sequences, number, rows) for rows in blocks),
        )
    _write(sequences, (count, 4, length), (one_hot(questions.sequences[rows]).swapaxes(1, 2) for rows in blocks))
    return sequences, paths


def write_regions(scores: str | os.PathLike[str], path: str | os.PathLike[str]) -> bool:
    """Writes where the sequences of a `scores.h5` lie, a line each in the order of the rows, as narrowPeak.

    Its ten columns (https://genome.ucsc.edu/FAQ/FAQformat.html#format12): the strand is the one that the network read,
    and the summit the base at index L // 2 of the window, whose part before its contig is left out. A sequence that
    lies nowhere stands on a contig of its own name.

    Returns:
      Whether there is a file: not where no place is known.

    Raises:
      InputError: the file cannot be written.
    """
    questions = read_questions(scores)
    where, length = questions.loci, questions.sequences.shape[1]
    if where is None:
        return False
    lines = []
    for row, name in enumerate(questions.names):
        place = where.interval(row)
        chrom, start = (place.contig, place.start) if place else (name, 0)
        strand, first = where.strand[row] or ".", max(start, 0)
        summit = start + length // 2 - first
        lines.append(f"{chrom}\t{first}\t{start + length}\t{name}\t0\t{strand}\t0\t-1\t-1\t{summit}\n")
    write_text(path, "".join(lines))
    return True


def _hypothetical(
    scores: str | os.PathLike[str], method: str, sequences: UInt8[np.ndarray, "N L"], task: int, rows: slice
) -> Float[np.ndarray, "B 4 L"]:
    values = read_rows(scores, method, rows, "hypothetical")[:, task]
    bases = sequences[rows]
    with np.errstate(invalid="ignore"):  # values that are not finite make the error so, which is told
        selected = (one_hot(bases) * values).sum(-1)
        contributions = read_rows(scores, method, rows)[:, task].sum(-1)
    error = np.abs(selected - contributions)[bases != N].max(initial=0.0)
    if not error <= _TOLERANCE * max(1.0, np.abs(contributions).max(initial=0.0)):
        raise InputError(
            f"{scores}: {method}: hypothetical scores at the observed bases are {error:.1e} off its scores"
        )
    return values.swapaxes(1, 2)


def _entry() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("arr_0.npy")  # its date is fixed: equal scores give equal bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _check_archive(path: Path) -> None:
    """Reads it, block by block."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"{path}: {error}") from error
    if damaged is not None:
        raise InputError(f"{path}: {damaged} is damaged")


def _write(path: Path, shape: tuple[int, int, int], blocks: Iterable[np.ndarray]) -> None:
    with (
        replacing(path, _check_archive) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
        archive.open(_entry(), "w", force_zip64=True) as file,
    ):
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, "<f4").tobytes())
