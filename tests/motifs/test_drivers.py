import numpy as np
import pytest

from genomics.data.motifs import motif_database, packaged_motifs
from genomics.motifs.drivers import aligned_counts, assign, drivers
from genomics.motifs.seqlets import Seqlets, call_seqlets
from genomics.sequence.bases import reverse_complement
from genomics.sequence.motif import consensus


def test_the_target_with_most_evidence_takes_all_that_fit_it():
    evidence = np.array([[5.0, 4, 1], [0, 4, 1], [0, 4, 9], [9, 0, 0], [0, 0, 0]])
    # Column 1 has 12, column 0 14, column 2 11: 0 takes two, then 2 has 10 of what is left and takes rows 1 and 2.
    assert assign(evidence > 0, evidence).tolist() == [0, 2, 2, 0, -1]


def test_aligned_seqlets_are_counted_in_the_motifs_own_direction():
    word = np.array([0, 0, 1, 2, 2], np.uint8)  # AACGG
    bases = np.full((2, 30), 4, np.uint8)
    bases[0, 10:15], bases[1, 20:25] = word, reverse_complement(word)
    # The first seqlet begins two bases into the motif; the second, on the other strand, one base before it.
    seqlets = Seqlets(
        row=np.array([0, 1]), start=np.array([12, 19]), end=np.array([15, 25]), contribution=np.array([1.0, 1.0])
    )
    counts = aligned_counts(seqlets, bases, np.array([2, -1]), np.array([False, True]), 5)
    assert counts.shape == (13, 4)
    np.testing.assert_array_equal(counts[4:9], 2 * np.eye(4)[word])
    assert not counts[:4].any()
    assert not counts[9:].any()


def test_planted_factors_are_named_and_counted():
    pytest.importorskip("memelite")
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (120, 60)).astype(np.uint8)
    contributions = rng.normal(0, 0.02, (120, 60))
    for rows, identifier, sign in ((range(80), "MA0139.1", 1), (range(80, 120), "MA0496.1", -1)):
        p = packaged_motifs()[identifier].probabilities
        for row in rows:
            site = np.array([rng.choice(4, p=column / column.sum()) for column in p], np.uint8)
            bases[row, 20 : 20 + len(p)] = site if row % 2 else reverse_complement(site)
            contributions[row, 20 : 20 + len(p)] += sign
    found = drivers(call_seqlets(contributions), bases, contributions, motif_database())
    named = {row.match.target.name: row for row in found if row.match is not None}
    assert found[0].match.target.name == "CTCF"
    assert (named["CTCF"].sign, named["MAFK"].sign) == ("+", "-")
    assert named["CTCF"].sequences >= 60
    assert named["MAFK"].seqlets >= 20
    assert named["CTCF"].contribution > 10
    assert "CCACCAG" in consensus(named["CTCF"].motif)
    assert sum(row.seqlets for row in found) == len(call_seqlets(contributions).row)


def test_no_seqlets_are_no_drivers():
    nothing = call_seqlets(np.zeros((2, 30)))
    assert drivers(nothing, np.zeros((2, 30), np.uint8), np.zeros((2, 30)), motif_database()) == []
