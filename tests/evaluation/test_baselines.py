import jax.numpy as jnp
import numpy as np
import pytest

from genomics.evaluation import kmers
from genomics.evaluation.pwm import best_scores, best_site, window_scores
from genomics.models.pwm import pwm_network
from genomics.sequence.bases import encode, one_hot, reverse_complement
from genomics.sequence.motif import from_counts, log_odds

MOTIF = from_counts("M1", "factor", np.array([[9, 0, 1, 0], [0, 10, 0, 0], [1, 1, 7, 1]]))


def test_scores_are_the_sums_on_paper():
    matrix = log_odds(MOTIF, pseudocount=1.0)
    scores = window_scores(encode("ACGCGT")[None], MOTIF)[0]
    assert scores[0, 0] == pytest.approx(matrix[0, 0] + matrix[1, 1] + matrix[2, 2])
    # CGT read on the other strand is ACG, the consensus.
    assert scores[1, 3] == pytest.approx(scores[0, 0])
    assert best_site(encode("TTTCGTTT"), MOTIF)[:2] == (3, -1)


def test_windows_with_unknown_bases_are_no_sites():
    assert np.isneginf(window_scores(encode("NACNGT")[None], MOTIF)).all()
    assert best_scores(encode("NNACGTNN")[None], MOTIF) == best_scores(encode("ACGT")[None], MOTIF)


def test_the_network_of_the_matrix_is_the_matrix():
    """Also beside unknown bases, where a partial site could be better than a poor whole one."""
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (50, 20)).astype(np.uint8)
    bases[:, :6] = bases[:, 13:] = 4
    other = from_counts("M2", "factor", np.array([[1, 2, 3, 4], [4, 3, 2, 1]]))
    network = pwm_network([MOTIF, other], 20, "x.meme")
    assert network.task_names == ("factor_M1", "factor_M2")
    found = np.stack([network.apply(network.parameters, row)[0] for row in jnp.asarray(one_hot(bases))])
    expected = np.stack([best_scores(bases, motif) for motif in (MOTIF, other)], 1)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    mirrored = np.stack(
        [network.apply(network.parameters, row)[0] for row in jnp.asarray(one_hot(reverse_complement(bases)))]
    )
    np.testing.assert_allclose(mirrored, found, atol=1e-5)


def test_words_are_counted_on_both_strands_and_not_across_unknown_bases():
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (5, 30)).astype(np.uint8)
    weights = rng.normal(size=len(kmers.patterns()) * 4**kmers.LETTERS)
    model = kmers.KmerModel(weights=weights, ridge=1.0)
    np.testing.assert_allclose(model.scores(reverse_complement(bases)), model.scores(bases))
    hidden = bases.copy()
    hidden[:, kmers.LETTERS - 1 :: kmers.LETTERS] = 4  # every contiguous word holds one
    contiguous = kmers.KmerModel(weights=np.where(np.arange(len(weights)) < 4**kmers.LETTERS, weights, 0), ridge=1.0)
    assert kmers.patterns()[0] == tuple(range(kmers.LETTERS))
    np.testing.assert_array_equal(contiguous.scores(hidden), 0)
    assert np.abs(contiguous.scores(bases)).min() > 0


def test_words_that_make_the_label_are_learned():
    rng = np.random.default_rng(0)
    bases = rng.integers(0, 4, (400, 40)).astype(np.uint8)
    labels = (np.arange(400) % 2).astype(np.uint8)
    bases[labels == 1, 10:18] = encode("GATTACAG")
    model = kmers.fit(bases[:300], labels[:300], bases[300:], labels[300:])
    scores = model.scores(bases[300:])
    assert scores[labels[300:] == 1].min() > scores[labels[300:] == 0].max()
    broken = bases[300:].copy()
    broken[:, 13] = 1
    assert (model.scores(broken) < scores)[labels[300:] == 1].all()
