"""2bit, read by py2bit: https://genome.ucsc.edu/FAQ/FAQformat.html#format7 .

The library believes what a file's index says; the places that it names are checked here first. It also cuts an end
beyond the contig without a word, and reads an empty stretch at 0 as the whole contig: `Genome.fetch` asks for neither.
"""

import os
import struct
from pathlib import Path
from typing import Any

from genomics.errors import InputError

_SIGNATURE = 0x1A412743
_MOST_CONTIGS = 1 << 26


def is_two_bit(path: Path) -> bool:
    """Whether a file starts as one, of either byte order."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError:
        return False
    return start in (struct.pack("<I", _SIGNATURE), struct.pack(">I", _SIGNATURE))


class TwoBit:
    """An open file.

    Attributes:
      contigs: name -> number of bases, in the order of the file.
    """

    def __init__(self, path: Path) -> None:
        """Opens a file.

        Raises:
          InputError: it is damaged, or of a kind that py2bit does not read; or py2bit is not installed.
        """
        self.contigs = _contigs(path)
        try:
            import py2bit
        except ImportError:
            raise InputError(f"{path}: 2bit is read by py2bit, which is not installed: pip install py2bit") from None
        try:
            self._file: Any = py2bit.open(str(path))
        except RuntimeError as error:
            raise InputError(f"{path}: cannot be opened as 2bit: {error}") from error
        if dict(self._file.chroms()) != self.contigs:
            raise InputError(f"{path}: is damaged: py2bit finds other contigs than its index names")

    def fetch(self, contig: str, start: int, end: int) -> str:
        """The bases `start` to `end`, which lie in the contig; upper case, N where none is known."""
        try:
            return self._file.sequence(contig, start, end)
        except RuntimeError as error:
            raise OSError(str(error)) from error

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _contigs(path: Path) -> dict[str, int]:
    """Every contig of the index, each with a record that lies within the file."""
    size = os.stat(path).st_size
    found: dict[str, int] = {}
    with path.open("rb") as file:

        def read(count: int) -> bytes:
            data = file.read(count)
            if len(data) != count:
                raise InputError(f"{path}: ends within its index, at byte {file.tell()}: is it cut?")
            return data

        def numbers(count: int) -> tuple[int, ...]:
            return struct.unpack(f"<{count}I", read(4 * count))

        signature, version, count, _ = numbers(4)
        if signature != _SIGNATURE:
            raise InputError(f"{path}: is 2bit of big-endian machines, which py2bit does not read; convert it to FASTA")
        if version != 0:
            rule = "must be 0 (version 1, of files above 4 GB, is not read by py2bit)"
            raise InputError(f"{path}: is 2bit of version {version}; {rule}")
        if not 0 < count <= _MOST_CONTIGS:
            raise InputError(f"{path}: names {count} contigs; must be 1 to {_MOST_CONTIGS}")
        places = []
        for _ in range(count):
            raw = read(read(1)[0])
            try:
                name = raw.decode("utf-8")
            except UnicodeDecodeError:
                raise InputError(f"{path}: a contig's name is not UTF-8: {raw[:40]!r}") from None
            if not name or name in found:
                raise InputError(f"{path}: {f'contig {name} occurs twice' if name else 'a contig has no name'}")
            found[name] = 0
            places.append((name, *numbers(1)))
        for name, place in places:
            file.seek(place)
            (bases, blocks) = numbers(2)
            ends = place + 8 + 8 * blocks
            if ends + 4 <= size:
                file.seek(ends)
                (masked,) = numbers(1)
                ends += 4 + 8 * masked + 4 + -(-bases // 4)
            if ends > size:
                raise InputError(f"{path}: contig {name}: its {bases} bases reach beyond the file's end: is it cut?")
            found[name] = bases
    return found
