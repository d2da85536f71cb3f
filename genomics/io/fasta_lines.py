"""A FASTA file read line by line: where each contig lies, or the line that no index can hold, and why.

htslib indexes faster, but tells neither line nor cause of what it refuses, and knows no contig without bases at the
end of a file.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from genomics.errors import InputError
from genomics.io.compressed import GZIP_MAGIC

_SHOWN = 40
#: What htslib counts as bases: everything that prints but blanks.
_LETTERS = bytes(range(33, 127))


def index_lines(path: Path) -> list[str]:
    """Lines of the `.fai` index: name, bases, place, bases a line, bytes a line. Contigs without bases have none.

    Args:
      path: the FASTA file, plain or compressed.

    Raises:
      InputError: a line has no name, has another contig's name, stands before the first contig, or breaks the folding
        of its contig, which must have lines of one length but for the last; the message names the line and the cause.
    """
    found: list[str] = []
    first_line: dict[bytes, int] = {}
    name, bases, start, line_bases, line_bytes = b"", 0, 0, 0, 0
    short = blank = 0  # the line that must be the contig's last, because it is shorter or empty

    def close() -> None:
        if bases:
            text = name.decode("utf-8", "surrogateescape")
            found.append(f"{text}\t{bases}\t{start}\t{line_bases}\t{line_bytes}\n")

    place = 0
    for number, line in enumerate(_lines(path), start=1):
        content = line.rstrip(b"\r\n")
        where, place = f"{path}: line {number}", place + len(line)
        if content.startswith(b">"):
            close()
            words = content[1:].split(maxsplit=1)
            if not words:
                raise InputError(f"{where}: a contig has no name; '>' must be followed by one")
            name = words[0]
            if name in first_line:
                raise InputError(f"{where}: contig {_shown(name)} is there already, in line {first_line[name]}")
            first_line[name] = number
            bases = line_bases = line_bytes = short = blank = 0
        elif not content.strip():
            blank = blank or (number if bases else 0)
        elif not first_line:
            raise InputError(f"{where}: {_shown(content)!r}: is not FASTA; the first line must start with '>'")
        else:
            contig = f"contig {_shown(name)}"
            if other := content.translate(None, _LETTERS):
                column = content.index(other[:1]) + 1
                raise InputError(f"{where}: {contig}: column {column} is {other[:1]!r}; must be a letter")
            if blank:
                raise InputError(f"{where}: {contig} goes on after line {blank}, which is empty")
            if not bases:
                start, line_bases, line_bytes = place - len(line), len(content), len(line)
            elif short:
                raise InputError(
                    f"{where}: {contig} goes on after line {short}, which is shorter than the {line_bases} bases of "
                    "its first; only the last may be"
                )
            elif len(content) > line_bases:
                raise InputError(f"{where}: has {len(content)} bases, the first line of {contig} has {line_bases}")
            elif len(content) == line_bases and len(line) not in (line_bytes, len(content)):
                raise InputError(f"{where}: {contig}: ends otherwise than the lines before it")
            if len(content) < line_bases:
                short = number
            bases += len(content)
    close()
    return found


def block_index(path: Path) -> bytes:
    """The `.gzi` index of a file compressed by bgzip: https://www.htslib.org/doc/bgzip.html ."""
    data = np.memmap(path, np.uint8, "r")
    entries, packed, unpacked = [], 0, 0
    while packed < len(data):
        size = int.from_bytes(data[packed + 16 : packed + 18].tobytes(), "little") + 1
        packed, unpacked = packed + size, unpacked + int.from_bytes(data[packed + size - 4 : packed + size], "little")
        entries.append((packed, unpacked))
    # The block that marks the end holds nothing, and what follows it is no block.
    entries = entries[:-2]
    return np.array([len(entries), *np.ravel(entries)], "<u8").tobytes()


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == GZIP_MAGIC
        with gzip.open(path) if compressed else path.open("rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error


def _shown(data: bytes) -> str:
    return data[:_SHOWN].decode("utf-8", "replace")
