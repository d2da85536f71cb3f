import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.mutagenesis.marginalize import draws, in_batches, inserted, marginalize, shuffled_backgrounds
from genomics.mutagenesis.spacing import ORIENTATIONS, spacing
from genomics.sequence.bases import encode
from genomics.sequence.motif import Motif

RNG = np.random.default_rng(0)
BACKGROUNDS = RNG.integers(0, 4, (7, 20)).astype(np.uint8)
SITE = np.tile(encode("ACG"), (7, 1))


def sites(text):
    """A network of one task: how often the text stands in the sequence."""
    pattern = np.eye(4, dtype=np.float32)[encode(text)]

    def predict(x, _):
        windows = jnp.stack([x[i : len(x) - len(pattern) + 1 + i] for i in range(len(pattern))], 1)
        return jnp.sum(jnp.einsum("nwb,wb->n", windows, pattern) == len(pattern), keepdims=True) * 1.0

    return predict


def test_a_network_that_counts_sites_finds_one_more():
    without = np.tile(encode("T"), (7, 20))
    result = marginalize(in_batches(sites("ACG"), batch_size=4), without, SITE)
    np.testing.assert_array_equal(result.effects, np.ones((7, 1)))
    np.testing.assert_array_equal(result.mean, [1])
    np.testing.assert_array_equal(result.spread, [0])


def test_mean_spread_and_error_are_those_of_the_effects():
    predict = in_batches(sites("AC"), batch_size=3)
    result = marginalize(predict, BACKGROUNDS, SITE, start=2)
    expected = predict(inserted(BACKGROUNDS, SITE, 2), BACKGROUNDS) - predict(BACKGROUNDS, BACKGROUNDS)
    np.testing.assert_array_equal(result.effects, expected)
    np.testing.assert_allclose(result.error, expected.std(0, ddof=1) / np.sqrt(7))


def test_motifs_stand_at_the_centre_or_where_they_are_put():
    assert (inserted(BACKGROUNDS, SITE)[:, 8:11] == SITE).all()
    placed = inserted(BACKGROUNDS, SITE, 17)
    assert (placed[:, 17:] == SITE).all()
    np.testing.assert_array_equal(placed[:, :17], BACKGROUNDS[:, :17])
    for start in (-1, 18):
        with pytest.raises(InputError, match=f"3 bases from position {start} on"):
            inserted(BACKGROUNDS, SITE, start)


def test_draws_follow_the_motifs_probabilities():
    probabilities = np.array([[1.0, 0, 0, 0], [0, 0.25, 0.75, 0], [0.1, 0.2, 0.3, 0.4]])
    motif = Motif(identifier="m", name="", probabilities=probabilities, nsites=0)
    bases = draws(motif, 20_000, np.random.default_rng(1))
    shares = np.stack([(bases == base).mean(0) for base in range(4)], 1)
    np.testing.assert_allclose(shares, probabilities, atol=0.015)
    assert (shares[probabilities == 0] == 0).all()


def test_backgrounds_keep_the_dinucleotides_of_sequences_taken_in_turn():
    backgrounds = shuffled_backgrounds(BACKGROUNDS[:3], 7, np.random.default_rng(2))
    assert backgrounds.shape == (7, 20)
    count = lambda codes: np.bincount(codes[:-1] * 4 + codes[1:], minlength=16)  # noqa: E731
    for row, source in zip(backgrounds, [0, 0, 0, 1, 1, 2, 2], strict=True):
        np.testing.assert_array_equal(count(row), count(BACKGROUNDS[source]))


def test_spacing_curves_find_the_distance_and_the_orientation_that_a_network_rewards():
    blank = np.tile(encode("T"), (5, 24))
    one, other = np.tile(encode("ACG"), (5, 1)), np.tile(encode("GGC"), (5, 1))
    gaps = np.array([0, 2, 5])
    # Rewards ACG, two T, then GCC (GGC on the other strand).
    curve = spacing(in_batches(sites("ACGTTGCC")), blank, one, other, gaps)
    expected = np.zeros((4, 3, 1))
    expected[ORIENTATIONS.index("+-"), 1] = 1
    np.testing.assert_array_equal(curve.pair, expected)
    np.testing.assert_array_equal(curve.interaction, expected)
    np.testing.assert_array_equal(curve.error, np.zeros((4, 3, 1)))
    # Independent sites do nothing together.
    curve = spacing(in_batches(sites("ACG")), blank, one, other, gaps)
    np.testing.assert_array_equal(curve.pair[0], np.ones((3, 1)))
    np.testing.assert_array_equal(curve.interaction, np.zeros((4, 3, 1)))


@pytest.mark.parametrize("gaps", [[], [-1], [0, 19]])
def test_pairs_that_do_not_fit_are_refused(gaps):
    with pytest.raises(InputError, match=r"gaps|longer than 24 bases"):
        spacing(in_batches(sites("A")), np.zeros((1, 24), np.uint8), SITE[:1], SITE[:1], np.array(gaps, int))
