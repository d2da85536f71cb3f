"""The bigWig tracks of a scan: one for each task and kind of number, finished part by part where the results are."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Float32

from genomics.io.bigwig.piece import Piece, PieceLayout, finish
from genomics.io.bigwig.pieces import as_shard
from genomics.io.bigwig.writer import numbered
from genomics.io.file_names import file_names
from genomics.io.shard import Shard
from genomics.sequence.intervals import Interval

#: Rows that are summarised at a time: what fits a processor's cache.
_ROWS = 1 << 14

#: (the part's arrays, rows) -> a value for each track of a kind and row.
Column = Callable[[Mapping[str, np.ndarray], slice], Float32[np.ndarray, "T rows"]]


def _stored(name: str) -> Column:
    return lambda arrays, rows: np.ascontiguousarray(arrays[name][rows].T).astype(np.float32)


def _bases(arrays: Mapping[str, np.ndarray], rows: slice) -> Float32[np.ndarray, "4 T rows"]:
    effects: Float[np.ndarray, "rows 4 T"] = arrays["effects"][rows]
    return np.ascontiguousarray(effects.reshape(len(effects), -1).T).astype(np.float32).reshape(*effects.shape[1:], -1)


def _largest(arrays: Mapping[str, np.ndarray], rows: slice) -> Float32[np.ndarray, "T rows"]:
    return functools.reduce(np.maximum, np.abs(_bases(arrays, rows)))


def _mean(arrays: Mapping[str, np.ndarray], rows: slice) -> Float32[np.ndarray, "T rows"]:
    with np.errstate(invalid="ignore"):  # infinite effects of both signs have no mean
        return functools.reduce(np.add, _bases(arrays, rows)) / np.float32(3)


def columns(settings: Mapping[str, Any]) -> dict[str, Column]:
    """What each kind of track shows, by the ending of its name."""
    if settings["what"] == "predictions":
        return {"logit": _stored("logits")}
    if settings["what"] == "coverage":
        return {"coverage": _stored("coverage")}
    if settings["summary_only"]:
        return {"max": _stored("max"), "mean": _stored("mean")}
    return {"max": _largest, "mean": _mean}


def track_names(settings: Mapping[str, Any]) -> list[str]:
    """The files of all tracks; a part holds their pieces in this order."""
    return [f"{name}.{kind}.bw" for name in file_names(settings["tasks"]) for kind in columns(settings)]


def pieces(
    arrays: Mapping[str, np.ndarray],
    intervals: Sequence[Interval],
    contigs: Mapping[str, int],
    settings: Mapping[str, Any],
) -> list[Piece]:
    """What a part adds to each track.

    Args:
      arrays: of the part, see `genomics.io.shard`.
      intervals: of the part.
      contigs: name -> bases, of the genome.
      settings: of the scan.
    """
    sizes = numbered(contigs)
    numbers = {name: number for number, name in enumerate(sizes)}
    where = PieceLayout(
        np.array([numbers[each.contig] for each in intervals], np.int64),
        np.array([each.start for each in intervals], np.int64),
        np.array([len(each) for each in intervals], np.int64),
        np.array(list(sizes.values()), np.int64),
    )
    starts = range(0, where.count, _ROWS)
    kinds = [
        np.concatenate([column(arrays, slice(start, start + _ROWS)) for start in starts], axis=1)
        for column in columns(settings).values()
    ]
    return [finish(where, values) for task in zip(*kinds, strict=True) for values in task]


def tracks_of(contigs: Mapping[str, int], settings: Mapping[str, Any]) -> Callable[[Shard], Shard]:
    """A part -> the pieces of its tracks."""

    def made(shard: Shard) -> Shard:
        places = zip(*(shard.arrays[name] for name in ("chrom", "start", "end")), strict=True)
        intervals = [Interval(contig=contig, start=int(start), end=int(end)) for contig, start, end in places]
        return as_shard(pieces(shard.arrays, intervals, contigs, settings))

    return made
