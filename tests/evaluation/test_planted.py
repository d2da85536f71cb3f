import numpy as np

from genomics.evaluation.planted import factor_of, planted_bases
from genomics.io.truth import Truth


def test_bases_of_the_factor_s_own_motifs_on_either_strand():
    start = np.array([[1, 6, -1], [0, 2, 5], [-1, -1, -1]], np.int16)
    factor = np.array([[0, 1, -1], [1, 0, 1], [-1, -1, -1]], np.int16)
    strand = np.array([[1, -1, 0], [1, 1, -1], [0, 0, 0]], np.int16)
    truth = Truth(start=start, factor=factor, strand=strand)
    text = ["".join("X" if base else "." for base in row) for row in planted_bases(truth, (2, 3), 1, 9)]
    assert text == ["......XXX", "XXX..XXX.", "........."]
    text = ["".join("X" if base else "." for base in row) for row in planted_bases(truth, (2, 3), 0, 9)]
    assert text == [".XX......", "..XX.....", "........."]


def test_a_factor_is_found_by_its_name_in_any_case():
    assert factor_of("ctcf", ("MAFK", "CTCF")) == 1
    assert factor_of("CTC", ("MAFK", "CTCF")) is None
