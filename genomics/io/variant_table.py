"""Tables of alleles: `.tsv`, with a header line and tabs between, and `.parquet` (https://parquet.apache.org/docs ).

Bytes of a VCF file that are no UTF-8 stay in the one as they were, and are replaced in the other.
"""

import contextlib
import importlib.util
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from genomics.errors import InputError
from genomics.io.atomic import replacing
from genomics.io.bgzip import summed
from genomics.io.decimals import exact, joined
from genomics.io.deflate import crc32

#: Columns of every table.
PLACE = ("chrom", "pos", "id", "ref", "alt")
_ESCAPES = str.maketrans({"\t": "_", "\n": "_", "\r": "_"})

#: Of some alleles, the columns of `PLACE` with tabs between, and those of numbers.
Add = Callable[[Sequence[bytes], Sequence[Float32[np.ndarray, " n"]]], None]
#: Lines that are put together at a time: what fits a processor's cache.
_LINES = 1 << 12


def numeric_columns(tasks: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """`output_ref_CTCF`, ...: the columns of each task, tasks in order."""
    return [f"{kind}_{task}".translate(_ESCAPES) for task in tasks for kind in kinds]


def has_parquet() -> bool:
    """Whether the library that writes parquet is installed."""
    return importlib.util.find_spec("pyarrow") is not None


@contextlib.contextmanager
def writing_tsv(path: str | os.PathLike[str], numbers: Sequence[str]) -> Iterator[Add]:
    """Yields a function that adds alleles: their places, and numbers, whose NaN are empty cells.

    Numbers have as many digits as tell their float32 from every other.

    Raises:
      InputError: the file cannot be written.
    """
    found = (0, 0)

    def check(temporary: Path) -> None:
        if summed(temporary) != found:
            raise InputError(f"{temporary}: does not hold the table that was written")

    with replacing(path, check) as temporary, temporary.open("wb") as file:

        def put(data: bytes) -> None:
            nonlocal found
            found = (crc32(data, found[0]), found[1] + len(data))
            file.write(data)

        def add(places: Sequence[bytes], columns: Sequence[Float32[np.ndarray, " n"]]) -> None:
            for start in range(0, len(places), _LINES):
                own = places[start : start + _LINES]
                texts = [exact(column[start : start + _LINES]) for column in columns]
                pieces = [piece for text in texts for piece in (b"\t", text)]
                cells, ends = joined([*pieces, b"\n"], len(own))
                bounds = itertools.pairwise(ends.tolist())
                put(b"".join(part for place, (low, high) in zip(own, bounds) for part in (place, cells[low:high])))  # noqa: B905

        put("\t".join([*PLACE, *numbers]).encode("utf-8", "surrogateescape") + b"\n")
        yield add


@contextlib.contextmanager
def writing_parquet(path: str | os.PathLike[str], numbers: Sequence[str]) -> Iterator[Add]:
    """The same as parquet; numbers are float32, NaN are null, and bytes that are no text are replaced.

    Raises:
      InputError: the file cannot be written.
    """
    import pyarrow as pa  # pyright: ignore[reportMissingImports]
    import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]

    schema = pa.schema(
        [(name, pa.int64() if name == "pos" else pa.string()) for name in PLACE]
        + [(name, pa.float32()) for name in numbers]
    )
    rows = 0

    def check(temporary: Path) -> None:
        try:
            found = pq.ParquetFile(temporary).metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{temporary}: {error}") from error
        if found != rows:
            raise InputError(f"{temporary}: holds {found} rows; must be {rows}")

    with replacing(path, check) as temporary, pq.ParquetWriter(temporary, schema) as writer:

        def add(places: Sequence[bytes], columns: Sequence[Float32[np.ndarray, " n"]]) -> None:
            nonlocal rows
            rows += len(places)
            cells = [place.decode("utf-8", "replace").split("\t") for place in places]
            texts = dict(zip(PLACE, zip(*cells, strict=True), strict=True)) if cells else dict.fromkeys(PLACE, ())
            kinds = [schema.field(name).type for name in PLACE]
            arrays = [
                pa.array(list(map(int, texts[name])) if name == "pos" else texts[name], kind)
                for name, kind in zip(PLACE, kinds, strict=True)
            ]
            arrays += [pa.array(each, pa.float32(), from_pandas=True) for each in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield add


def write_ranked(source: Path, path: Path, numbers: Sequence[str]) -> int:
    """Writes the lines of a `.tsv` by the largest size of some of its numbers, those without any last.

    Of the table the place and the size of each line are in memory.

    Returns:
      How many lines have such a number.

    Raises:
      InputError: the table is not as `writing_tsv` makes it, or the copy cannot be written.
    """
    places, sizes = [], []
    try:
        file = source.open("rb")
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {os.strerror(error.errno or 0)}") from error
    with file:
        header = file.readline()
        names = header.decode("utf-8", "surrogateescape").rstrip("\n").split("\t")
        absent = [name for name in numbers if name not in names]
        if absent:
            raise InputError(f"{source}: line 1: has no column {absent[0]}")
        columns = [names.index(name) for name in numbers]
        place = file.tell()
        for number, line in enumerate(file, start=2):
            cells = line.rstrip(b"\n").split(b"\t")
            try:
                sizes.append(max((abs(float(cells[column])) for column in columns if cells[column]), default=-1.0))
            except (ValueError, IndexError):
                raise InputError(f"{source}: line {number}: must hold numbers in its {len(names)} columns") from None
            places.append(place)
            place += len(line)
        order = np.argsort(-np.array(sizes, np.float64), kind="stable")

        def check(temporary: Path) -> None:
            if temporary.stat().st_size != source.stat().st_size:
                raise InputError(f"{temporary}: does not hold all lines of {source}")

        with replacing(path, check) as temporary, temporary.open("wb") as copy:
            copy.write(header)
            for row in order.tolist():
                file.seek(places[row])
                copy.write(file.readline())
    return int(np.count_nonzero(np.array(sizes) >= 0))
