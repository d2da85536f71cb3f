"""References to compare a sequence with, from one line of text: constant ones, files, shuffles of the sequence."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8, UInt64

from genomics.errors import InputError
from genomics.sequence.shuffle import dinucleotide_shuffles

#: What the text may be; the first is the default of the programs.
FORMS = "zeros, uniform, background, four frequencies as 0.3,0.2,0.2,0.3, dinucleotide:K, or FILE.npy"


@dataclass(frozen=True, eq=False, kw_only=True)
class Reference:
    """A reference, before it is applied to sequences.

    Attributes:
      text: what it was made from.
      rows: (K, L, 4), or (K, 1, 4) for any length; None for shuffles, which differ from sequence to sequence.
      shuffles: the number of shuffles K of each sequence; 0 for the others.
      seed: of the shuffles.
    """

    text: str
    rows: Float[np.ndarray, "K L 4"] | None
    shuffles: int = 0
    seed: int = 0


def parse_reference(text: str, *, background: Sequence[float] | None = None, seed: int = 0) -> Reference:
    """Reads a reference.

    Args:
      text: `zeros` (no base at all), `uniform` (0.25 each), `background` (the frequencies given here), four
        frequencies in the order A,C,G,T that sum to 1, `dinucleotide:K` (K shuffles of each sequence that keep its
        dinucleotides), or the name of a `.npy` file with an array (L, 4) or (K, L, 4).
      background: base frequencies of the training data, where known.
      seed: of the shuffles.

    Raises:
      InputError: the text is none of these, frequencies are not four that sum to 1, a file cannot be read or has
        another shape.
    """
    if text == "zeros":
        return Reference(text=text, rows=np.zeros((1, 1, 4), np.float32))
    if text == "uniform":
        return Reference(text=text, rows=np.full((1, 1, 4), 0.25, np.float32))
    if text == "background":
        if background is None:
            raise InputError("reference 'background': the base frequencies of the training data are not known here")
        return Reference(text=text, rows=_frequencies(background, text))
    if text.endswith(".npy"):
        return Reference(text=text, rows=_from_file(text))
    kind, colon, count = text.partition(":")
    if kind == "dinucleotide" and colon:
        if not (count.isascii() and count.isdigit() and int(count) > 0):
            raise InputError(f"reference {text!r}: the number of shuffles must be a positive whole number")
        return Reference(text=text, rows=None, shuffles=int(count), seed=seed)
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"reference {text!r}: must be {FORMS}") from None
    return Reference(text=text, rows=_frequencies(values, text))


def base_frequencies(codes: UInt8[np.ndarray, "N L"]) -> Float[np.ndarray, "4"]:
    """The frequencies of A, C, G, T in sequences, unknown bases left out; a quarter each where there is none."""
    counts = np.bincount(codes.ravel(), minlength=5)[:4].astype(np.float64)
    return counts / counts.sum() if counts.sum() else np.full(4, 0.25)


def shared_rows(reference: Reference, length: int) -> Float[np.ndarray, "K L 4"] | None:
    """The rows that serve all sequences of a length; None where every sequence has its own (shuffles).

    Raises:
      InputError: a file's rows have another length.
    """
    if reference.rows is None:
        return None
    count, rows, _ = reference.rows.shape
    if rows not in (1, length):
        raise InputError(f"reference {reference.text}: holds sequences of length {rows}, the network reads {length}")
    return np.broadcast_to(reference.rows, (count, length, 4))


def shuffled_rows(
    reference: Reference, codes: UInt8[np.ndarray, "N L"]
) -> tuple[UInt8[np.ndarray, "N K L"], UInt64[np.ndarray, " N"]]:
    """The shuffles of each sequence as base codes, and the seed of each; both depend on the sequence and the
    reference's seed alone, not on the other sequences or on their order.

    Raises:
      ValueError: the reference is not one of shuffles.
    """
    if not reference.shuffles:
        raise ValueError(f"reference {reference.text!r} has no shuffles")
    seeds = np.array([sequence_seed(row, reference.seed) for row in codes], np.uint64)
    rows = [
        dinucleotide_shuffles(row, reference.shuffles, np.random.default_rng(int(seed)))
        for row, seed in zip(codes, seeds, strict=True)
    ]
    shape = (0, reference.shuffles, codes.shape[1])
    return (np.stack(rows) if rows else np.zeros(shape, np.uint8)), seeds


def sequence_seed(codes: UInt8[np.ndarray, " L"], seed: int) -> int:
    """A seed of 64 bits, the same wherever and whenever this sequence is shuffled with this seed."""
    digest = hashlib.blake2b(codes.tobytes(), digest_size=8, key=str(seed).encode()).digest()
    return int.from_bytes(digest, "little")


def _frequencies(values: Sequence[float], text: str) -> Float[np.ndarray, "1 1 4"]:
    array = np.asarray(values, np.float64)
    if array.shape != (4,) or not np.isfinite(array).all() or (array < 0).any() or abs(array.sum() - 1) > 1e-3:
        raise InputError(f"reference {text!r}: must be {FORMS}; frequencies are four, not negative, and sum to 1")
    return array.astype(np.float32).reshape(1, 1, 4)


def _from_file(name: str) -> Float[np.ndarray, "K L 4"]:
    try:
        with Path(name).open("rb") as file:
            array: Any = np.load(file, allow_pickle=False)
    except Exception as error:  # a damaged header raises what Python's tokenizer and parser like
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"reference {name}: cannot be read as a NumPy array ({reason})") from error
    if not isinstance(array, np.ndarray) or array.ndim not in (2, 3) or array.shape[-1] != 4 or 0 in array.shape:
        raise InputError(f"reference {name}: shape {np.shape(array)}, must be (L, 4) or (K, L, 4)")
    if array.dtype.kind not in "biuf":
        raise InputError(f"reference {name}: holds {array.dtype}, must hold real numbers")
    with np.errstate(over="ignore", invalid="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise InputError(f"reference {name}: holds a number that is not finite")
    return array if array.ndim == 3 else array[None]
