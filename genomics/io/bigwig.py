"""bigWig, written by bigtools: https://genome.ucsc.edu/goldenPath/help/bigWig.html .

The format: Kent et al. (2010, doi:10.1093/bioinformatics/btq351).
"""

import contextlib
import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from genomics.io.atomic import replacing

#: (contig, 0-based start, a value for each base).
Stretch = tuple[str, int, Float[np.ndarray, " _"]]


def write_bigwig(path: str | os.PathLike[str], contigs: Mapping[str, int], stretches: Iterable[Stretch]) -> bool:
    """Writes one value for each base.

    Args:
      path: the file.
      contigs: name -> number of bases.
      stretches: in order of the contigs' names, sorted as texts, and of position; a base with NaN has no value.

    Returns:
      Whether there is a file: the format cannot hold no values at all.

    Raises:
      InputError: the file cannot be written.
    """
    import pybigtools

    raised: list[BaseException] = []

    values = _values(stretches)
    first = next(values, None)
    if first is None:
        return False

    def guarded() -> Iterator[tuple[str, int, int, float]]:
        try:
            yield from itertools.chain([first], values)
        except BaseException as error:  # the writer would print it, and leave a file that ends there
            raised.append(error)

    with replacing(path) as temporary, _ending(temporary) as named:
        file = pybigtools.open(str(named), "w")
        try:
            file.write({name: contigs[name] for name in sorted(contigs)}, guarded())
        except RuntimeError as error:
            if not raised:
                raise OSError(f"{error}") from error
        if raised:
            raise raised[0]
    return True


@contextlib.contextmanager
def _ending(temporary: Path) -> Iterator[Path]:
    """The writer goes by the ending of the name: another name in the block, renamed to `temporary` after it."""
    named = temporary.with_name(f"{temporary.name}.bw")
    try:
        yield named
        named.replace(temporary)
    finally:
        named.unlink(missing_ok=True)


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
