"""bigWig, written by bigtools: https://genome.ucsc.edu/goldenPath/help/bigWig.html .

The format: Kent et al. (2010, doi:10.1093/bioinformatics/btq351).
"""

import contextlib
import itertools
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from genomics.errors import InputError
from genomics.io.atomic import ask_disk, replacing

#: (contig, 0-based start, a value for each base).
Stretch = tuple[str, int, Float[np.ndarray, " _"]]
#: Bases that are read at a time when a file is checked.
_CHECKED_BASES = 1 << 20


def write_bigwig(path: str | os.PathLike[str], contigs: Mapping[str, int], stretches: Iterable[Stretch]) -> bool:
    """Writes one value for each base.

    Args:
      path: the file, ending in .bw, by which the writer goes.
      contigs: name -> number of bases.
      stretches: in order of the contigs' names, sorted as texts, and of position; a base with NaN has no value.

    Returns:
      Whether there is a file: the format cannot hold no values at all.

    Raises:
      InputError: the file cannot be written.
    """
    raised: list[BaseException] = []
    written = _Written()
    values = _values(written.told(stretches))
    first = next(values, None)
    if first is None:
        return False

    def guarded() -> Iterator[tuple[str, int, int, float]]:
        try:
            yield from itertools.chain([first], values)
        except BaseException as error:  # the writer would print it, and leave a file that ends there
            raised.append(error)

    with replacing(path, written.check) as temporary:
        _write(temporary, {name: contigs[name] for name in sorted(contigs)}, guarded(), raised)
    return True


def _write(
    path: Path,
    contigs: Mapping[str, int],
    values: Iterator[tuple[str, int, int, float]],
    raised: list[BaseException],
) -> None:
    """Runs the writer, which on a full disk prints, panics, or says nothing at all."""
    import pybigtools

    try:
        with _silence():
            pybigtools.open(str(path), "w").write(contigs, values)
    except BaseException as error:
        # A panic of the writer's language is no Exception.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        if not raised:
            ask_disk(path)
            raise OSError(" ".join(str(error).split())) from error
    if raised:
        raise raised[0]


class _Written:
    """What a file must hold: the values, and where to look for them."""

    def __init__(self) -> None:
        self._crc32 = self._count = 0
        self._places: list[tuple[str, int, int]] = []

    def told(self, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
        """The stretches as they come, remembered."""
        for contig, start, values in stretches:
            count = self._count
            self._crc32, self._count = self._with(values, self._crc32, self._count)
            if self._count > count:
                self._add(contig, start, start + len(values))
            yield contig, start, values

    def _add(self, contig: str, start: int, end: int) -> None:
        before = self._places[-1] if self._places else None
        if before and before[0] == contig and end - before[1] <= _CHECKED_BASES:
            self._places[-1] = (contig, before[1], end)
        else:
            self._places.append((contig, start, end))

    def check(self, path: Path) -> None:
        """Raises InputError unless a file holds the values."""
        import pybigtools

        found, count = 0, 0
        try:
            with _silence():
                file = pybigtools.open(str(path))
                for contig, start, end in self._places:
                    found, count = self._with(file.values(contig, start, end, fillna=None), found, count)
        except Exception as error:
            raise InputError(f"{path}: cannot be read: {error}") from error
        if (found, count) != (self._crc32, self._count):
            raise InputError(f"{path}: holds {count} values; must be the {self._count} that were written")

    @staticmethod
    def _with(values: np.ndarray, crc32: int, count: int) -> tuple[int, int]:
        known = values[~np.isnan(values)].astype(np.float32) + np.float32(0)  # -0 is 0, as for the writer
        return zlib.crc32(known.tobytes(), crc32), count + len(known)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Within the block nothing is printed by libraries that print past Python."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number, _ in kept:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, before in kept:
            os.dup2(before, number)
            os.close(before)
        os.close(nowhere)


def _values(stretches: Iterable[Stretch]) -> Iterator[tuple[str, int, int, float]]:
    """Runs of equal values as (contig, start, end, value)."""
    for contig, start, values in stretches:
        known = ~np.isnan(values)
        changes = np.flatnonzero((values[1:] != values[:-1]) | (known[1:] != known[:-1])) + 1
        starts = np.concatenate([[0], changes])
        ends = np.concatenate([changes, [len(values)]])
        kept = known[starts] if len(values) else np.zeros(1, bool)
        starts, ends = starts[kept], ends[kept]
        yield from zip(
            [contig] * len(starts),
            (starts + start).tolist(),
            (ends + start).tolist(),
            values[starts].tolist(),
            strict=True,
        )
