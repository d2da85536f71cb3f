import numpy as np
import pytest

from genomics.sequence.one_hot import codes_of_one_hot, to_channels_first

CODES = np.random.default_rng(0).integers(0, 5, (7, 11), dtype=np.uint8)


def test_channels_first_holds_one_base_a_column():
    rows = to_channels_first(np.array([[0, 3, 4]], np.uint8))
    assert rows.tolist() == [[[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]]]


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int8", "int64", "float16", "float32", "float64", ">f4", ">i2"])
def test_codes_come_back_from_any_dtype(dtype):
    codes, wrong = codes_of_one_hot(to_channels_first(CODES).astype(dtype))
    assert wrong is None
    assert codes.dtype == np.uint8
    assert np.array_equal(codes, CODES)


@pytest.mark.parametrize(
    "column", [(1, 1, 0, 0), (1, 1, 1, 1), (2, 0, 0, 0), (0.25,) * 4, (np.nan, 0, 0, 1), (-1, 0, 0, 1)]
)
def test_the_first_wrong_column_is_found(column):
    rows = to_channels_first(CODES).astype(np.float32)
    rows[3, :, 5] = column
    rows[3, :, 8] = column
    rows[6, :, 0] = column
    assert codes_of_one_hot(rows)[1] == (3, 5)


def test_sums_do_not_wrap_around():
    """A count of ones in uint8 must not come back to 0 or 1."""
    rows = np.full((1, 4, 1), 255, np.uint8)
    assert codes_of_one_hot(rows)[1] == (0, 0)
