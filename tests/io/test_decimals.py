"""Numbers as text in blocks have the digits of Python's own formatting, and tell every float32 from every other."""

import itertools

import numpy as np
import pytest

from genomics.io.decimals import exact, joined, six_digits

_BITS = np.random.default_rng(0).integers(0, 2**32, 20000, dtype=np.uint32).view(np.float32)
_LOGITS = np.random.default_rng(1).normal(size=9000).astype(np.float32)
_POWERS = np.array([float(f"1e{power}") for power in range(-38, 39)], np.float32)
#: Ties, numbers that are rounded up to one digit more, ends of the ranges of each way of writing, no numbers.
_CORNERS = [0.0, -0.0, 1.0, 999999.5, 99999.95, 0.0001, 9.99995e-5, 9.999999e-5, 9.99996e-5, 1.0000005, 1e-45, np.inf]
NUMBERS = np.concatenate(
    [
        _BITS,
        _LOGITS,
        _LOGITS * np.float32(1e-6),
        np.float16(_LOGITS),
        np.arange(3000, dtype=np.float32) / 1024,
        _POWERS,
        *(np.nextafter(_POWERS, np.float32(to)) for to in (0, np.inf)),
        np.array([*_CORNERS, *(-corner for corner in _CORNERS), np.nan], np.float32),
    ]
)


def _read(texts):
    return [row[row != 0].tobytes() for row in texts]


def _digits(text):
    """The digits of a number's text that tell it from others: no sign, point, exponent, nor zeros at either end."""
    return len(text.lstrip(b"-").partition(b"e")[0].replace(b".", b"").strip(b"0"))


def test_six_digits_are_those_of_python():
    assert _read(six_digits(NUMBERS)) == [b"" if value != value else b"%.6g" % value for value in NUMBERS.tolist()]


def test_no_two_numbers_have_one_text_and_no_digit_is_wasted():
    known = NUMBERS[~np.isnan(NUMBERS)]
    found = _read(exact(known))
    np.testing.assert_array_equal(np.array([float(text) for text in found], np.float32), known)
    shortest = [next(t for d in range(6, 10) if np.float32(t := b"%.*g" % (d, value)) == value) for value in known[::7]]
    assert [float(text) for text in found[::7]] == [float(text) for text in shortest]
    assert list(map(_digits, found[::7])) == list(map(_digits, shortest))
    assert _read(exact(np.array([1e-4, -1e-5, 1e-13], np.float32))) == [b"0.0001", b"-1e-05", b"1e-13"]
    assert found[: len(_BITS)] != _read(six_digits(known))[: len(_BITS)]


@pytest.mark.parametrize("form", [six_digits, exact])
def test_nothing_is_written_of_what_is_no_number(form):
    assert not form(np.full(3, np.nan, np.float32)).any()
    assert _read(form(np.array([np.nan, 2.5], np.float32))) == [b"", b"2.5"]
    assert form(np.zeros(0, np.float32)).shape[0] == 0


def test_rows_of_several_texts():
    values = np.array([[1.5, np.nan], [-0.25, 3e-7]], np.float32)
    data, places = joined([b"a=", six_digits(values[:, 0]), b"|", six_digits(values[:, 1]), b"\n"], 2)
    assert [data[low:high] for low, high in itertools.pairwise(places)] == [b"a=1.5|\n", b"a=-0.25|3e-07\n"]
