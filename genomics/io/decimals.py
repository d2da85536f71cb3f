"""Numbers as decimal text, many at a time: the digits of Python's formatting in a fraction of its time.

A text is a row of bytes in a matrix, 0 where there is no character, so that rows of several numbers, with what stands
between them, are put together as matrices and written as what is not 0 (`joined`).

A number is sign, integer part, point, fraction, exponent. Both parts are written three digits at a time, which a table
has as words of four bytes: without zeros in front, without zeros behind, or with all of them.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32, Int64, UInt8, UInt32

#: Digits that tell a float32 from every other, at most.
_MOST = 9
#: Digits of `six_digits`; also of `exact`, an integer part of more is left to Python.
_SIX = 6
#: From this exponent on down a number is written with an exponent.
_SCIENCE = -5
#: 10 to the power of 22 is the largest that a double holds exactly.
_POWERS = np.array([float(f"1e{power}") for power in range(23)])
#: A product with a larger one is rounded, so that what lies so close to the middle of two numbers is left to Python.
_EXACT_POWER, _CLOSE = 12, 1e-5
#: Digits of the fraction of any number that is written without an exponent, in threes.
_FRACTION, _THREE = 12, 1000
_BLOCK = 1 << 13

Texts = UInt8[np.ndarray, "n _"]
_Numbers = Float64[np.ndarray, " n"]
_Words = UInt32[np.ndarray, " n"]


def six_digits(values: Float[np.ndarray, " n"]) -> Texts:
    """As `"%.6g" % value`; no character for NaN."""
    return _texts(values, _SIX)


def exact(values: Float[np.ndarray, " n"]) -> Texts:
    """With as few digits, from six on, as tell the float32 from every other; no character for NaN."""
    return _texts(values, _MOST)


def joined(pieces: Sequence[Texts | bytes], count: int) -> tuple[bytes, Int64[np.ndarray, " n1"]]:
    """Texts side by side.

    Args:
      pieces: of each row; bytes stand in every row.
      count: rows.

    Returns:
      The rows one after the other, and where each begins, and the end.
    """
    widths = [len(piece) if isinstance(piece, bytes) else piece.shape[1] for piece in pieces]
    whole = np.empty((count, sum(widths)), np.uint8)
    place = 0
    for piece, width in zip(pieces, widths, strict=True):
        whole[:, place : place + width] = np.frombuffer(piece, np.uint8) if isinstance(piece, bytes) else piece
        place += width
    kept = whole != 0
    ends = np.concatenate([[0], np.cumsum(kept.view(np.uint8).sum(1, dtype=np.int64))])
    return whole.ravel().compress(kept.ravel()).tobytes(), ends  # an eighth of the time of whole[kept]


def _tables() -> tuple[UInt32[np.ndarray, " b"], UInt32[np.ndarray, " f"], UInt32[np.ndarray, " e"]]:
    """Words of the digits before the point, behind it, and of exponents.

    The first: of three digits with zeros in front, then without; both without the point, then with it. The second:
    with zeros behind, then without. A word of the highest digits has room for the sign.
    """
    every = [b"%03d" % number for number in range(_THREE)]
    ahead = [*every, *(b"%d" % number for number in range(_THREE))]
    before = np.array([*ahead, *(text + b"." for text in ahead)], "S4")
    behind = np.array([*every, *(text.rstrip(b"0") for text in every)], "S4")
    exponents = np.array([b"e-%02d" % number if number >= -_SCIENCE else b"" for number in range(100)], "S4")
    return before.view(np.uint32), behind.view(np.uint32), exponents.view(np.uint32)


_BEFORE, _BEHIND, _EXPONENTS = _tables()
_SIGN = np.frombuffer(b"\0\0\0-", np.uint32)[0]


def _texts(values: Float[np.ndarray, " n"], digits: int) -> Texts:
    single = np.ascontiguousarray(values, np.float32)
    if np.isnan(single).all():
        return np.zeros((len(single), 0), np.uint8)
    blocks = [_block(single[start : start + _BLOCK], digits) for start in range(0, len(single), _BLOCK)]
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def _block(values: Float32[np.ndarray, " n"], digits: int) -> Texts:
    single = np.abs(values)
    with np.errstate(invalid="ignore"):  # a NaN may be one that signals
        size = single.astype(np.float64)
    scale, whole, exponent, by_python = _rounded(single, size, digits)
    if digits == _MOST:
        _shorten(single, size, scale, whole)
        over = whole >= 10.0**digits  # rounded up to one digit more
        if over.any():
            exponent[over] += 1
            scale[over] /= 10
            whole[over] /= 10
    science = exponent <= _SCIENCE
    unit = np.where(science, _POWERS[digits - 1], scale) if science.any() else scale
    integer = np.floor(whole / unit)
    fraction = (whole - integer * unit) * (10.0**_FRACTION / unit)  # exact: both powers are
    words = [*_before(integer, fraction > 0, values), *_behind(fraction, digits)]
    words.append(_EXPONENTS[np.where(science, -exponent, 0)])
    found = np.stack(words, axis=1).view(np.uint8)
    others = np.flatnonzero(by_python)
    if others.size:
        texts = [_by_python(values[place], digits) for place in others.tolist()]
        found[others] = np.array(texts, f"S{found.shape[1]}").view(np.uint8).reshape(len(texts), -1)
    return found


def _before(integer: _Numbers, point: np.ndarray, values: np.ndarray) -> tuple[_Words, _Words]:
    """The sign and the integer part: two words of three digits, and the point, which tables have behind the digits."""
    high = np.floor(integer / _THREE)
    low = (integer - high * _THREE).astype(np.int32)
    more = high > 0
    first = np.where(more, _BEFORE[high.astype(np.int32) + _THREE], np.uint32(0)) if more.any() else np.uint32(0)
    # The sign is the last byte of its word and stands before the digits: those move up by one.
    first = (first << np.uint32(8)) | (np.signbit(values) * (_SIGN >> np.uint32(24)))
    return first.astype(np.uint32), _BEFORE[low + _THREE * (~more + 2 * point.astype(np.int32))]


def _behind(fraction: _Numbers, digits: int) -> list[_Words]:
    """Three digits a word; zeros behind which nothing follows are not written."""
    words, unit = [], 10.0**_FRACTION
    for _ in range((_FRACTION if digits == _MOST else _MOST) // 3):
        unit /= _THREE
        three = np.floor(fraction / unit)
        fraction = fraction - three * unit
        words.append(_BEHIND[three.astype(np.int32) + _THREE * (fraction == 0)])
    return words


def _rounded(
    single: Float32[np.ndarray, " n"], size: _Numbers, digits: int
) -> tuple[_Numbers, _Numbers, Int32[np.ndarray, " n"], np.ndarray]:
    """(the power of ten that it is multiplied by, the product rounded, the decimal exponent, what Python must do)."""
    smallest = np.float32(10.0 ** (digits - len(_POWERS) + 1))
    fine = (single >= smallest) & (single < np.float32(10.0 ** (_SIX - 1)))
    inside = size if fine.all() else np.where(fine, size, 1.0)
    exponent = np.floor(np.log10(inside.astype(np.float32))).astype(np.int32)
    scale = _POWERS[digits - 1 - exponent]
    product = inside * scale
    whole = np.rint(product)
    # The logarithm was rounded; or the number is rounded up to one digit more.
    for step in (-1, 1):
        wrong = product < 10.0 ** (digits - 1) if step < 0 else whole >= 10.0**digits
        if wrong.any():
            exponent[wrong] += step
            scale[wrong] = _POWERS[np.minimum(digits - 1 - exponent[wrong], len(_POWERS) - 1)]
            product[wrong] = inside[wrong] * scale[wrong]
            whole[wrong] = np.rint(product[wrong])
    far = exponent < digits - 1 - _EXACT_POWER
    if far.any():
        fine &= ~(far & (np.abs(product - np.floor(product) - 0.5) < _CLOSE))
    if not fine.all():
        for values, instead in ((whole, 0.0), (exponent, 0), (scale, _POWERS[digits - 1])):
            values[~fine] = instead
    return scale, whole, exponent, ~fine & (single != 0)


def _shorten(single: Float32[np.ndarray, " n"], size: _Numbers, scale: _Numbers, whole: _Numbers) -> None:
    """Puts 0 in place of digits that are not needed."""
    product, left = size * scale, np.flatnonzero(whole)
    for unit in (10.0, 100.0, 1000.0):
        shorter = np.rint(product[left] / unit) * unit
        same = (shorter / scale[left]).astype(np.float32) == single[left]
        left = left[same]
        whole[left] = shorter[same]


def _by_python(value: np.float32, digits: int) -> bytes:
    if np.isnan(value):
        return b""
    if digits == _SIX or np.isinf(value):
        return b"%.6g" % value
    return next(text for d in range(_SIX, _MOST + 1) if np.float32(text := b"%.*g" % (d, value)) == value)
