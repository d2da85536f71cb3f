"""A genome: an indexed FASTA file, plain or bgzip, by htslib (https://www.htslib.org/doc/faidx.html), or 2bit."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt8

from genomics.errors import InputError
from genomics.io.atomic import replacing
from genomics.io.compressed import GZIP_MAGIC, check_end, is_bgzip
from genomics.io.fasta_index import check_index
from genomics.io.fasta_lines import block_index, index_lines
from genomics.io.htslib import quiet
from genomics.io.present import check_readable
from genomics.io.two_bit import TwoBit, is_two_bit
from genomics.sequence.bases import INVALID, N, encode


@dataclass(frozen=True, kw_only=True)
class Genome:
    """An open file of a genome.

    Attributes:
      path: the file.
      contigs: name -> number of bases, in the order of the file.
      file: what reads it: pysam's handle, or `TwoBit`; `fetch(contig, first, last)` gives letters.
      made: the indices that were made for it just now.
    """

    path: Path
    contigs: Mapping[str, int]
    file: Any
    made: tuple[Path, ...] = ()

    def fetch(self, contig: str, start: int, end: int) -> UInt8[np.ndarray, " L"]:
        """Codes of the bases `start` to `end` (0-based, half-open); places outside the contig are N.

        Lower case equals upper case; IUPAC's ambiguous letters become N.

        Raises:
          InputError: a letter that stands for no base, or a damaged file.
        """
        length = self.contigs[contig]
        first, last = min(max(start, 0), length), min(max(end, 0), length)
        codes = np.full(end - start, N, np.uint8)
        if first < last:
            try:
                found = encode(self.file.fetch(contig, first, last))
            except (OSError, ValueError) as error:
                raise InputError(f"{self.path}: {contig}: cannot be read: {error}") from error
            if len(found) != last - first:
                raise InputError(f"{self.path}: {contig}: ends early; is its index (.fai) of another file? delete it")
            wrong = np.flatnonzero(found == INVALID)
            if wrong.size:
                raise InputError(
                    f"{self.path}: {contig}: position {first + wrong[0] + 1} (from 1) is no base: must be A, C, G, T, "
                    "N or another letter of the IUPAC nucleotide code"
                )
            codes[first - start : last - start] = found
        return codes


@contextlib.contextmanager
def open_genome(path: str | os.PathLike[str], index_folder: str | os.PathLike[str]) -> Iterator[Genome]:
    """Opens a genome; a FASTA file is indexed on first use.

    Args:
      path: FASTA, plain or compressed by bgzip, or 2bit.
      index_folder: where the index goes when it cannot stand beside the file.

    Raises:
      InputError: the file is absent, empty, no FASTA, cut, or compressed by gzip instead of bgzip; a contig's name
        occurs twice; the index is of another file, or cannot be written.
    """
    path = Path(path)
    check_readable(path)
    if is_two_bit(path):
        two_bit = TwoBit(path)
        with contextlib.closing(two_bit):
            yield Genome(path=path, contigs=_with_bases(path, two_bit.contigs), file=two_bit)
        return
    compressed = _is_bgzip(path)
    indices, made = _indices(path, path.parent, compressed), False
    if not all(_is_fresh(index, path) for index in indices):
        indices, made = _make_indices(path, Path(index_folder), compressed)
    contigs = _contigs(path, indices)
    with quiet(), _open(path, indices) as file:
        yield Genome(path=path, contigs=contigs, file=file, made=tuple(indices) if made else ())


def _contigs(path: Path, indices: list[Path]) -> dict[str, int]:
    return _with_bases(path, check_index(path, indices[0], indices[1] if len(indices) == 2 else None))


def _with_bases(path: Path, contigs: dict[str, int]) -> dict[str, int]:
    if not any(contigs.values()):
        raise InputError(f"{path}: holds no bases")
    return contigs


def _open(path: Path, indices: list[Path]) -> Any:
    # Imported late: htslib's libraries are only needed here.
    import pysam

    gzi = str(indices[1]) if len(indices) == 2 else None
    try:
        return pysam.FastaFile(str(path), filepath_index=str(indices[0]), filepath_index_compressed=gzi)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be opened: {error}; delete {indices[0]} if it is of another file") from error


def _is_bgzip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(14)
        check_end(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {os.strerror(error.errno or 0)}") from error
    if not start:
        raise InputError(f"{path}: is empty")
    if not start.startswith(GZIP_MAGIC):
        if not start.lstrip().startswith(b">"):
            raise InputError(f"{path}: is not FASTA; the first line must start with '>'")
        return False
    if not is_bgzip(start):
        raise InputError(f"{path}: is compressed by gzip, which cannot be indexed; unpack it, or use bgzip")
    return True


def _indices(path: Path, folder: Path, compressed: bool) -> list[Path]:
    suffixes = [".fai", ".gzi"] if compressed else [".fai"]
    return [folder / f"{path.name}{suffix}" for suffix in suffixes]


def _is_fresh(index: Path, path: Path) -> bool:
    return index.is_file() and index.stat().st_mtime >= path.stat().st_mtime


def _make_indices(path: Path, folder: Path, compressed: bool) -> tuple[list[Path], bool]:
    """The indices, and whether they had to be made."""
    beside = _indices(path, path.parent, compressed)
    try:
        return _index(path, beside), True
    except _Refused:
        raise
    except InputError:  # a folder that cannot be written, or none of the user's
        elsewhere = _indices(path, folder, compressed)
        if all(_is_fresh(index, path) for index in elsewhere):
            return elsewhere, False
        return _index(path, elsewhere), True


def _check_written(index: Path) -> None:
    """That nothing of an index is missing; whether it fits the file is seen when that is opened."""
    data = index.read_bytes()
    if index.name.endswith(".gzi"):
        whole = len(data) == 8 + 16 * int.from_bytes(data[:8], "little")
    else:
        whole = data.endswith(b"\n")
    if not whole:
        raise InputError(f"{index}: is cut")


class _Refused(InputError):
    """What is wrong is the FASTA file, not the place of its index."""


def _index(path: Path, indices: list[Path]) -> list[Path]:
    """Makes the indices; those of a file that is refused are not kept."""
    with contextlib.ExitStack() as stack:
        # Under temporary names, so that another process never reads half an index.
        temporary = [stack.enter_context(replacing(index, _check_written)) for index in indices]
        if not os.access(temporary[0].parent, os.W_OK):
            raise InputError(f"{indices[0]}: cannot be written: permission denied")
        if not _indexed_by_htslib(path, temporary):
            try:
                lines = index_lines(path)
            except InputError as error:
                raise _Refused(str(error)) from error
            if not lines:
                raise _Refused(f"{path}: holds no bases")
            temporary[0].write_text("".join(lines), encoding="utf-8", errors="surrogateescape", newline="")
            if len(temporary) == 2:
                temporary[1].write_bytes(block_index(path))
            _contigs(path, temporary)
    return indices


def _indexed_by_htslib(path: Path, indices: list[Path]) -> bool:
    """Whether htslib makes indices that fit. Where not, it does not say why; contigs without bases are a reason too."""
    import pysam

    arguments = ["--fai-idx", str(indices[0])]
    if len(indices) == 2:
        arguments += ["--gzi-idx", str(indices[1])]
    try:
        with quiet():
            pysam.faidx(*arguments, str(path))
        _contigs(path, indices)
    except (pysam.SamtoolsError, InputError):
        return False
    return True
