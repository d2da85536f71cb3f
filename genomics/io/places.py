"""Where the sequences of a data set come from: the data sets `chrom_<split>`, `start_<split>` and `kind_<split>`."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Int64, UInt8

from genomics.errors import InputError
from genomics.io import hdf5, hdf5_write
from genomics.sequence.intervals import Interval
from genomics.sequence.loci import Loci, loci

PARTS = ("chrom", "start", "kind")
#: What `kind` numbers: a window at a peak, one of the genome outside all peaks, a shuffle of the window at this place.
KINDS = ("peak", "genome", "shuffle")


@dataclass(frozen=True, kw_only=True)
class Places:
    """Windows of a genome, read on its forward strand, for N sequences.

    Attributes:
      chrom: names of the contigs, UTF-8.
      start: first base of each window, 0-based.
      kind: index into `KINDS`.
    """

    chrom: np.ndarray
    start: Int64[np.ndarray, " N"]
    kind: UInt8[np.ndarray, " N"]

    def loci(self, length: int) -> Loci:
        """Where the sequences lie; a shuffle lies nowhere."""
        known = self.kind != KINDS.index("shuffle")
        return loci(np.where(known, self._contigs(), ""), self.start, length)

    def names(self, length: int) -> tuple[str, ...]:
        """`chr6:614652-614851`, positions from 1; with `shuffle_of_` before it for a shuffle of this window."""
        places = zip(self._contigs(), self.start.tolist(), self.kind.tolist(), strict=True)
        shuffle = KINDS.index("shuffle")
        return tuple(
            f"{'shuffle_of_' if kind == shuffle else ''}{Interval(contig=contig, start=start, end=start + length)}"
            for contig, start, kind in places
        )

    def _contigs(self) -> list[str]:
        return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in self.chrom]


def read_places(path: Path, file: h5py.File, split: str, count: int) -> Places | None:
    """The places of a split's `count` sequences; None where the file has none.

    Raises:
      InputError: a part is missing or of another shape or type, or holds a value that is no place.
    """
    keys = {part: f"{part}_{split}" for part in PARTS}
    with hdf5.reading(path, "root group"):
        if not any(key in file for key in keys.values()):
            return None
    numbers = {}
    for part, highest in (("start", np.iinfo(np.int64).max), ("kind", len(KINDS) - 1)):
        found = hdf5.numeric(path, file, keys[part], f"({count},)")
        if found.shape != (count,) or found.dtype.kind not in "iu":
            raise InputError(f"{path}: {keys[part]} {found.shape} {found.dtype} must be integers ({count},)")
        with hdf5.reading(path, keys[part]):
            values = found[:]
        wrong = (values < 0) | (values > highest)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise InputError(f"{path}: {keys[part]}: row {row} (from 0) is {values[row]}; must be 0 to {highest}")
        numbers[part] = values
    with hdf5.reading(path, keys["chrom"]):
        found = file[keys["chrom"]]
        fits = isinstance(found, h5py.Dataset) and found.shape == (count,) and found.dtype.kind in "SO"
        names = np.asarray(found) if fits else None
    if names is None:
        raise InputError(f"{path}: {keys['chrom']} must be a data set of texts ({count},)")
    return Places(chrom=names, start=numbers["start"].astype(np.int64), kind=numbers["kind"].astype(np.uint8))


def write_places(file: h5py.File, split: str, places: Places) -> None:
    """Writes the three parts of a split."""
    for part in PARTS:
        hdf5_write.put(file, f"{part}_{split}", getattr(places, part))
