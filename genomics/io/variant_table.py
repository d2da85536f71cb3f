"""Tables of alleles: `.tsv`, with a header line and tabs between, and `.parquet` (https://parquet.apache.org/docs ).

Bytes of a VCF file that are no UTF-8 stay in the one as they were, and are replaced in the other.
"""

import contextlib
import importlib.util
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from genomics.errors import InputError
from genomics.io.atomic import replacing

#: Columns of every table, and the kind of each.
TEXTS = ("chrom", "id", "ref", "alt")
PLACE = ("chrom", "pos", "id", "ref", "alt")
_BLOCK_BYTES = 1 << 20
_ESCAPES = str.maketrans({"\t": "_", "\n": "_", "\r": "_"})

Columns = Mapping[str, Sequence[Any] | np.ndarray]


def numeric_columns(tasks: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """`output_ref_CTCF`, ...: the columns of each task, tasks in order."""
    return [f"{kind}_{task}".translate(_ESCAPES) for task in tasks for kind in kinds]


def has_parquet() -> bool:
    """Whether the library that writes parquet is installed."""
    return importlib.util.find_spec("pyarrow") is not None


@contextlib.contextmanager
def writing_tsv(path: str | os.PathLike[str], numbers: Sequence[str]) -> Iterator[Any]:
    """Yields a function that adds columns of equal length: those of `PLACE`, and numbers, whose NaN are empty cells.

    Numbers have as many digits as tell their float32 from every other.

    Raises:
      InputError: the file cannot be written.
    """
    crc32 = size = 0

    def check(temporary: Path) -> None:
        found = (0, 0)
        with temporary.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                found = (zlib.crc32(block, found[0]), found[1] + len(block))
        if found != (crc32, size):
            raise InputError(f"{temporary}: does not hold the table that was written")

    with replacing(path, check) as temporary, temporary.open("wb") as file:

        def put(text: str) -> None:
            nonlocal crc32, size
            data = text.encode("utf-8", "surrogateescape")
            crc32, size = zlib.crc32(data, crc32), size + len(data)
            file.write(data)

        def add(columns: Columns) -> None:
            texts = [list(map(str, columns[name])) for name in PLACE] + [_cells(columns[name]) for name in numbers]
            put("".join("\t".join(row) + "\n" for row in zip(*texts, strict=True)))

        put("\t".join([*PLACE, *numbers]) + "\n")
        yield add


def _cells(values: Float32[np.ndarray, " n"] | Sequence[Any]) -> list[str]:
    numbers = np.asarray(values, np.float32)
    return ["" if np.isnan(number) else text for number, text in zip(numbers, numbers.astype("U16"), strict=True)]


@contextlib.contextmanager
def writing_parquet(path: str | os.PathLike[str], numbers: Sequence[str]) -> Iterator[Any]:
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

        def add(columns: Columns) -> None:
            nonlocal rows
            rows += len(columns["pos"])
            arrays = [
                pa.array(_texts(columns[name]) if name in TEXTS else columns[name], schema.field(name).type)
                for name in PLACE
            ]
            values = [np.asarray(columns[name], np.float32) for name in numbers]
            arrays += [pa.array(each, pa.float32(), from_pandas=True) for each in values]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        yield add


def _texts(values: Sequence[Any] | np.ndarray) -> list[str]:
    return [str(value).encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in values]


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
