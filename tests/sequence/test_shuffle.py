import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from genomics.sequence.bases import decode, encode
from genomics.sequence.shuffle import dinucleotide_shuffles, shuffle_rows


def pairs(text):
    return Counter(itertools.pairwise(text))


def all_shuffles(text):
    """Every sequence with the first letter and the dinucleotides of `text`, by exhaustive search."""
    found = []

    def extend(path, left):
        if not left:
            found.append(path)
        for pair in [pair for pair in left if pair[0] == path[-1]]:
            extend(path + pair[1], left - Counter([pair]))

    extend(text[0], pairs(text))
    return found


def keep_last_exits(codes, rng):
    """The common shuffle that leaves every token's last exit in place: valid, but not uniform."""
    exits = {token: codes[1:][codes[:-1] == token] for token in np.unique(codes[:-1])}
    exits = {token: [*rng.permutation(those[:-1]), those[-1]] for token, those in exits.items()}
    path = [codes[0]]
    for _ in codes[1:]:
        path.append(exits[path[-1]].pop(0))
    return np.array(path, np.uint8)


def uniformity(samples, possible):
    """p-value of a chi-square test that all possible sequences are equally frequent."""
    counts = Counter(samples)
    assert set(counts) <= set(possible)
    return stats.chisquare([counts[text] for text in possible]).pvalue


@settings(max_examples=40, deadline=None)
@given(st.text("ACGTN", max_size=40), st.integers(0, 5), st.integers(0, 2**32 - 1))
def test_dinucleotides_and_ends_are_kept(text, count, seed):
    shuffles = dinucleotide_shuffles(encode(text), count, np.random.default_rng(seed))
    assert shuffles.shape == (count, len(text))
    for row in shuffles:
        shuffled = decode(row)
        assert pairs(shuffled) == pairs(text)
        assert (shuffled[:1], shuffled[-1:]) == (text[:1], text[-1:])


@pytest.mark.parametrize(
    "text",
    [
        "ACAGACGATA",  # ends as it starts
        "AACAGTACGTAC",  # all four bases, ends elsewhere
        "ACNAGNCANTA",  # N as a token of its own
        "AGAGAGATAGC",  # one exit to the last token only
        "AAAACAAAGA",  # runs
        "AGAGAGCACTAGC",  # last exits that are not equally likely
    ],
)
def test_every_path_is_equally_likely(text):
    possible = all_shuffles(text)
    assert 1 < len(possible) < 500
    samples = [
        decode(row) for row in dinucleotide_shuffles(encode(text), 100 * len(possible), np.random.default_rng(1))
    ]
    assert set(samples) == set(possible)
    assert uniformity(samples, possible) > 1e-3


@pytest.mark.parametrize("text", ["AACAGTACGTAC", "ACNAGNCANTA", "AGAGAGCACTAGC"])
def test_rows_are_drawn_as_shuffles_of_one_sequence_are(text):
    possible = all_shuffles(text)
    # Beside rows of other sequences, that end in other letters.
    others = [encode(text[::-1]), encode("T" * len(text)), encode(("ACGTN" * 3)[: len(text)])]
    rows = np.stack([encode(text), *others] * (100 * len(possible)))
    samples = [decode(row) for row in shuffle_rows(rows, np.random.default_rng(1))[::4]]
    assert set(samples) == set(possible)
    assert uniformity(samples, possible) > 1e-3


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_dinucleotides_and_ends_of_rows_are_kept(length, count, seed):
    rng = np.random.default_rng(seed)
    # Few letters in some rows, so that runs and absent letters occur.
    rows = (rng.integers(0, 5, (count, length)) % rng.integers(1, 6, (count, 1))).astype(np.uint8)
    for before, after in zip(rows, shuffle_rows(rows, rng), strict=True):
        assert pairs(decode(before)) == pairs(decode(after))
        assert (before[:1].tolist(), before[-1:].tolist()) == (after[:1].tolist(), after[-1:].tolist())


def test_blocks_of_rows(monkeypatch):
    rows = np.random.default_rng(0).integers(0, 4, (50, 30), np.uint8)
    monkeypatch.setattr("genomics.sequence.shuffle._ROWS", 7)
    shuffled = shuffle_rows(rows, np.random.default_rng(2))
    assert [pairs(decode(row)) for row in shuffled] == [pairs(decode(row)) for row in rows]
    assert np.all((shuffled != rows).any(1))


def test_the_uniformity_test_rejects_a_shuffle_that_is_not():
    text = "AACAGTACGTAC"
    possible = all_shuffles(text)
    rng = np.random.default_rng(1)
    samples = [decode(keep_last_exits(encode(text), rng)) for _ in range(20 * len(possible))]
    assert all(pairs(sample) == pairs(text) for sample in samples)
    assert uniformity(samples, possible) < 1e-6


def test_shuffles_differ_and_repeat_with_the_seed():
    codes = np.random.default_rng(0).integers(0, 4, 200, dtype=np.uint8)
    first = dinucleotide_shuffles(codes, 20, np.random.default_rng(3))
    assert len(np.unique(first, axis=0)) == 20
    assert np.array_equal(first, dinucleotide_shuffles(codes, 20, np.random.default_rng(3)))
    assert not np.array_equal(first, dinucleotide_shuffles(codes, 20, np.random.default_rng(4)))
    assert np.mean(first == codes) < 0.4  # chance level is about 1/4


@pytest.mark.parametrize("text", ["", "A", "AC", "AAAAAA", "ACGT", "NNNN"])
def test_sequences_with_one_path_come_back(text):
    shuffles = dinucleotide_shuffles(encode(text), 3, np.random.default_rng(0))
    assert [decode(row) for row in shuffles] == [text] * 3
