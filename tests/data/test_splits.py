import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.data.axis import axis_of
from genomics.data.splits import (
    block_units,
    chosen_split,
    contig_units,
    default_block_size,
    lies_in,
    named_split,
    regions,
)
from genomics.errors import InputError
from genomics.io.examples import SPLITS

AXIS = axis_of({"chr1": 1000, "chr2": 401, "b:1-2": 100, "none": 0}, spacer=20)


def test_blocks_cover_each_contig_once():
    units = block_units(AXIS, 100)
    assert units.name[:2] == ("chr1:1-100", "chr1:101-200")
    assert len(units.name) == 10 + 4 + 1 + 1
    sizes = units.end - units.start
    assert sizes[:10].tolist() == [100] * 10
    assert sizes[10:14].tolist() == [100, 100, 100, 101]
    assert units.start[1:10].tolist() == units.end[:9].tolist()
    assert sizes.sum() == AXIS.length.sum()
    assert block_units(AXIS, 10**6).name == ("chr1:1-1000", "chr2:1-401", "b:1-2:1-100", "none:1-0")


def test_the_default_block():
    assert default_block_size(AXIS) == 75
    assert default_block_size(axis_of({"chr1": 10**9}, spacer=1)) == 5_000_000


def test_named_contigs():
    assert named_split(AXIS, ["chr2"], ["b:1-2"]).tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("valid", "test", "message"),
    [
        (["chr7"], ["chr2"], "--valid=chr7: no contig chr7"),
        (["1"], ["chr2"], "--valid=1: no contig 1 .* calls it chr1: the prefix chr must agree"),
        (["chr1"], ["chr1"], "--test=chr1: is named twice"),
        (["chr1", "chr1"], ["chr2"], "--valid=chr1: is named twice"),
    ],
)
def test_names_that_do_not_fit(valid, test, message):
    with pytest.raises(InputError, match=message):
        named_split(AXIS, valid, test)


def test_shares_come_near_to_what_is_wanted_for_every_task():
    rng = np.random.default_rng(1)
    axis = axis_of({"chr1": 100_000}, spacer=20)
    window = np.sort(rng.integers(0, 99_000, 2000))
    labels = np.stack([rng.random(2000) < 0.9, rng.random(2000) < 0.05], axis=1).astype(np.uint8)
    units = block_units(axis, 1000)
    split = chosen_split(units, window, labels, 10, rng)
    unit = np.searchsorted(units.start, window + 5, "right") - 1
    for index, share in enumerate((0.7, 0.1, 0.2)):  # train, valid, test
        own = split[unit] == index
        assert own.mean() == pytest.approx(share, abs=0.02)
        assert labels[own].sum(0) / labels.sum(0) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_every_split_gets_a_unit_with_windows(seed):
    window = np.array([10, 500, 1100, 1450])  # one contig has most
    labels = np.ones((4, 1), np.uint8)
    split = chosen_split(contig_units(AXIS), window, labels, 10, np.random.default_rng(seed))
    assert sorted(split[:3].tolist()) == [0, 1, 2]
    assert split[3] == 0  # without windows: for training


def test_too_few_units():
    with pytest.raises(InputError, match=r"windows lie on 1 of the 4 contigs or blocks; .* --split_by=block"):
        chosen_split(contig_units(AXIS), np.array([10]), np.ones((1, 1), np.uint8), 10, np.random.default_rng(0))


@settings(max_examples=40)
@given(st.lists(st.integers(0, 2), min_size=16, max_size=16), st.integers(1, 30))
def test_no_window_of_a_split_holds_a_place_of_another(assignment, length):
    units = block_units(AXIS, 100)
    owner = {place: s for a, b, s in zip(units.start, units.end, assignment, strict=True) for place in range(a, b)}
    window = np.arange(0, AXIS.offset[-1], 3)
    found = regions(units, np.array(assignment))
    for index, name in enumerate(SPLITS):
        inside = lies_in(found[name], window, length)
        expected = [
            all(owner.get(place) == index for place in range(first, first + length)) for first in window.tolist()
        ]
        assert inside.tolist() == expected
