"""Stretches of contigs: 0-based and half-open inside, 1-based and closed in region strings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from genomics.errors import InputError

# Digits of the longest position that is read: one beyond every contig, that 64 bits hold.
_LONGEST_NUMBER = 18
_PLACE = re.compile(r"([\d,]+)(?:-([\d,]+)?)?")


@dataclass(frozen=True, kw_only=True, order=True)
class Interval:
    """Bases `start` to `end` of a contig, 0-based and half-open."""

    contig: str
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def __str__(self) -> str:
        """As a region string: `contig:first-last`, from 1."""
        return f"{self.contig}:{self.start + 1}-{self.end}"


def parse_region(text: str, contigs: Mapping[str, int]) -> Interval:
    """Reads `contig`, `contig:first-last`, `contig:first-` or `contig:base`, from 1, both ends included.

    A text equal to a contig's name is that whole contig; otherwise it splits at the last colon, so that names may hold
    colons. Commas within numbers are ignored.

    Args:
      text: the region.
      contigs: name -> number of bases.

    Raises:
      InputError: an unknown contig, no numbers, first after last, or bases outside the contig.
    """
    if text in contigs:
        return Interval(contig=text, start=0, end=contigs[text])
    contig, colon, place = text.rpartition(":")
    match = _PLACE.fullmatch(place) if colon else None
    if not match or contig not in contigs:
        name = contig if match else text
        raise InputError(f"region {text}: {unknown_contig(name, contigs)}")
    numbers = [digits.replace(",", "") for digits in match.groups() if digits]
    if not all(0 < len(digits) <= _LONGEST_NUMBER for digits in numbers):
        raise InputError(f"region {text}: must be CONTIG:FIRST-LAST with positions from 1")
    first = int(numbers[0])
    last = int(numbers[1]) if len(numbers) == 2 else (contigs[contig] if "-" in place else first)
    interval = Interval(contig=contig, start=first - 1, end=last)
    return checked(interval, contigs, f"region {text}")


def checked(interval: Interval, contigs: Mapping[str, int], where: str) -> Interval:
    """The interval, if its contig is known and it holds at least one base, all of them within the contig.

    Raises:
      InputError: it is not so; the message starts with `where`.
    """
    if interval.contig not in contigs:
        raise InputError(f"{where}: {unknown_contig(interval.contig, contigs)}")
    length = contigs[interval.contig]
    if interval.start >= interval.end:
        raise InputError(f"{where}: holds no base: start {interval.start} (from 0) must be below end {interval.end}")
    if interval.start < 0 or interval.end > length:
        place = "starts before the contig" if interval.start < 0 else "ends past the contig"
        raise InputError(f"{where}: {place}: {interval.contig} has bases 1 to {length}")
    return interval


def unknown_contig(name: str, contigs: Mapping[str, int]) -> str:
    """What to tell of a name that is no contig: the likely `chr` prefix, or some names that there are."""
    other = other_prefix(name)
    if other in contigs:
        return f"no contig {name} in the FASTA file, which calls it {other}: the prefix chr must agree"
    shown = ", ".join(list(contigs)[:5]) + (", ..." if len(contigs) > 5 else "")
    return f"no contig {name} in the FASTA file; it has {shown}"


def other_prefix(name: str) -> str:
    """The name without the prefix `chr`, or with it where it has none."""
    return name.removeprefix("chr") if name.startswith("chr") else f"chr{name}"


def merged(intervals: Iterable[Interval], contigs: Iterable[str]) -> list[Interval]:
    """Disjoint intervals that cover the same bases, in order of the contigs; neighbours that touch become one."""
    order = {name: number for number, name in enumerate(contigs)}
    found: list[Interval] = []
    for each in sorted(intervals, key=lambda each: (order[each.contig], each.start, each.end)):
        last = found[-1] if found else None
        if last is not None and last.contig == each.contig and each.start <= last.end:
            found[-1] = Interval(contig=last.contig, start=last.start, end=max(last.end, each.end))
        else:
            found.append(each)
    return found
