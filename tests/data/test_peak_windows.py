import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.data.axis import axis_of
from genomics.data.windows import (
    default_merge_distance,
    first_of_their_kind,
    label,
    merge_summits,
    sequence_keys,
    too_unknown,
    windows_at,
    within_contigs,
)
from genomics.sequence.bases import encode, reverse_complement


def numbers(*values):
    return np.array(values, np.int64)


@pytest.mark.parametrize(("length", "first"), [(10, 15), (11, 15), (1, 20)])
def test_the_summit_stands_at_index_half_the_length(length, first):
    assert windows_at(numbers(20), length).tolist() == [first]


def test_windows_must_lie_within_their_contig():
    axis = axis_of({"a": 20, "b": 20}, spacer=20)
    summits = numbers(4, 5, 15, 16, 44, 45, 55, 56)
    assert within_contigs(axis, windows_at(summits, 10), 10).tolist() == [False, True, True, False] * 2


def test_share_of_unknown_bases():
    bases = np.stack([encode("ACGTN"), encode("ANNTN")])
    assert too_unknown(bases, 0.2).tolist() == [False, True]
    assert too_unknown(bases, 0.0).tolist() == [True, True]


@pytest.mark.parametrize(
    ("summits", "distance", "chosen"),
    [
        ((5,), 3, (5,)),
        ((5, 8), 3, (5,)),  # a tie: the left one
        ((5, 9), 3, (5, 9)),
        ((8, 5, 11), 3, (8,)),  # the middle one has two others around it
        ((0, 3, 6, 9), 3, (3, 9)),  # no chain: 9 is too far from 3
        ((5, 6, 6), 3, (6,)),  # the one nearest to all
        ((5, 5, 7), 0, (5, 7)),
    ],
)
def test_merging_known_summits(summits, distance, chosen):
    assert merge_summits(numbers(*summits), distance).tolist() == list(chosen)


def merged_by_definition(summits, distance):
    left, chosen = sorted(set(summits)), []

    def rank(place):
        near = [abs(each - place) for each in summits if abs(each - place) <= distance]
        return -len(near), sum(near), place

    while left:
        best = min(left, key=rank)
        chosen.append(best)
        left = [each for each in left if abs(each - best) > distance]
    return sorted(chosen)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=25), st.integers(0, 12))
def test_merging_by_its_definition(summits, distance):
    chosen = merge_summits(numbers(*summits), distance).tolist()
    assert chosen == merged_by_definition(summits, distance)
    assert all(any(abs(each - place) <= distance for place in chosen) for each in summits)
    assert np.all(np.diff(chosen) > distance)


@pytest.mark.parametrize("length", [1, 2, 9, 10, 200])
def test_the_default_distance_keeps_summits_in_the_window(length):
    distance = default_merge_distance(length)
    first = 1000 - length // 2
    assert first <= 1000 - distance
    assert 1000 + distance < first + length
    # One more would not.
    assert not (first <= 1000 - distance - 1 and 1000 + distance + 1 < first + length)


def test_labels_of_known_overlaps():
    windows = numbers(0, 20, 40)

    def of(start, end, summit, min_overlap):
        return label(windows, 10, numbers(start), numbers(end), numbers(summit), min_overlap).tolist()

    assert of(25, 45, 35, 0.5) == [False, True, True]  # half of either window
    assert of(26, 45, 35, 0.5) == [False, False, True]
    assert of(26, 45, 26, 0.5) == [False, True, True]  # its summit is in the window
    assert of(28, 32, 31, 0.5) == [False, True, False]  # half of the peak, which is the shorter
    assert of(29, 32, 31, 0.5) == [False, False, False]
    assert of(29, 32, 31, 0.0) == [False, True, False]  # any base
    assert of(30, 40, 31, 0.0) == [False, False, False]  # touching is not sharing
    assert of(0, 60, 30, 1.0) == [True, True, True]
    # In floating point 7 % of 100 bases are a little more than 7.
    assert label(numbers(0), 100, numbers(93), numbers(193), numbers(193), 0.07).tolist() == [True]
    assert label(numbers(0), 100, numbers(94), numbers(194), numbers(194), 0.07).tolist() == [False]


peak = st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(0, 39)).map(
    lambda each: (each[0], each[0] + each[1], each[0] + each[2] % each[1])
)


@settings(max_examples=60)
@given(
    st.sets(st.integers(0, 80), min_size=1, max_size=8),
    st.integers(1, 20),
    st.lists(peak, min_size=1, max_size=6),
    st.integers(0, 10),
)
def test_labels_by_brute_force(windows, length, peaks, tenths):
    ordered = sorted(windows)
    start, end, summit = np.array(peaks, np.int64).T
    found = label(numbers(*ordered), length, start, end, summit, tenths / 10)
    for window, bound in zip(ordered, found.tolist(), strict=True):
        places = set(range(window, window + length))
        assert bound == any(
            top in places
            or ((shared := len(places & set(range(low, high)))) > 0 and 10 * shared >= tenths * min(length, high - low))
            for low, high, top in peaks
        )


def test_sequences_repeat_on_either_strand():
    bases = np.stack([encode(text) for text in ("AACC", "GGTT", "ACGT", "AACC", "NACC", "GGTN")])
    assert first_of_their_kind(bases, set()).tolist() == [True, False, True, False, True, False]
    assert sequence_keys(bases) == sequence_keys(reverse_complement(bases))
    assert first_of_their_kind(bases, set(sequence_keys(bases[:1]))).tolist() == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]
