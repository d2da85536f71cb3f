"""`--tracks`: contributions as bigWig files at genome coordinates, which browsers draw as letters (dynseq).

`tracks/<method>/<task>.bw` holds the signed number of the observed base: the score in its own column; of mutagenesis,
whose observed bases change nothing, minus the mean effect of the three substitutions, as its logo has it. With `bases`,
`<task>.A.bw` and its sisters hold the scores of all four bases, where a method has them: effects of substitutions, and
hypothetical scores. Where windows overlap, a base has the mean of its numbers, never their sum; N has none.

Dynseq: Nair et al. (2022, doi:10.1038/s41588-022-01194-w).
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, Int64, UInt8

from genomics.errors import InputError
from genomics.io.bigwig import Stretch, write_bigwig
from genomics.io.file_names import file_names
from genomics.io.scores import Questions, array_names, read_questions, read_rows
from genomics.sequence.bases import BASES, N

#: Of one kind of number held at a time, and of scores read at a time.
_HELD_BYTES, _READ_BYTES = 1 << 28, 1 << 24
#: Rows that are read along with wanted ones rather than passed over.
_GAP = 64
_BLOCK = 4096
#: The observed base has exactly no effect: its worth is told by the others.
_OF_SUBSTITUTIONS = "ism"


def write_tracks(scores: Path, methods: Sequence[str], contigs: Mapping[str, int], *, bases: bool) -> list[str]:
    """Writes the tracks of some methods beside their scores. Memory does not grow with the number of sequences.

    Args:
      scores: the `scores.h5`.
      methods: in it.
      contigs: name -> number of bases.
      bases: also those of all four bases.

    Returns:
      Lines for the user.

    Raises:
      InputError: no sequence has a place in a genome, or on these contigs; or a file cannot be written.
    """
    questions = read_questions(scores)
    order = _order(scores, questions, contigs)
    folder, lines = scores.parent / "tracks", []
    names = file_names(questions.tasks)
    for method in methods:
        arrays = array_names(scores, method)
        probe = read_rows(scores, method, slice(0, 1)) if "scores" in arrays else np.zeros(0)
        if probe.shape[2:] != (questions.sequences.shape[1], 4):
            lines.append(f"note: {method} has no number for each base: no track of it")
            continue
        wanted: list[tuple[str, int | None, str]] = [("scores", None, "")]
        source = "scores" if method == _OF_SUBSTITUTIONS else "hypothetical"
        if bases and source in arrays:
            wanted += [(source, base, f".{letter}") for base, letter in enumerate(BASES)]
        count = 0
        for array, base, ending in wanted:
            for task, blocks in _tasks(scores, method, array, base, questions, order):
                path = folder / method / f"{names[task]}{ending}.bw"
                count += write_bigwig(path, contigs, _stretches(questions, order, blocks, contigs))
        lines.append(f"tracks: {folder / method}: {count} of {len(names)} {'task' if len(names) == 1 else 'tasks'}")
    return lines


def _order(scores: Path, questions: Questions, contigs: Mapping[str, int]) -> Int64[np.ndarray, " M"]:
    """The rows that lie somewhere, in order of contig and position."""
    where = questions.loci
    rows = np.flatnonzero(where.known) if where is not None else np.zeros(0, np.int64)
    if where is None or not len(rows):
        raise InputError(
            f"--tracks: {scores}: its sequences have no place in a genome; take them by --fasta and --regions, or from "
            "a data set of genomics.data.peaks"
        )
    absent = sorted({str(name) for name in where.chrom[rows]} - set(contigs))
    if absent:
        raise InputError(f"--tracks: {scores}: contig {absent[0]} is not in the genome")
    return rows[np.lexsort((where.start[rows], where.chrom[rows].astype(str)))]


def _tasks(
    scores: Path, method: str, array: str, base: int | None, questions: Questions, order: Int64[np.ndarray, " M"]
) -> Iterator[tuple[int, Iterator[Float32[np.ndarray, "B L"]]]]:
    """Each task with its numbers in blocks of rows, in order; as many tasks at a time as memory allows."""
    length, tasks = questions.sequences.shape[1], len(questions.tasks)
    group = max(1, _HELD_BYTES // max(1, 4 * length * len(order)))
    most = min(len(order), max(1, _HELD_BYTES // (4 * length)))  # rows, where one task is too much
    for first in range(0, tasks, group):
        own = range(first, min(first + group, tasks))
        if most == len(order):
            held = _gathered(scores, method, array, base, questions, order, own)
            for task in own:
                values = held[:, task - first]
                yield task, (values[row : row + _BLOCK] for row in range(0, len(order), _BLOCK))
        else:
            yield (
                first,
                (
                    found[:, 0][row : row + _BLOCK]
                    for start in range(0, len(order), most)
                    for found in [_gathered(scores, method, array, base, questions, order[start : start + most], own)]
                    for row in range(0, len(found), _BLOCK)
                ),
            )


def _gathered(
    scores: Path, method: str, array: str, base: int | None, questions: Questions, rows: np.ndarray, tasks: range
) -> Float32[np.ndarray, "M G L"]:
    """The numbers of some rows and tasks, of one base or of the observed one; each stretch of the file is read once."""
    length = questions.sequences.shape[1]
    found = np.empty((len(rows), len(tasks), length), np.float32)
    sorted_places = np.argsort(rows, kind="stable")
    ascending = rows[sorted_places]
    size = max(1, _READ_BYTES // (16 * length * len(questions.tasks)))
    at = 0
    while at < len(ascending):
        near = ascending[at : at + size]
        gaps = np.flatnonzero((np.diff(near) > _GAP) | (near[1:] - near[0] >= size + _GAP))
        end = at + (int(gaps[0]) + 1 if len(gaps) else len(near))
        first, last = int(ascending[at]), int(ascending[end - 1])
        values = read_rows(scores, method, slice(first, last + 1), array)[ascending[at:end] - first]
        codes = questions.sequences[ascending[at:end]]
        values = values[:, tasks.start : tasks.stop]
        if base is None:
            worth = of_observed(values, codes, method)
        else:
            worth = np.where(_unknown(codes), np.nan, values[..., base])
        found[sorted_places[at:end]] = worth
        at = end
    return found


def of_observed(
    values: Float32[np.ndarray, "B T L 4"], codes: UInt8[np.ndarray, "B L"], method: str
) -> Float32[np.ndarray, "B T L"]:
    """The signed number of the observed base of each position; NaN at N."""
    column = np.minimum(codes, N - 1)[:, None, :, None]
    own = np.take_along_axis(values, np.broadcast_to(column, (*values.shape[:3], 1)), axis=3)[..., 0]
    if method == _OF_SUBSTITUTIONS:
        own = own - (values.sum(-1) - own) / np.float32(3)
    return np.where(_unknown(codes), np.nan, own).astype(np.float32)


def _unknown(codes: UInt8[np.ndarray, "B L"]) -> np.ndarray:
    return (codes == N)[:, None, :]


def _stretches(
    questions: Questions,
    order: Int64[np.ndarray, " M"],
    blocks: Iterator[Float32[np.ndarray, "B L"]],
    contigs: Mapping[str, int],
) -> Iterator[Stretch]:
    """Means over windows, in order; a base is told when no later window can reach it."""
    where, length = questions.loci, questions.sequences.shape[1]
    assert where is not None
    chrom, start = where.chrom[order], where.start[order]
    same = chrom[1:] == chrom[:-1]
    apart = np.flatnonzero(~same | (start[1:] > start[:-1] + length)) + 1
    edges = iter([*apart.tolist(), len(order)])  # where clusters of windows end
    edge, row, held = next(edges), 0, None
    for block in blocks:
        done = 0
        while done < len(block):
            end = min(row + len(block) - done, edge)
            low = int(start[row]) if held is None else held[0]
            high = int(start[end - 1]) + length
            total, count = _summed(block[done : done + end - row], start[row:end] - low, high - low)
            if held is not None:
                total[: len(held[1])] += held[1]
                count[: len(held[2])] += held[2]
            ready = high if end == edge else min(high, int(start[end]))
            with np.errstate(invalid="ignore"):
                mean = (total[: ready - low] / count[: ready - low]).astype(np.float32)
            size = contigs[str(chrom[row])]
            first, last = max(low, 0), min(ready, size)
            if first < last:
                yield str(chrom[row]), first, mean[first - low : last - low]
            held = None if end == edge else (ready, total[ready - low :], count[ready - low :])
            done, row = done + end - row, end
            if end == edge:
                edge = next(edges, len(order))


def _summed(
    values: Float32[np.ndarray, "B L"], offset: Int64[np.ndarray, " B"], span: int
) -> tuple[Float[np.ndarray, " S"], Float[np.ndarray, " S"]]:
    """Sums and numbers of known values at each place of a stretch."""
    if len(values) == 1:
        known = np.isfinite(values[0])
        return np.where(known, values[0], 0.0).astype(np.float64), known.astype(np.float64)
    places = (offset[:, None] + np.arange(values.shape[1])).ravel()
    flat = values.ravel().astype(np.float64)
    known = np.isfinite(flat)
    total = np.bincount(places[known], flat[known], minlength=span)
    return total, np.bincount(places[known], minlength=span).astype(np.float64)
