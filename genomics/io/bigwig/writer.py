"""A bigWig file put together from pieces of a track: their blocks are copied, level by level."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Shaped

from genomics.errors import InputError
from genomics.io.bigwig import form
from genomics.io.bigwig.piece import COARSE, FACTOR, FINISHED, packed, reduced
from genomics.io.deflate import crc32

#: Levels that a file can hold.
_MOST_LEVELS = 10
#: From the end of the zoom headers on lies what is known beforehand.
_SUMMARY_AT = form.HEADER.size + _MOST_LEVELS * form.ZOOM_HEADER.size
_TREE_AT = _SUMMARY_AT + form.SUMMARY.size
_POSITIONS = 1 << 32
_READ = 1 << 24


def numbered(contigs: Mapping[str, int]) -> dict[str, int]:
    """Name -> bases in the order of the file, which numbers contigs by their sorted names.

    Raises:
      InputError: a contig is longer than the format can say.
    """
    for name, size in contigs.items():
        if size >= _POSITIONS:
            raise InputError(f"bigWig: contig {name} has {size} bases; must be fewer than {_POSITIONS}")
    return {name: contigs[name] for name in sorted(contigs)}


class Writer:
    """A file that grows: `add` for each piece, `end_level`, and so on for each of `LEVELS`; then `finish`.

    Args:
      path: an empty file.
      contigs: of `numbered`.
    """

    def __init__(self, path: Path, contigs: Mapping[str, int]):
        self._file = path.open("wb")
        self._path, self._sizes = path, np.array(list(contigs.values()), np.int64)
        self._names = list(contigs)
        self._head = b""
        self._crc32 = 0
        self._tables: list[np.ndarray] = []
        self._ends: list[tuple[int, int]] = []  # data and index of each level
        self._shown: list[tuple[int, ...]] = []
        self._file.write(bytes(_TREE_AT))
        self._at = _TREE_AT
        self._write(form.chrom_tree(contigs, _TREE_AT))
        self._start()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _write(self, data: bytes | memoryview) -> None:
        self._file.write(data)
        self._crc32 = crc32(data, self._crc32)
        self._at += len(data)

    def _start(self) -> None:
        """The count before a level's data, which readers take from the index; unknown as yet, it is written as 0."""
        self._data_at = self._at
        self._write(bytes(8 if not self._ends else 4))
        self._blocks_at = self._at

    def add(self, table: Shaped[np.ndarray, " N"], body: bytes | memoryview) -> None:
        """Copies blocks of the present level."""
        self._tables.append(table)
        self._write(body)

    def end_level(self) -> None:
        """Writes the index of the present level, and starts the next."""
        table = np.concatenate(self._tables)
        sizes = table["size"].astype(np.int64)
        offsets = self._blocks_at + np.cumsum(sizes) - sizes
        if not self._ends:
            ends = table["contig"], table["start"], table["end"]
            self._shown = [tuple(int(column[at]) for column in ends) for at in (0, -1)]
        self._ends.append((self._data_at, self._at))
        self._write(form.r_tree(table, offsets, self._at))
        self._tables = []
        self._start()

    def join(self, cut: Shaped[np.ndarray, " N"], width: int) -> None:
        """Adds the bins that pieces share to the present level, each as a block: others may lie between them."""
        bins = _joined(cut, width, self._sizes)
        if len(bins):
            found = packed(bins, 1)
            self.add(found.table, found.body)

    def finish(self, coarse: Shaped[np.ndarray, " N"]) -> None:
        """Writes the coarser levels and the head of the file.

        Args:
          coarse: bins of `COARSE` bases of all pieces.
        """
        bins = _joined(coarse, COARSE, self._sizes)
        summary = _summary(bins)
        widths: list[int] = [*FINISHED]
        width = COARSE
        while True:
            found = packed(bins)
            self.add(found.table, found.body)
            self.end_level()
            widths.append(width)
            before, width = len(bins), width * FACTOR
            bins = reduced(bins, width, self._sizes)
            if len(bins) == before or len(widths) == _MOST_LEVELS:
                break
        (data, index), *levels = self._ends
        head = [form.HEADER.pack(*_fixed(len(levels), _TREE_AT, data, index, _SUMMARY_AT))]
        for width, (data, index) in zip(widths, levels, strict=True):
            head.append(form.ZOOM_HEADER.pack(width, 0, data, index))
        self._write(struct.pack("<I", form.MAGIC))  # the last bytes, by which readers know a whole file
        self._head = b"".join(head).ljust(_SUMMARY_AT, b"\0") + summary
        self._file.seek(0)
        self._file.write(self._head)
        self._file.close()

    def check(self, path: Path) -> None:
        """Raises InputError unless the file holds what was written, and another reader finds values at both ends."""
        with path.open("rb") as file:
            if file.read(len(self._head)) != self._head:
                raise InputError(f"{path}: does not hold its head")
            found = 0
            while block := file.read(_READ):
                found = crc32(block, found)
        if found != self._crc32:
            raise InputError(f"{path}: the crc32 of its bytes is {found:08x}; must be {self._crc32:08x}")
        import pybigtools

        try:
            file = pybigtools.open(str(path))
            for contig, start, end in self._shown:
                values = file.values(self._names[contig], start, end, fillna=None)
                if not np.isfinite(values).all():
                    raise InputError(f"{path}: has no values at {self._names[contig]}:{start + 1}-{end}")
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"{path}: cannot be read: {error}") from error


def _fixed(levels: int, tree: int, data: int, index: int, summary: int) -> Sequence[int]:
    return form.MAGIC, form.VERSION, levels, tree, data, index, 0, 0, 0, summary, form.LARGEST_BLOCK, 0


def _joined(bins: Shaped[np.ndarray, " N"], width: int, sizes: np.ndarray) -> Shaped[np.ndarray, " M"]:
    order = np.argsort(form.keys(bins["contig"], bins["start"]), kind="stable")
    return reduced(bins[order], width, sizes)


def _summary(bins: Shaped[np.ndarray, " N"]) -> bytes:
    count, total, squares = (bins[name].sum(dtype=float) for name in ("count", "sum", "squares"))
    return form.SUMMARY.pack(int(count), float(bins["least"].min()), float(bins["largest"].max()), total, squares)
