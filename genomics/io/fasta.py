"""FASTA, plain or compressed by gzip or bgzip: https://www.ncbi.nlm.nih.gov/genbank/fastaformat/ ."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import logging
from jaxtyping import UInt8

from genomics.errors import InputError
from genomics.io.compressed import read_whole
from genomics.sequence.bases import INVALID, N, encode


@dataclass(frozen=True, kw_only=True)
class FastaRecords:
    """The records of a FASTA file, all of one length.

    Attributes:
      names: first word of each header line, unique.
      bases: (N, L) codes.
    """

    names: tuple[str, ...]
    bases: UInt8[np.ndarray, "N L"]


def read_fasta(path: str | os.PathLike[str], length: int | None = None, *, pad: bool = False) -> FastaRecords:
    """Reads all records, which must have one length.

    Lower case equals upper case. Letters for ambiguous bases (IUPAC) become N; one warning counts them together with
    the N that the file holds.

    Args:
      path: file, plain or gzip (bgzip is gzip).
      length: that every record must have; by default the first record's.
      pad: fill shorter records up with N, as many before as behind them, or one less; one line counts them.

    Returns:
      Names and codes, in the order of the file.

    Raises:
      InputError: the file cannot be read or holds no record; a record has no name, another's name, no bases, another
        length or a letter that stands for no base. The message names file, record and place (positions from 1).
    """
    path = Path(path)
    names: dict[str, None] = {}
    rows: list[UInt8[np.ndarray, " L"]] = []
    unknown: list[int] = []
    padded = 0
    for name, line, letters in _records(path):
        if not name:
            raise InputError(f"{path}: line {line}: a record has no name; '>' must be followed by one")
        if name in names:
            raise InputError(f"{path}: line {line}: record {name} occurs twice; names must be unique")
        if not letters:
            raise InputError(f"{path}: line {line}: record {name} has no bases")
        codes = encode(letters)
        wrong = np.flatnonzero(codes == INVALID)
        if wrong.size:
            letter = letters[wrong[0] : wrong[0] + 1].decode("latin-1")
            raise InputError(
                f"{path}: record {name}, position {wrong[0] + 1} (from 1) is {letter!r}; must be A, C, G, T, N "
                "or another letter of the IUPAC nucleotide code"
            )
        length = len(codes) if length is None else length
        unknown.append(int(np.count_nonzero(codes == N)))
        if pad and len(codes) < length:
            padded += 1
            before = (length - len(codes)) // 2
            codes = np.pad(codes, (before, length - len(codes) - before), constant_values=N)
        if len(codes) != length:
            first = f", as in record {next(iter(names))}" if names else ""
            hint = "; --pad fills it up with N" if len(codes) < length and not first else ""
            raise InputError(f"{path}: record {name} has {len(codes)} bases; must have {length}{first}{hint}")
        names[name] = None
        rows.append(codes)
    if not rows:
        raise InputError(f"{path}: holds no record; a record starts with a line '>NAME'")
    bases = np.stack(rows)
    if padded:
        logging.warning("%s: %d of %d records are filled up to %d bases with N", path, padded, len(rows), length)
    if any(unknown):
        logging.warning(
            "%s: %d of %d bases are N or another ambiguous letter, in %d of %d records: read as N, no base",
            path,
            sum(unknown),
            bases.size,
            np.count_nonzero(unknown),
            len(rows),
        )
    return FastaRecords(names=tuple(names), bases=bases)


def _records(path: Path) -> Iterator[tuple[str, int, bytes]]:
    """Name (empty if there is none), line number of the header, and letters of each record."""
    name, header, parts = None, 0, []
    for number, raw in enumerate(read_whole(path).splitlines(), start=1):
        line = raw.strip()
        if line.startswith(b">"):
            if name is not None:
                yield name, header, b"".join(parts)
            words = line[1:].split(maxsplit=1)
            name, header, parts = words[0].decode("utf-8", "replace") if words else "", number, []
        elif line and name is None:
            start = line[:20].decode("ascii", "replace")
            raise InputError(f"{path}: line {number}: {start!r}: is not FASTA; the first line must start with '>'")
        elif line:
            parts.append(line)
    if name is not None:
        yield name, header, b"".join(parts)
