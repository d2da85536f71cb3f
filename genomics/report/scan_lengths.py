"""Effects of alleles by the bases that they gain or lose."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, Int

from genomics.errors import InputError
from genomics.io.vcf_blocks import VcfBlock
from genomics.report.scan_tally import shortened

#: Bases gained or lost: the first of each class; the last class has no end.
_FIRST = (1, 2, 3, 6, 11, 21, 51)


def lengths_of(blocks: Iterable[VcfBlock]) -> dict[int, list[int]]:
    """What records that are not one base for another gain.

    Args:
      blocks: of a VCF file.

    Returns:
      Number of the record, from 0 -> bases that each of its ALT alleles gains, negative ones lost.
    """
    found = {}
    for block in blocks:
        single, _, _ = block.substitutions()
        for index in np.flatnonzero(~single).tolist():
            record = block.record(index)
            found[record.number] = [len(alt) - len(record.ref) for alt in record.alts]
    return found


class Lengths:
    """Counts, and sums of T tasks' |effect|, of alleles by class: deletions by length, substitutions, insertions."""

    def __init__(self, tasks: int):
        size = 2 * len(_FIRST) + 1
        self._counts = np.zeros(size, np.int64)
        self._sums = np.zeros((size, tasks))

    def add(
        self,
        record: Int[np.ndarray, " n"],
        allele: Int[np.ndarray, " n"],
        values: Float32[np.ndarray, "n T"],
        changed: Mapping[int, list[int]],
        path: Path,
    ) -> None:
        """Takes in alleles with an effect.

        Args:
          record: of each allele.
          allele: its number among those of the record, from 1.
          values: its effects.
          changed: what `lengths_of` gives of these records.
          path: of the file that they were read from, for messages.

        Raises:
          InputError: a record has fewer alleles.
        """
        gained = np.zeros(len(record), np.int64)
        for row in np.flatnonzero(np.isin(record, list(changed))).tolist():
            own, number = changed[int(record[row])], int(allele[row])
            if number > len(own):
                raise InputError(
                    f"{path}: record {int(record[row]) + 1}: has {len(own)} ALT alleles, its allele {number} was "
                    "scored: the file has changed"
                )
            gained[row] = own[number - 1]
        size = np.searchsorted(_FIRST, np.abs(gained), "right")
        which = len(_FIRST) + np.sign(gained) * size
        self._counts += np.bincount(which, minlength=len(self._counts))
        np.add.at(self._sums, which, np.abs(values))

    def rows(self, tasks: list[str]) -> list[dict[str, Any]]:
        """Classes with an allele, from the longest deletion to the longest insertion.

        `least` and `most` are the bases gained, negative ones lost (`most` is None where there is no end, and then
        `least` is the nearest to 0); `alleles` how many, `mean` |effect| of each task.
        """
        found = []
        for which in np.flatnonzero(self._counts).tolist():
            count, sign = int(self._counts[which]), 1 if which >= len(_FIRST) else -1
            place = abs(which - len(_FIRST))
            least = sign * _FIRST[place - 1] if place else 0
            most = None if place == len(_FIRST) else sign * (_FIRST[place] - 1) if place else 0
            mean = {task: shortened(total / count) for task, total in zip(tasks, self._sums[which], strict=True)}
            found.append({"least": least, "most": most, "alleles": count, "mean": mean})
        return found
