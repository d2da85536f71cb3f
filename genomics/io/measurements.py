"""Measured effects of alleles: saturation mutagenesis as a table, allele-specific binding as a VCF with an INFO key."""

import math
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genomics.errors import InputError
from genomics.io.bad_rows import BadRows
from genomics.io.bed import records
from genomics.io.vcf import open_vcf

#: Of the tables of Kircher et al. 2019 (doi:10.1038/s41467-019-11526-w), https://mpra.gs.washington.edu .
COLUMNS = ("Chromosome", "Position", "Ref", "Alt", "Tags", "Value", "P-Value", "Element")
#: Why a row is passed over, in the words of the report.
DELETION = "deletions"
FEW_TAGS = "of fewer tags than --min_tags"
NO_VALUE = "without a finite measured value"
NO_KEY = "without the INFO key"

_INFO = 7
_LETTERS = re.compile(r"[ACGTacgt]+")
_LONGEST_NUMBER = 18


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One allele.

    Attributes:
      where: file and line, for messages.
      element: what was mutated; the file's name where it holds one thing.
      contig: as the file names it.
      start: 0-based position of the first reference base.
      ref: reference bases.
      alt: the allele's bases.
      value: what was measured; above 0 where the allele has more of it.
    """

    where: str
    element: str
    contig: str
    start: int
    ref: str
    alt: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Measurements:
    """What a file holds.

    Attributes:
      rows: in the order of the file.
      passed_over: rows that cannot be used, by reason.
    """

    rows: tuple[Measurement, ...]
    passed_over: Counter[str]


def read_saturation(
    path: str | os.PathLike[str], *, min_tags: int = 0, bad_rows: BadRows | None = None
) -> Measurements:
    """Reads a table of saturation mutagenesis with the columns of `COLUMNS`, in any order, between tabs.

    `Position` counts from 1; `Value` is the log2 effect of `Alt`; `P-Value` is not read. Deletions (`Alt` is `-`) and
    rows of few tags are counted and passed over, as are values that are no finite numbers.

    Args:
      path: the table, plain or gzip.
      min_tags: rows with fewer barcodes are passed over.
      bad_rows: what becomes of rows that break a rule, by default an error.

    Raises:
      InputError: no such file, a column is missing, or a row is malformed.
    """
    path, bad_rows = Path(path), BadRows() if bad_rows is None else bad_rows
    lines = records(path)
    number, header = next(lines, (1, [""]))
    names = [_bare(name) for name in header]
    missing = [name for name in COLUMNS if name not in names and name not in ("P-Value", "Element")]
    if missing:
        raise InputError(f"{path}: line {number}: has no column {', '.join(missing)}; must be {' '.join(COLUMNS)}")
    place = {name: names.index(name) for name in COLUMNS if name in names}
    passed: Counter[str] = Counter()
    rows = []
    for number, line in lines:
        fields = [_bare(field) for field in line]
        try:
            if len(fields) < len(names):
                raise _Bad(f"has {len(fields)} columns, the header {len(names)}", "of too few columns")
            own = {name: fields[column] for name, column in place.items()}
            row, reason = _saturation_row(own, f"{path}: line {number}", path.stem, min_tags)
        except _Bad as error:
            bad_rows.found(InputError(f"{path}: line {number}: {error}"), error.reason)
            continue
        if reason:
            passed[reason] += 1
        elif row:
            rows.append(row)
    if not rows:
        raise InputError(f"{path}: no measured allele: {_counted(passed + bad_rows.counts)}")
    return Measurements(rows=tuple(rows), passed_over=passed + bad_rows.counts)


def _bare(text: str) -> str:
    """Without blanks and quotes around it."""
    return text.strip().strip('"')


class _Bad(Exception):
    """A row that breaks a rule; `reason` is what such rows share."""

    def __init__(self, text: str, reason: str):
        super().__init__(text)
        self.reason = reason


def _saturation_row(
    own: Mapping[str, str], where: str, name: str, min_tags: int
) -> tuple[Measurement | None, str | None]:
    position, ref, alt = own["Position"], own["Ref"], own["Alt"]
    if not (position.isascii() and position.isdigit() and 0 < len(position) <= _LONGEST_NUMBER and int(position)):
        raise _Bad(f"Position is {position!r}; must be a number from 1", "without a number as Position")
    if not _LETTERS.fullmatch(ref):
        raise _Bad(f"Ref is {ref!r}; must be bases", "of Ref that is no bases")
    try:
        tags = float(own["Tags"])
    except ValueError:
        raise _Bad(f"Tags is {own['Tags']!r}; must be a number", "without a number as Tags") from None
    if alt == "-":
        return None, DELETION
    if not _LETTERS.fullmatch(alt):
        raise _Bad(f"Alt is {alt!r}; must be bases, or - for a deletion", "of Alt that is no bases")
    if not tags >= min_tags:
        return None, FEW_TAGS
    value = _number(own["Value"])
    if value is None:
        raise _Bad(f"Value is {own['Value']!r}; must be a number", "without a number as Value")
    if not math.isfinite(value):
        return None, NO_VALUE
    element = own.get("Element") or name
    return (
        Measurement(
            where=where,
            element=element,
            contig=own["Chromosome"],
            start=int(position) - 1,
            ref=ref.upper(),
            alt=alt.upper(),
            value=value,
        ),
        None,
    )


def read_allelic(path: str | os.PathLike[str], *, key: str, bad_rows: BadRows | None = None) -> Measurements:
    """Reads a VCF whose INFO key holds what was measured of the ALT allele: above 0 where it has more than REF.

    Records without the key, with several ALT alleles but one value, or whose value is no finite number are counted.

    Args:
      path: VCF, compressed VCF or BCF.
      key: of INFO, with one number, or one for each ALT allele.
      bad_rows: what becomes of lines that are no record, by default an error.

    Raises:
      InputError: the file cannot be read, or none of its records has the key.
    """
    path, bad_rows = Path(path), BadRows() if bad_rows is None else bad_rows
    passed: Counter[str] = Counter()
    rows = []
    with open_vcf(path, bad_rows=bad_rows) as vcf:
        for record in vcf.records:
            where = f"{path}: record {record.number + 1}"
            texts = _info(record.line.split("\t")[_INFO], key)
            if texts is None:
                passed[f"{NO_KEY} {key}"] += 1
                continue
            if len(texts) != len(record.alts):
                text = f"{where}: {key} has {len(texts)} values for {len(record.alts)} alleles; must have one for each"
                bad_rows.found(InputError(text), "of another number of values than alleles")
                continue
            for alt, text in zip(record.alts, texts, strict=True):
                value = _number(text)
                if value is None or not math.isfinite(value):
                    passed[NO_VALUE] += 1
                elif not (_LETTERS.fullmatch(alt) and _LETTERS.fullmatch(record.ref)):
                    passed["of alleles that are no bases"] += 1
                else:
                    rows.append(
                        Measurement(
                            where=where,
                            element=path.stem,
                            contig=record.contig,
                            start=record.start,
                            ref=record.ref.upper(),
                            alt=alt.upper(),
                            value=value,
                        )
                    )
    if not rows:
        raise InputError(f"{path}: no measured allele by INFO key {key}: {_counted(passed + bad_rows.counts)}")
    return Measurements(rows=tuple(rows), passed_over=passed + bad_rows.counts)


def _counted(reasons: Counter[str]) -> str:
    return ", ".join(f"{count:,} {reason}" for reason, count in reasons.items()) or "it has no rows"


def _info(text: str, key: str) -> list[str] | None:
    found = next((item for item in text.split(";") if item.startswith(f"{key}=")), None)
    return None if found is None else found[len(key) + 1 :].split(",")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
