"""What was planted in simulated sequences: the data sets `truth_<split>_start`, `_factor` and `_strand`."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Int16

from genomics.errors import InputError
from genomics.io import hdf5

PARTS = ("start", "factor", "strand")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Motifs planted in N sequences: up to K each, in order of position; unused places are -1, -1, 0.

    Attributes:
      start: first position of the motif, 0-based.
      factor: index into the data set's `factors`.
      strand: +1 as in the motif file, -1 reverse complement.
    """

    start: Int16[np.ndarray, "N K"]
    factor: Int16[np.ndarray, "N K"]
    strand: Int16[np.ndarray, "N K"]


def read_factors(path: Path, file: h5py.File) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and motif widths of the planted factors, from the root attributes `factors` and `widths`."""
    factors = hdf5.names(path, file, "factors")
    with hdf5.reading(path, "attribute widths"):
        stored = np.asarray(file.attrs.get("widths"))
        widths = [int(width) for width in stored.ravel()] if "widths" in file.attrs else None
    if factors is None or widths is None:
        missing = "factors" if factors is None else "widths"
        raise InputError(f"{path}: has truth_ data sets but no root attribute {missing}")
    if len(widths) != len(factors) or min(widths) < 1:
        raise InputError(f"{path}: attribute widths {widths} must hold a width >= 1 for each of {len(factors)} factors")
    return factors, tuple(widths)


def read_truth(
    path: Path, file: h5py.File, split: str, shape: tuple[int, int], widths: tuple[int, ...]
) -> Truth | None:
    """The truth of a split; None where the file has none.

    Args:
      path: for messages.
      file: open file.
      split: its name.
      shape: (N, L) of the split's sequences.
      widths: of the factors' motifs.

    Raises:
      InputError: a part is missing or of another shape, or a motif does not lie within its sequence.
    """
    keys = [f"truth_{split}_{part}" for part in PARTS]
    if not any(key in file for key in keys):
        return None
    found = [hdf5.numeric(path, file, key, "(N, K)") for key in keys]
    for key, dataset in zip(keys, found, strict=True):
        fits = dataset.ndim == 2 and len(dataset) == shape[0] and dataset.shape == found[0].shape
        if not fits or dataset.dtype.kind not in "iu":
            raise InputError(
                f"{path}: {key} {dataset.shape} has dtype {dataset.dtype}; it must be integers ({shape[0]}, K), "
                "with one K for start, factor and strand"
            )
    start, factor, strand = (
        np.concatenate([block.astype(np.int16) for _, block in hdf5.blocks(path, key, dataset)])
        for key, dataset in zip(keys, found, strict=True)
    )
    ends = start + np.array([*widths, 0])[np.clip(factor, -1, len(widths))]
    planted = (start >= 0) & (ends <= shape[1]) & (factor >= 0) & (factor < len(widths)) & (abs(strand) == 1)
    wrong = ~(planted | ((start == -1) & (factor == -1) & (strand == 0)))
    if wrong.any():
        row, column = (int(index) for index in np.unravel_index(np.argmax(wrong), wrong.shape))
        value = tuple(int(part[row, column]) for part in (start, factor, strand))
        raise InputError(
            f"{path}: truth_{split}_start, _factor, _strand: row {row}, column {column} (from 0) is {value}; must be "
            f"(-1, -1, 0) or a motif within {shape[1]} bases, of one of {len(widths)} factors, on strand 1 or -1"
        )
    return Truth(start=start, factor=factor, strand=strand)
