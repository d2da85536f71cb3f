"""Data sets as models take them: bases as codes and labels, loaded whole."""

import numpy as np
from jaxtyping import Float, UInt8

from genomics.errors import InputError
from genomics.io.examples import SPLITS, Dataset, Split, read_examples
from genomics.io.truth import Truth
from genomics.sequence.bases import reverse_complement

__all__ = [
    "SPLITS",
    "Dataset",
    "Split",
    "Truth",
    "base_frequencies",
    "load",
    "shuffled_labels",
    "with_reverse_complements",
]

#: Reads a data set from its HDF5 file.
load = read_examples


def with_reverse_complements(
    bases: UInt8[np.ndarray, "N L"], labels: UInt8[np.ndarray, "N T"]
) -> tuple[UInt8[np.ndarray, "M L"], UInt8[np.ndarray, "M T"]]:
    """The examples followed by their reverse complements under the same labels (M = 2 N)."""
    return np.concatenate([bases, reverse_complement(bases)]), np.concatenate([labels, labels])


def shuffled_labels(labels: UInt8[np.ndarray, "N T"], seed: int) -> UInt8[np.ndarray, "N T"]:
    """The labels dealt to the sequences anew; the tasks of a row stay together, so their shares and pairs do too."""
    return labels[np.random.default_rng(seed).permutation(len(labels))]


def base_frequencies(bases: UInt8[np.ndarray, "N L"]) -> Float[np.ndarray, " 4"]:
    """Shares of A, C, G and T among all known bases; N does not count.

    Raises:
      InputError: every base is N.
    """
    counts = np.bincount(bases.ravel(), minlength=5)[:4]
    if not counts.sum():
        raise InputError(f"all {bases.size} bases are N; frequencies need at least one known base")
    return counts / counts.sum()
