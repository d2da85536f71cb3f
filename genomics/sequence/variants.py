"""Alleles as windows of bases."""

import re

import numpy as np
from jaxtyping import UInt8

from genomics.sequence.bases import encode

_LETTERS = re.compile(r"[ACGTacgt]+")

#: Why an allele has no effect, in the words of the report.
STAR = "* (deleted by another variant)"
SYMBOLIC = "symbolic or a breakend"
MISMATCH = "REF differs from the FASTA file"
UNKNOWN = "letters other than A, C, G, T"
NO_CONTIG = "contig not in the FASTA file"
OUTSIDE = "REF lies beyond the contig's ends"
NOT_FINITE = "the network gives a number that is not finite"


def reason_against(alt: str) -> str | None:
    """Why an ALT allele cannot be scored; None when it is a string of bases."""
    if alt == "*":
        return STAR
    if _LETTERS.fullmatch(alt):
        return None
    return SYMBOLIC if re.search(r"[<>\[\].]", alt) else UNKNOWN


def reason_against_place(start: int, ref: str, contig_length: int) -> str | None:
    """Why a REF allele at `start` (0-based) has no bases that it could agree with; None where it has."""
    return OUTSIDE if start < 0 or start + len(ref) > contig_length else None


def reason_against_reference(ref: str, found: UInt8[np.ndarray, " R"]) -> str | None:
    """Why a REF allele cannot be scored on the bases found in its place; None when it agrees with them."""
    if not _LETTERS.fullmatch(ref):
        return UNKNOWN
    codes = encode(ref)
    return None if np.array_equal(codes, found) else MISMATCH


def windows_of(
    context: UInt8[np.ndarray, " V"], ref: str, alt: str, length: int
) -> tuple[UInt8[np.ndarray, " L"], UInt8[np.ndarray, " L"]]:
    """The windows of the reference and of the alternative; in both, REF's first base has index L // 2.

    An alternative of another length moves the bases after it: a longer one pushes bases out at the window's right end,
    after a shorter one the bases that follow are refilled there.

    Args:
      context: L + len(ref) bases of the contig; REF starts at index L // 2.
      ref: the reference allele.
      alt: the alternative.
      length: L.
    """
    before = length // 2
    changed = np.concatenate([context[:before], encode(alt), context[before + len(ref) :]])
    return context[:length], changed[:length]


def fetch_bounds(start: int, ref: str, length: int) -> tuple[int, int]:
    """Bases of the contig (0-based, half-open) that `windows_of` needs for a REF at `start`."""
    first = start - length // 2
    return first, first + length + len(ref)
