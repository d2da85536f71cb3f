import numpy as np
import pytest

from genomics.motifs.seqlets import Seqlets, call_seqlets, seqlet_motifs


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(0)
    contributions = rng.normal(0, 0.05, (60, 100))
    contributions[:30, 40:52] += 1.0
    contributions[30:50, 95:] -= 1.0  # up to the end
    return contributions


def test_planted_runs_are_found_with_their_flanks_and_signs(planted):
    found = call_seqlets(planted)
    up, down = found.contribution > 0, found.contribution < 0
    assert sorted(found.row[up]) == list(range(30))
    assert sorted(found.row[down]) == list(range(30, 50))
    assert (found.start[up] <= 40).all()
    assert (found.end[up] >= 52).all()
    assert (found.end[up] - found.start[up] <= 20).all()
    assert (found.end[down] == 100).all()
    inside = [planted[r, s:e].sum() for r, s, e in zip(found.row, found.start, found.end, strict=True)]
    np.testing.assert_allclose(found.contribution, inside)
    assert (np.diff(np.abs(found.contribution)) <= 0).all()


def test_scattered_peaks_are_no_runs():
    rng = np.random.default_rng(1)
    contributions = np.where(rng.random((200, 100)) < 0.05, 1.0, 0.0)
    found = call_seqlets(contributions)
    assert len(found.row) < 20  # of a thousand peaks
    assert not len(call_seqlets(np.zeros((3, 30))).row)


def test_a_seqlet_reads_as_its_bases_as_far_as_they_contribute():
    bases = np.array([[0, 1, 2, 4, 3, 0]], np.uint8)
    contributions = np.array([[2.0, 1.0, -1.0, 2.0, 2.0, 9.0]])
    one = Seqlets(row=np.array([0]), start=np.array([0]), end=np.array([5]), contribution=np.array([6.0]))
    (motif,) = seqlet_motifs(one, bases, contributions)
    flat = [0.25] * 4
    expected = [[1, 0, 0, 0], [0.125, 0.625, 0.125, 0.125], flat, flat, [0, 0, 0, 1]]
    np.testing.assert_allclose(motif.probabilities, expected)
