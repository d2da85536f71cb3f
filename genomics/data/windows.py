"""Windows of one length at the summits of peaks, and their labels.

Places are numbers of an `Axis`; a window of L bases at a summit has the summit's base at index L // 2.
"""

import math

import numpy as np
from jaxtyping import Bool, Int64, UInt8

from genomics.data.axis import Axis, contig_of, ranges
from genomics.sequence.bases import N, reverse_complement


def windows_at(summit: Int64[np.ndarray, " M"], length: int) -> Int64[np.ndarray, " M"]:
    """First bases of the windows, which put the summit's base at index `length // 2`."""
    return summit - length // 2


def within_contigs(axis: Axis, start: Int64[np.ndarray, " M"], length: int) -> Bool[np.ndarray, " M"]:
    """Whether windows, whose middle base `length // 2` lies in a contig, lie in it whole."""
    contig = contig_of(axis, start + length // 2)
    first = start - axis.offset[contig]
    return (first >= 0) & (first + length <= axis.length[contig])


def too_unknown(bases: UInt8[np.ndarray, "M L"], share: float) -> Bool[np.ndarray, " M"]:
    """Whether more than a share of each sequence's bases is N."""
    return np.count_nonzero(bases == N, axis=1) > share * bases.shape[1]


def merge_summits(summit: Int64[np.ndarray, " M"], distance: int) -> Int64[np.ndarray, " K"]:
    """Chooses summits so that each is within `distance` of a chosen one, and no two chosen ones are.

    Again and again the summit with the most summits within the distance is chosen (on a tie the one that is nearer to
    these in sum, then the one further left) and those within its distance are merged into it. So a window stands where
    most summits of all tasks agree, at one of them.

    Args:
      summit: in any order; equal ones count as several.
      distance: in bases, 0 or more.

    Returns:
      The chosen summits, ascending.
    """
    every = np.sort(summit)
    here, first = np.unique(every, return_index=True)
    low, high = np.searchsorted(every, here - distance, "left"), np.searchsorted(every, here + distance, "right")
    middle = first
    total = np.concatenate([[0], np.cumsum(every)])
    left = (middle - low) * here - (total[middle] - total[low])
    right = (total[high] - total[middle]) - (high - middle) * here
    order = np.lexsort((here, left + right, low - high))
    first_near = np.searchsorted(here, here - distance, "left").tolist()
    stop_near = np.searchsorted(here, here + distance, "right").tolist()
    free = bytearray(b"\1") * len(here)
    chosen = []
    for place in order.tolist():
        if free[place]:
            chosen.append(place)
            free[first_near[place] : stop_near[place]] = bytes(stop_near[place] - first_near[place])
    return here[np.sort(np.array(chosen, np.int64))]


def label(
    window: Int64[np.ndarray, " M"],
    length: int,
    peak_start: Int64[np.ndarray, " P"],
    peak_end: Int64[np.ndarray, " P"],
    summit: Int64[np.ndarray, " P"],
    min_overlap: float,
) -> Bool[np.ndarray, " M"]:
    """Whether each window is bound: it holds the summit of a peak, or enough of one.

    Enough is `min_overlap` of the shorter of the two, window or peak, and at least a base.

    Args:
      window: first bases, ascending.
      length: L of the windows.
      peak_start: first bases of one task's peaks.
      peak_end: after their last bases.
      summit: theirs.
      min_overlap: from 0 to 1.
    """
    # A window overlaps a peak when it starts after peak_start - L and before peak_end: neighbours in ascending order.
    peak, row = ranges(np.searchsorted(window, peak_start - length, "right"), np.searchsorted(window, peak_end, "left"))
    start = window[row]
    shared = np.minimum(peak_end[peak], start + length) - np.maximum(peak_start[peak], start)
    shorter = np.minimum(peak_end - peak_start, length)[peak]
    # Less than a base's billionth is rounding: 0.07 of 100 bases are 7.
    enough = shared >= min_overlap * shorter - 1e-9
    bound = np.zeros(len(window), bool)
    bound[row[enough | ((start <= summit[peak]) & (summit[peak] < start + length))]] = True
    return bound


def sequence_keys(bases: UInt8[np.ndarray, "M L"]) -> list[bytes]:
    """Texts that are equal for equal sequences, read on either strand."""
    other = reverse_complement(bases)
    differs = bases != other
    first = np.argmax(differs, axis=1)
    rows = np.arange(len(bases))
    smaller = np.where((bases[rows, first] <= other[rows, first])[:, None], bases, other)
    return [row.tobytes() for row in np.ascontiguousarray(smaller)]


def first_of_their_kind(bases: UInt8[np.ndarray, "M L"], seen: set[bytes]) -> Bool[np.ndarray, " M"]:
    """Whether each sequence is new, on either strand, among those before it and those `seen`; adds it to them."""
    new = np.zeros(len(bases), bool)
    for row, key in enumerate(sequence_keys(bases)):
        if key not in seen:
            seen.add(key)
            new[row] = True
    return new


def default_merge_distance(length: int) -> int:
    """The largest distance at which a window holds every summit that is merged into it."""
    return math.ceil(length / 2) - 1
