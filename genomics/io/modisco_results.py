"""What `modisco motifs` found: https://github.com/jmschrei/tfmodisco-lite (HDF5, modisco-lite 2 and later).

Groups `pos_patterns` and `neg_patterns` hold `pattern_0`, ...: `sequence` and `contrib_scores` (W, 4), means of its
sites, and `seqlets` with `example_idx`, `start`, `end` and `is_revcomp` of each site, in the middle `window_size` bases
of its sequence.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int64

from genomics.errors import InputError
from genomics.io import hdf5

_GROUPS = {"pos_patterns": "pos", "neg_patterns": "neg"}
_SITES = ("example_idx", "start", "end", "is_revcomp")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern and its sites.

    Attributes:
      name: `pos.pattern_0`, ...: `pos` where its contributions speak for the task.
      probabilities: (W, 4) shares of A C G T at each position.
      contributions: (W, 4) mean contributions of the bases.
      row: (S,) sequence of each site.
      start: (S,) first base of each in its sequence.
      end: (S,) after the last.
      reverse: (S,) whether the pattern is read on the other strand there.
    """

    name: str
    probabilities: Float[np.ndarray, "W 4"]
    contributions: Float[np.ndarray, "W 4"]
    row: Int64[np.ndarray, " S"]
    start: Int64[np.ndarray, " S"]
    end: Int64[np.ndarray, " S"]
    reverse: Bool[np.ndarray, " S"]


def read_patterns(path: str | os.PathLike[str], count: int, length: int) -> list[Pattern]:
    """The patterns of a results file, in the order of their numbers; none where none was found.

    Args:
      path: the file.
      count: N of the sequences that it is about.
      length: L of them.

    Raises:
      InputError: the file is absent or damaged, not of modisco-lite, or about other sequences.
    """
    path = Path(path)
    found = []
    with hdf5.open_hdf5(path) as file, hdf5.reading(path, "the patterns"):
        groups = [name for name in _GROUPS if name in file]
        if not groups and "window_size" not in file.attrs:  # without any pattern there may be no group
            raise InputError(f"{path}: has neither pos_patterns nor neg_patterns; must be what modisco motifs writes")
        window = int(file.attrs.get("window_size", length))
        shift = length // 2 - window // 2
        for name in groups:
            group: Any = file[name]
            for key in sorted(group, key=_number):
                found.append(_pattern(path, f"{_GROUPS[name]}.{key}", group[key], shift, count, length))
    return found


def _number(name: str) -> tuple[int, str]:
    digits = name.rpartition("_")[2]
    return (int(digits) if digits.isdecimal() and len(digits) < 10 else 0, name)


def _pattern(path: Path, name: str, group: Any, shift: int, count: int, length: int) -> Pattern:
    try:
        sequence, contributions = (np.asarray(group[key], np.float64) for key in ("sequence", "contrib_scores"))
        seqlets = group["seqlets"]
        row, start, end, reverse = (np.asarray(seqlets[key]) for key in _SITES)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: {name}: is damaged: {error}") from error
    fits = sequence.ndim == 2 and sequence.shape[1] == 4 and len(sequence) and np.isfinite(sequence).all()
    fits = fits and contributions.shape == sequence.shape and np.isfinite(contributions).all()
    same = len({each.shape for each in (row, start, end, reverse)}) == 1 and row.ndim == 1 and len(row)
    same = same and all(each.dtype.kind in "iu" for each in (row, start, end)) and reverse.dtype.kind in "biu"
    if not fits or not same:
        raise InputError(
            f"{path}: {name}: must have a finite sequence (W, 4) and as many whole rows, starts and ends as sites"
        )
    start, end = start.astype(np.int64) + shift, end.astype(np.int64) + shift
    if row.min() < 0 or row.max() >= count or start.min() < 0 or end.max() > length or (start >= end).any():
        raise InputError(
            f"{path}: {name}: has sites outside of {count} sequences of {length} bases; it is about other sequences"
        )
    total = np.maximum(sequence, 0).sum(1, keepdims=True)
    shares = np.where(total > 0, np.maximum(sequence, 0) / np.where(total > 0, total, 1), 0.25)
    return Pattern(
        name=name,
        probabilities=shares,
        contributions=contributions,
        row=row.astype(np.int64),
        start=start,
        end=end,
        reverse=reverse.astype(bool),
    )
