"""VCF, plain or compressed, and BCF: https://samtools.github.io/hts-specs/VCFv4.5.pdf .

Records are taken as lines of text and given back with one key more in INFO, so that all the rest stays as it was, byte
by byte. BCF becomes text through htslib.
"""

import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from genomics.errors import InputError
from genomics.io.atomic import ask_disk, replacing
from genomics.io.bad_rows import BadRows
from genomics.io.bgzip import summed, write_bgzip
from genomics.io.compressed import GZIP_MAGIC, check_end
from genomics.io.htslib import quiet
from genomics.io.present import check_readable

_KEY = re.compile(r"[A-Za-z_][0-9A-Za-z_.]*")
_INFO_COLUMN = 7
#: How bytes that are no UTF-8 are read, so that they are written as they were.
KEEP = "surrogateescape"
# Digits of the longest position that is read: one that 64 bits hold.
_LONGEST_NUMBER = 18
# The first position, from 1, that a .tbi index cannot hold; .csi can.
_TABIX_END = 1 << 29


@dataclass(frozen=True, kw_only=True)
class VcfRecord:
    """One line of a VCF file.

    Attributes:
      number: from 0, in the order of the file.
      contig: CHROM.
      start: POS, 0-based.
      ref: REF.
      alts: ALT alleles; none where ALT is `.`.
      line: the line, without its end.
    """

    number: int
    contig: str
    start: int
    ref: str
    alts: tuple[str, ...]
    line: str


@dataclass(frozen=True, kw_only=True)
class Vcf:
    """An open file.

    Attributes:
      path: the file.
      header: its lines, the last one starting with `#CHROM`.
      records: in the order of the file; an iterator that is used up once.
      breaks_off: how the file ends before its end, in words; empty until the records are used up, and for whole files.
      whole: whether the file has its end.
    """

    path: Path
    header: tuple[str, ...]
    records: Iterator[VcfRecord]
    breaks_off: list[str] = field(default_factory=list)
    whole: bool = True


@contextlib.contextmanager
def open_vcf(
    path: str | os.PathLike[str], *, allow_truncated: bool = False, bad_rows: BadRows | None = None
) -> Iterator[Vcf]:
    """Opens VCF, VCF compressed by gzip or bgzip, or BCF.

    Args:
      path: the file.
      allow_truncated: read a compressed VCF that breaks off as far as its lines are whole.
      bad_rows: what becomes of lines that are no record, by default an error.

    Raises:
      InputError: the file is absent or none of these; while reading records, a line that is no record. The message
        names the file and the line.
    """
    path = Path(path)
    breaks_off: list[str] = []
    with contextlib.closing(_lines(path, breaks_off if allow_truncated else None)) as lines:
        header: list[str] = []
        for line in lines:
            header.append(line)
            if line.startswith("#CHROM\t"):
                break
            if not line.startswith("##"):
                if not _is_text(line):
                    raise InputError(f"{path}: is not text: line {len(header)} has bytes that are no UTF-8")
                raise InputError(f"{path}: line {len(header)}: {line[:40]!r}: the header must end with a #CHROM line")
        if not header or not header[0].startswith("##fileformat=VCF") or not header[-1].startswith("#CHROM\t"):
            raise InputError(f"{path}: is not VCF; it must start with ##fileformat=VCF and hold a #CHROM line")
        records = _records(path, lines, len(header), BadRows() if bad_rows is None else bad_rows)
        whole = not breaks_off
        yield Vcf(path=path, header=tuple(header), records=records, breaks_off=breaks_off, whole=whole)


def _records(path: Path, lines: Iterator[str], offset: int, bad_rows: BadRows) -> Iterator[VcfRecord]:
    number = 0
    for place, line in enumerate(lines, start=offset + 1):
        if not line:
            continue
        fields = line.split("\t", _INFO_COLUMN + 1)
        if len(fields) <= _INFO_COLUMN:
            rule = "a record has at least 8, between tabs"
            bad_rows.found(InputError(f"{path}: line {place}: has {len(fields)} columns; {rule}"), "of too few columns")
            continue
        if not fields[1].isascii() or not fields[1].isdigit() or len(fields[1]) > _LONGEST_NUMBER:
            error = InputError(f"{path}: line {place}: POS is {fields[1][:40]!r}; must be a number")
            bad_rows.found(error, "without a number as POS")
            continue
        if not _is_text(fields[0] + fields[3] + fields[4]):
            error = InputError(f"{path}: line {place}: CHROM, REF or ALT is not text: its bytes are no UTF-8")
            bad_rows.found(error, "with other bytes than UTF-8 in CHROM, REF or ALT")
            continue
        alts = () if fields[4] == "." else tuple(fields[4].split(","))
        yield VcfRecord(number=number, contig=fields[0], start=int(fields[1]) - 1, ref=fields[3], alts=alts, line=line)
        number += 1


def _is_text(text: str) -> bool:
    """Whether no byte was kept that is no UTF-8."""
    return text.isascii() or not any("\udc80" <= letter <= "\udcff" for letter in text)


def _lines(path: Path, breaks_off: list[str] | None) -> Generator[str, None, None]:
    """Lines without their ends; with a list to tell it to, those of a compressed file that breaks off."""
    check_readable(path)
    try:
        with path.open("rb") as raw:
            start = raw.read(3)
        compressed = start.startswith(GZIP_MAGIC)
        try:
            check_end(path)
        except InputError as error:
            if breaks_off is None:
                raise InputError(f"{error}; --allow_truncated reads the records that are there") from None
            breaks_off.append("has no end block")
        if compressed:
            with gzip.open(path) as unpacked:
                start = unpacked.read(3)
        if start == b"BCF":
            yield from _bcf_lines(path)
        else:
            with (
                gzip.open(path, "rt", encoding="utf-8", errors=KEEP)
                if compressed
                else path.open(encoding="utf-8", errors=KEEP)
            ) as file:
                yield from _whole_lines(file, breaks_off if compressed else None)
    except (OSError, EOFError, zlib.error) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from error


def _whole_lines(file: Iterable[str], breaks_off: list[str] | None) -> Iterator[str]:
    """Lines without their ends; of a file that may break off, not the one that it breaks off in."""
    lines = iter(file)
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except EOFError:  # within a block of gzip
            if breaks_off is None:
                raise
            breaks_off[:] = ["ends within a compressed block"]
            return
        if breaks_off and not line.endswith("\n"):
            breaks_off[:] = ["ends within a line"]
            return
        yield line.rstrip("\r\n")


def _bcf_lines(path: Path) -> Iterator[str]:
    import pysam

    with quiet():
        try:
            with pysam.VariantFile(str(path)) as file:
                yield from str(file.header).splitlines()
                for record in file:
                    yield str(record).rstrip("\r\n")
        except (ValueError, NotImplementedError) as error:
            raise OSError(f"is damaged: {error}") from error


def check_key(key: str, header: Iterable[str], path: Path) -> None:
    """Raises InputError unless `key` may be added to INFO."""
    if not _KEY.fullmatch(key):
        raise InputError(f"--info_key={key}: must be letters, digits, _ and . and not start with a digit or .")
    if any(line.startswith(f"##INFO=<ID={key},") for line in header):
        raise InputError(f"--info_key={key}: {path} has this key already; give another")


def info_names(header: Iterable[str]) -> frozenset[str]:
    """The INFO keys that a header defines."""
    start = "##INFO=<ID="
    return frozenset(line[len(start) :].split(",", 1)[0].rstrip(">") for line in header if line.startswith(start))


def write_indexed(path: str | os.PathLike[str], lines: Iterable[str | bytes], *, longest: int) -> list[Path]:
    """Writes lines (header and records) compressed by bgzip, with a tabix index beside.

    Args:
      path: the file, ending in .vcf.gz.
      lines: without their ends, or as bytes several with their ends; records sorted within each contig, and no contig
        in two places.
      longest: bases of the longest contig: beyond what .tbi can hold, the index is .csi.

    Returns:
      Paths of the file and of the index.

    Raises:
      InputError: the files cannot be written or indexed.
    """
    import pysam

    path = Path(path)
    suffix = ".csi" if longest >= _TABIX_END else ".tbi"
    index = path.with_name(path.name + suffix)
    found = (0, 0)

    def check(temporary: Path) -> None:
        check_end(temporary)  # htslib has read all of it for the index; the file is still what was written
        if summed(temporary) != found:
            raise InputError(f"{temporary}: does not hold the lines that were written")

    # The index appears last: one that is older than its file counts as out of date.
    with replacing(index, check_end) as own_index, replacing(path, check) as temporary, quiet():
        texts = (line if isinstance(line, bytes) else f"{line}\n".encode("utf-8", KEEP) for line in lines)
        with temporary.open("wb") as file:
            found = write_bgzip(file, texts)
        try:
            pysam.tabix_index(str(temporary), preset="vcf", csi=suffix == ".csi", index=str(own_index), force=True)
            check_end(own_index)  # the file is not to have its name without it
            with pysam.TabixFile(str(temporary), index=str(own_index)):
                pass
        except OSError:  # htslib does not say why
            for made in (temporary, own_index):
                ask_disk(made)
            raise
    return [path, index]
