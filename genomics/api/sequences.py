"""Sequences as a user has them: letters, codes or one-hot rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from genomics.errors import InputError
from genomics.interpretation.sequences import Sequences
from genomics.sequence.bases import BASES, INVALID, N, encode

#: Letters of one sequence or of many, codes (L,) or (N, L), one-hot rows (L, 4) or (N, L, 4); or `Sequences`.
Given = str | Sequence[str] | np.ndarray | Any


def as_sequences(given: Given, length: int) -> Sequences:
    """Sequences of one length, whatever they came as.

    Args:
      given: a text or several; whole numbers 0..4 (A C G T N) of shape (L,) or (N, L); one-hot rows in the order
        A C G T of shape (L, 4) or (N, L, 4), a row of zeros for N; or `Sequences`, as they are.
      length: L that the network takes.

    Raises:
      InputError: another length or shape, a letter that is no base, a number that is no code, rows that are not
        one-hot; the message has the sequence (from 0) and the position (from 1).
    """
    if isinstance(given, Sequences):
        _check_lengths([len(row) for row in given.bases[:1]], length)
        return given
    rows = _rows(given, length)
    _check_lengths([len(row) for row in rows], length)
    bases = np.stack(rows) if rows else np.zeros((0, length), np.uint8)
    if not len(bases):
        raise InputError("no sequence was given")
    names = tuple(f"sequence_{row}" for row in range(len(bases)))
    return Sequences(bases=bases, names=names, index=np.arange(len(bases), dtype=np.int32), source="given in Python")


def as_codes(given: Given) -> UInt8[np.ndarray, " L"]:
    """One sequence of any length, as `as_sequences` reads it.

    Raises:
      InputError: as there; or there are several sequences.
    """
    array = None if isinstance(given, str | bytes) else np.asarray(given)
    one_hot = array is not None and array.ndim == 2 and array.shape[1] == 4
    rows = _rows(given, len(array) if array is not None and one_hot else None)
    if len(rows) != 1:
        raise InputError(f"{len(rows)} sequences; one is scanned at a time")
    return rows[0]


def _rows(given: Given, length: int | None) -> list[UInt8[np.ndarray, " L"]]:
    if isinstance(given, str | bytes):
        return [_of_text(given, 0)]
    if isinstance(given, Sequence) and given and all(isinstance(each, str | bytes) for each in given):
        return [_of_text(each, row) for row, each in enumerate(given)]
    array = np.asarray(given)
    if array.dtype.kind in "US":
        return [_of_text(str(each), row) for row, each in enumerate(array.ravel())]
    if array.dtype.kind not in "biuf":
        raise InputError(f"sequences of {array.dtype}: must be letters, codes 0..4 or one-hot rows")
    if array.ndim == 3 or (array.ndim == 2 and array.shape[1] == 4 and _is_one_hot(array, length)):
        return list(_of_one_hot(array if array.ndim == 3 else array[None], length))
    if array.ndim not in (1, 2):
        raise InputError(f"sequences of shape {array.shape}: must be (L,), (N, L), (L, 4) or (N, L, 4)")
    return list(_of_codes(array if array.ndim == 2 else array[None]))


def _is_one_hot(array: np.ndarray, length: int | None) -> bool:
    return array.dtype.kind == "f" or (length != 4 and (length is None or len(array) == length))


def _of_text(text: str | bytes, row: int) -> UInt8[np.ndarray, " L"]:
    codes = encode(text)
    if len(wrong := np.flatnonzero(codes == INVALID)):
        place = int(wrong[0])
        raise InputError(f"sequence {row}, position {place + 1}: {text[place : place + 1]!r} is no base")
    return codes


def _of_codes(array: np.ndarray) -> UInt8[np.ndarray, "N L"]:
    wrong = np.argwhere(~((array >= 0) & (array <= N) & (array == np.floor(array))))
    if len(wrong):
        row, place = wrong[0]
        raise InputError(
            f"sequence {row}, position {place + 1}: {array[row, place]} is no code; A C G T N are 0 1 2 3 4"
        )
    return array.astype(np.uint8)


def _of_one_hot(array: np.ndarray, length: int | None) -> UInt8[np.ndarray, "N L"]:
    if array.shape[2] != 4:
        lab = array.shape[1] == 4 and (length is None or array.shape[2] == length)
        hint = "; (N, 4, L) is turned by numpy.swapaxes(x, 1, 2)" if lab else ""
        raise InputError(f"sequences of shape {array.shape}: one-hot rows are (N, L, 4){hint}")
    rows = np.asarray(array, np.float64)
    wrong = np.argwhere(~(np.isin(rows, (0, 1)).all(2) & (rows.sum(2) <= 1)))
    if len(wrong):
        row, place = wrong[0]
        found = rows[row, place].tolist()
        raise InputError(f"sequence {row}, position {place + 1}: {found} is not one-hot ({BASES}), nor zeros for N")
    return np.where(rows.any(2), rows.argmax(2), N).astype(np.uint8)


def _check_lengths(lengths: list[int], length: int) -> None:
    for row, own in enumerate(lengths):
        if own != length:
            raise InputError(f"sequence {row}: has {own} bases; the network takes {length}")
