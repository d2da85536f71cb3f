"""A bigWig file of values that come in order."""

import os
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from jaxtyping import Float

from genomics.io.atomic import replacing
from genomics.io.bigwig.piece import FINISHED, Piece, PieceLayout, finish
from genomics.io.bigwig.writer import Writer, numbered

#: (contig, 0-based start, a value for each base).
Stretch = tuple[str, int, Float[np.ndarray, " _"]]
#: Values that are finished at a time.
_PIECE = 1 << 20


def write_bigwig(path: str | os.PathLike[str], contigs: Mapping[str, int], stretches: Iterable[Stretch]) -> bool:
    """Writes one value for each base.

    Args:
      path: the file.
      contigs: name -> number of bases.
      stretches: in order of position within a contig, and each contig in one place; a base whose value is not finite
        has none. What is kept until the end is the zoom levels, a third of a byte a value.

    Returns:
      Whether there is a file: the format cannot hold no values at all.

    Raises:
      InputError: the file cannot be written.
    """
    known = numbered(contigs)
    pieces = (piece for piece in _pieces(known, stretches) if len(piece.coarse))
    first = next(pieces, None)
    if first is None:
        return False
    writer: list[Writer] = []
    with replacing(path, lambda made: writer[0].check(made)) as temporary, Writer(temporary, known) as made:
        writer.append(made)
        kept = []
        for piece in _from(first, pieces):
            made.add(piece.blocks[0].table, piece.blocks[0].body)
            kept.append((piece.blocks[1:], piece.cut, piece.coarse))
        made.end_level()
        for number, width in enumerate(FINISHED):
            for blocks, _, _ in kept:
                made.add(blocks[number].table, blocks[number].body)
            made.join(np.concatenate([cut[number] for _, cut, _ in kept]), width)
            made.end_level()
        made.finish(np.concatenate([coarse for _, _, coarse in kept]))
    return True


def _from(first: Piece, others: Iterator[Piece]) -> Iterator[Piece]:
    yield first
    yield from others


def _pieces(contigs: Mapping[str, int], stretches: Iterable[Stretch]) -> Iterator[Piece]:
    numbers = {name: number for number, name in enumerate(contigs)}
    sizes = np.array(list(contigs.values()), np.int64)
    gathered: list[tuple[int, int, np.ndarray]] = []

    def made() -> Piece:
        columns = [np.array(column, np.int64) for column in zip(*((c, s, len(v)) for c, s, v in gathered), strict=True)]
        values = np.concatenate([values for _, _, values in gathered])
        gathered.clear()
        return finish(PieceLayout(columns[0], columns[1], columns[2], sizes), values)

    count = 0
    for contig, start, values in stretches:
        for at in range(0, len(values), _PIECE):
            gathered.append((numbers[contig], start + at, values[at : at + _PIECE]))
            count += len(gathered[-1][2])
            if count >= _PIECE:
                count = 0
                yield made()
    if gathered:
        yield made()
