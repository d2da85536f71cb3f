import numpy as np

from genomics.motifs.matrix import corrected_information, is_information_gain, motif_of_weights, trim
from genomics.sequence.motif import Motif, from_counts, information

FLAT, PURE, HALF = [5.0, 5, 5, 5], [20.0, 0, 0, 0], [10.0, 0, 10, 0]


def test_trimming_cuts_empty_ends_only():
    motif = from_counts("m", "name", np.array([FLAT, FLAT, PURE, FLAT, HALF, FLAT]))
    inner, start = trim(motif)
    assert (inner.width, start, inner.identifier, inner.name, inner.nsites) == (3, 2, "m", "name", 20)
    np.testing.assert_allclose(information(inner.probabilities), [2, 0, 1])
    assert trim(from_counts("m", "", np.array([FLAT, FLAT]))) is None
    assert trim(motif, least=1.5)[0].width == 1


def test_few_sites_tell_less_than_they_seem_to():
    motif = from_counts("m", "", np.array([PURE, HALF, FLAT]))
    lost = 3 / (2 * np.log(2) * 20)
    np.testing.assert_allclose(corrected_information(motif), [2 - lost, 1 - lost, 0])
    unknown = Motif(identifier="m", name="", probabilities=motif.probabilities, nsites=0)
    np.testing.assert_allclose(corrected_information(unknown), [2, 1, 0])


def test_information_gain_weights_are_read_exactly():
    p = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.5, 0.5, 0.0]])
    weights = np.concatenate([p * information(p)[:, None], np.zeros((1, 4))])
    assert is_information_gain(weights)
    motif = motif_of_weights("w", "", weights)
    np.testing.assert_allclose(motif.probabilities, [*p, [0.25] * 4])
    assert motif.nsites == 0


def test_other_weights_are_read_as_log_odds():
    p = np.array([[0.7, 0.1, 0.1, 0.1], [0.05, 0.45, 0.45, 0.05]])
    weights = np.log(p) + np.array([[3.0], [-2.0]])  # a constant for each position changes nothing
    assert not is_information_gain(weights)
    np.testing.assert_allclose(motif_of_weights("w", "", weights).probabilities, p)
