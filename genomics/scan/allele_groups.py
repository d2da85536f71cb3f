"""Which alleles share a stretch of dense evaluation, and which are scored in two windows of their own."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from genomics.scan.allele_parts import Alleles
from genomics.scan.allele_ways import CHOSEN
from genomics.sequence.bases import N


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A chunk of neighbouring windows.

    Attributes:
      place: of the first window, in the codes of the alleles.
      rows: the alleles that it scores, at most one for each window.
    """

    place: int
    rows: Int[np.ndarray, " K"]


def group(alleles: Alleles, chunk: int, worth: float) -> tuple[list[Stretch], Int[np.ndarray, " K"]]:
    """Stretches with enough substitutions, and the other alleles.

    Args:
      alleles: of a part.
      chunk: windows of a stretch.
      worth: substitutions in a stretch from which on it takes less arithmetic than two windows for each.

    Returns:
      The stretches, and the rows of all other alleles in order.
    """
    left, stretches = np.flatnonzero(alleles.single), []
    alone = [np.flatnonzero(~alleles.single)]
    while len(left) >= worth:
        places = alleles.place[left]
        first = np.concatenate([[True], np.diff(places) != 0])  # of several at a base the others come in the next turn
        stretches_now, rest = _stretches(alleles.place, left[first], chunk, worth)
        stretches += stretches_now
        alone.append(rest)
        left = left[:0] if first.all() else left[~first]
    return stretches, np.sort(np.concatenate([*alone, left]))


def _stretches(place: np.ndarray, rows: np.ndarray, chunk: int, worth: float) -> tuple[list[Stretch], np.ndarray]:
    places = place[rows]
    ends = np.searchsorted(places, places + chunk)
    enough = np.flatnonzero(ends - np.arange(len(rows)) >= worth)
    found, used, at = [], np.zeros(len(rows), bool), 0
    while (next_ := np.searchsorted(enough, at)) < len(enough):
        low = int(enough[next_])
        at = int(ends[low])
        found.append(Stretch(place=int(places[low]), rows=rows[low:at]))
        used[low:at] = True
    return found, rows[~used]


def packed(alleles: Alleles, stretch: Stretch, chunk: int, length: int, choosing: bool) -> dict[str, np.ndarray]:
    """What the device gets for a stretch: codes, windows that are wanted, and the base that replaces each one's own.

    Args:
      alleles: of the part.
      stretch: some of them.
      chunk: windows of a stretch.
      length: L.
      choosing: whether there is a way for few of the windows; what is for it has the name `chosen`.
    """
    codes = np.full(chunk + length - 1, N, np.uint8)
    own = alleles.codes[stretch.place : stretch.place + len(codes)]
    codes[: len(own)] = own
    offsets = alleles.place[stretch.rows] - stretch.place
    few = choosing and len(offsets) <= CHOSEN
    # The last one again and again: nothing else is put into its window.
    more = (0, (CHOSEN if few else chunk) - len(offsets))
    return {
        "codes": codes,
        "chosen" if few else "wanted": np.pad(offsets.astype(np.int32), more, mode="edge"),
        "alternatives": np.pad(alleles.alternative[stretch.rows], more, mode="edge"),
    }
