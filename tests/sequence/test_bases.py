import numpy as np
import pytest

from genomics.sequence.bases import INVALID, N, decode, encode, one_hot, reverse_complement


def test_letters_are_codes_in_any_case():
    assert encode("ACGTacgt").tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert encode(b"NnRYSWKMBDHVrysw").tolist() == [N] * 16


@pytest.mark.parametrize("letter", ["U", "-", "*", " ", "1", "é", "\u4e2d"])
def test_other_letters_are_invalid(letter):
    assert encode(letter).tolist() == [INVALID]


def test_decoding_gives_capitals():
    assert decode(encode("acgtnr")) == "ACGTNN"


def test_n_is_a_row_of_zeros():
    assert np.array_equal(one_hot(encode("TN")), [[0, 0, 0, 1], [0, 0, 0, 0]])


def test_reverse_complement_of_rows():
    rows = np.stack([encode("AACGN"), encode("TTTTT")])
    assert [decode(row) for row in reverse_complement(rows)] == ["NCGTT", "AAAAA"]
    assert np.array_equal(reverse_complement(reverse_complement(rows)), rows)
