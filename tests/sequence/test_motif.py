import numpy as np
import pytest

from genomics.sequence.motif import Motif, consensus, from_counts, information, log_odds, reverse_complement

COUNTS = np.array([[8, 0, 0, 0], [2, 2, 2, 2], [4, 0, 4, 0], [0, 6, 1, 1]])
MOTIF = from_counts("M1", "example", COUNTS)


def test_probabilities_are_counts_over_row_sums():
    assert np.array_equal(MOTIF.probabilities[3], [0, 6 / 8, 1 / 8, 1 / 8])
    assert (MOTIF.width, MOTIF.nsites) == (4, 8)


def test_pseudocount_is_added_to_each_count():
    assert np.allclose(from_counts("M", "", COUNTS, pseudocount=1.0).probabilities[0], [9 / 12, 1 / 12, 1 / 12, 1 / 12])


def test_information_on_paper():
    expected = [2, 0, 1, 2 + 0.75 * np.log2(0.75) + 0.25 * np.log2(0.125)]
    assert np.allclose(information(MOTIF.probabilities), expected)


def test_information_against_a_background_is_relative_entropy():
    background = (0.4, 0.1, 0.1, 0.4)
    assert np.allclose(information(np.array([[1.0, 0, 0, 0]]), background), -np.log2(0.4))
    assert np.allclose(information(np.array([background]), background), 0)


def test_log_odds_on_paper():
    assert np.allclose(log_odds(MOTIF, pseudocount=0.0)[0], [2, -np.inf, -np.inf, -np.inf])
    # (8 * 1/2 + 2 * 1/4) / (8 + 2) = 0.45 and (2 * 1/4) / 10 = 0.05
    assert np.allclose(log_odds(MOTIF, pseudocount=2.0)[2], np.log2([1.8, 0.2, 1.8, 0.2]))


def test_log_odds_score_averages_to_the_information():
    """The mean of a site's score over the motif's own sites is the relative entropy."""
    smooth = from_counts("M", "", COUNTS, pseudocount=1.0)
    background = (0.3, 0.2, 0.2, 0.3)
    weights = log_odds(smooth, pseudocount=0.0, background=background)
    assert np.allclose((smooth.probabilities * weights).sum(1), information(smooth.probabilities, background))


def test_consensus_takes_the_first_of_equals():
    assert consensus(MOTIF) == "AAAC"


def test_the_other_strand():
    flipped = reverse_complement(MOTIF)
    assert np.array_equal(flipped.probabilities[0], MOTIF.probabilities[3][::-1])
    assert consensus(flipped)[-1] == "T"
    assert np.array_equal(reverse_complement(flipped).probabilities, MOTIF.probabilities)
    assert flipped.nsites == MOTIF.nsites


@pytest.mark.parametrize("identifier", ["", "two words", "tab\there"])
def test_identifiers_are_words(identifier):
    with pytest.raises(ValueError, match="identifier"):
        from_counts(identifier, "", COUNTS)


def test_impossible_matrices_are_refused():
    with pytest.raises(ValueError, match="above 0 somewhere"):
        from_counts("M", "", np.array([[0, 0, 0, 0]]))
    with pytest.raises(ValueError, match="counts must be >= 0"):
        from_counts("M", "", np.array([[2, -1, 0, 0]]))
    with pytest.raises(ValueError, match="no positions"):
        Motif(identifier="M", name="", probabilities=np.zeros((0, 4)), nsites=0)
    with pytest.raises(ValueError, match="sum to 1"):
        Motif(identifier="M", name="", probabilities=np.full((1, 4), 0.3), nsites=0)
