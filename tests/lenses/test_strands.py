"""Both strands on the head: positions reversed, channels swapped, then the mean."""

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genomics.errors import InputError
from genomics.lenses.head import Head, located, parse_pairs
from genomics.lenses.strands import both_strands, turned
from genomics.lenses.view import Lens, view

LENGTH = 7
X = jax.nn.one_hot(np.array([0, 2, 1, 3, 3, 0, 4]), 4)


def test_an_output_of_the_other_strand_is_turned_round():
    y = jnp.array([[1.0, 2, 3], [4, 5, 6]])
    along = Head(apply=lambda _, x: y, shape=(2, 3), positions=1)
    assert turned(along, y).tolist() == [[3, 2, 1], [6, 5, 4]]
    assert turned(replace(along, swapped=(1, 0)), y).tolist() == [[6, 5, 4], [3, 2, 1]]
    across = Head(apply=lambda _, x: y.T, shape=(3, 2), positions=0, swapped=(1, 0))
    assert turned(across, y.T).tolist() == [[6, 3], [5, 2], [4, 1]]
    counts = Head(apply=lambda _, x: y[:, 0], shape=(2,), swapped=(1, 0))
    assert turned(counts, y[:, 0]).tolist() == [4, 1]
    assert turned(replace(counts, swapped=None), y[:, 0]).tolist() == [1, 4]


def test_channels_of_any_number_and_on_several_axes_change_places():
    four = jnp.arange(12.0).reshape(3, 4)
    head = Head(apply=lambda _, x: four, shape=(3, 4), positions=0, swapped=parse_pairs("0-2", 4))
    assert turned(head, four).tolist() == [[10, 9, 8, 11], [6, 5, 4, 7], [2, 1, 0, 3]]
    two = jnp.arange(12.0).reshape(2, 3, 2)  # channels (0, 0), (0, 1), (1, 0), (1, 1)
    head = Head(apply=lambda _, x: two, shape=(2, 3, 2), positions=1, swapped=parse_pairs("0-1", 4))
    expected = two[:, ::-1]
    assert np.array_equal(turned(head, two), jnp.stack([expected[0][:, ::-1], expected[1]]))


@pytest.mark.parametrize("axis", [0, 1])
def test_the_mean_of_both_strands_of_a_filter(axis):
    """A filter of two channels on paper: channel 0 counts A at each place, channel 1 counts T, which is A's other
    strand: with the channels swapped both strands say the same, without them they do not."""

    def apply(_, x):
        y = jnp.stack([x[1:-1, 0], x[1:-1, 3]], axis=1)
        return y if axis == 0 else y.T

    head = located(Head(apply=apply, shape=(5, 2) if axis == 0 else (2, 5)), {}, LENGTH)
    assert (head.positions, head.first, head.stride) == (axis, 1.0, 1.0)
    own = apply(None, X)
    assert np.array_equal(both_strands(replace(head, swapped=(1, 0))).apply({}, X), own)
    mixed = both_strands(head).apply({}, X)
    other = own[:, ::-1] if axis == 0 else own[::-1]
    assert np.array_equal(mixed, (own + other) / 2)


def test_a_view_of_both_strands_is_the_same_for_both():
    weights = np.random.default_rng(0).normal(size=(3, 4, 2)).astype(np.float32)

    def apply(parameters, x):
        return jax.lax.conv_general_dilated(
            x[None], parameters, (1,), "VALID", dimension_numbers=("NWC", "WIO", "NWC")
        )[0]

    head = Head(apply=apply, shape=(5, 2), names=tuple("abcdefghij"))
    for pairs in ("0-1", "none"):
        seen = view(head, Lens(strands="both", pairs=pairs), weights, LENGTH)
        predict = jax.jit(partial(seen.apply, weights))
        forward, backward = (np.asarray(predict(x)).reshape(5, 2) for x in (X, X[::-1, ::-1]))
        np.testing.assert_allclose(forward, backward[::-1, :: -1 if pairs == "0-1" else 1], atol=1e-6)
    with pytest.raises(InputError, match=r"two channels: --strand_pairs=0-1 says that they are the strands"):
        view(head, Lens(strands="both"), weights, LENGTH)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "must be pairs of channels as 0-1,2-3, or none"),
        ("0-1-2", "must be pairs"),
        ("a-b", "must be pairs"),
        ("", "must be pairs"),
        ("0-3", "there are 3 channels, 0 to 2"),
        ("0-1,1-2", "names a channel twice"),
        ("1-1", "names a channel twice"),
    ],
)
def test_pairs_that_are_none(text, said):
    with pytest.raises(InputError, match=f"--strand_pairs={text}: {said}"):
        parse_pairs(text, 3)


def test_pairs():
    assert parse_pairs("none", 2) is None
    assert parse_pairs("0-1", 3) == (1, 0, 2)
    assert parse_pairs("2-0, 1-3", 5) == (2, 3, 0, 1, 4)
