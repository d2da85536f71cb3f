import numpy as np
import pytest

from genomics.errors import InputError
from genomics.interpretation.inserts import backgrounds, parse_backgrounds, parse_insert
from genomics.sequence.bases import decode


@pytest.mark.parametrize(
    ("text", "identifier"),
    [("CTCF", "MA0139.1"), ("ctcf", "MA0139.1"), ("MA0139.2", "MA0139.2"), ("ma0151.1", "MA0151.1")],
)
def test_motifs_go_by_name_or_identifier(text, identifier):
    found = parse_insert(text)
    assert found.motif is not None
    assert found.motif.identifier == identifier
    assert found.name == f"{found.motif.name} ({identifier})"
    sites = found.sites(2000, np.random.default_rng(0))
    assert sites.shape == (2000, found.width)
    shares = (sites[:, :, None] == np.arange(4)).mean(0)
    np.testing.assert_allclose(shares, found.motif.probabilities, atol=0.06)


def test_sequences_are_put_in_as_they_are():
    found = parse_insert(" tgacTCA")
    assert (found.name, found.width, found.motif) == ("TGACTCA", 7, None)
    sites = found.sites(3, np.random.default_rng(0))
    assert [decode(row) for row in sites] == ["TGACTCA"] * 3


@pytest.mark.parametrize("text", ["", "CTCFF", "ACGTN", "ACXG"])
def test_other_texts_are_one_clear_error(text):
    with pytest.raises(InputError, match=f"--motif={text}: must be the name or identifier"):
        parse_insert(text)


def test_backgrounds_are_shuffles_of_the_sequences_in_turn():
    assert parse_backgrounds("dinucleotide:50") == 50
    bases = np.array([[0, 1, 0, 1, 0, 1, 1, 0], [2, 3, 3, 2, 3, 2, 2, 2]], np.uint8)
    found = backgrounds(bases, 5, seed=1)
    np.testing.assert_array_equal((found < 2).all(1), [True, True, True, False, False])
    np.testing.assert_array_equal(found, backgrounds(bases, 5, seed=1))


@pytest.mark.parametrize("text", ["dinucleotide:0", "dinucleotide", "uniform:5", "dinucleotide:-1", ""])
def test_other_backgrounds_are_one_clear_error(text):
    with pytest.raises(InputError, match=f"--backgrounds={text}: must be dinucleotide:K"):
        parse_backgrounds(text)
