import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.data.axis import (
    Stretches,
    axis_of,
    contig_of,
    difference,
    fetch_windows,
    overlapping,
    ranges,
    union,
)
from genomics.io.genome import open_genome
from genomics.sequence.bases import decode

interval = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def stretches(intervals):
    start, end = np.array(intervals, np.int64).reshape(-1, 2).T
    return union(start, end)


def covered(found: Stretches):
    return {place for start, end in zip(found.start, found.end, strict=True) for place in range(start, end)}


def test_contigs_stand_apart():
    axis = axis_of({"a": 5, "empty": 0, "b": 3}, spacer=4)
    assert axis.offset.tolist() == [0, 9, 13]
    assert contig_of(axis, np.array([0, 4, 8, 13, 15])).tolist() == [0, 0, 0, 2, 2]


@settings(max_examples=60)
@given(st.lists(interval, max_size=6), st.lists(interval, max_size=6))
def test_stretches_against_sets_of_places(first, second):
    these, those = stretches(first), stretches(second)
    for found, intervals in ((these, first), (those, second)):
        assert covered(found) == {place for start, end in intervals for place in range(start, end)}
        assert np.all(found.start[1:] > found.end[:-1])  # disjoint, and neighbours that touch are one
    rest = difference(these, those)
    assert covered(rest) == covered(these) - covered(those)
    assert np.all(rest.end > rest.start)
    start, end = np.array(first, np.int64).reshape(-1, 2).T
    pairs = set(zip(*(each.tolist() for each in overlapping(start, end, those)), strict=True))
    assert pairs == {
        (row, place)
        for row, (low, high) in enumerate(first)
        for place in range(len(those.start))
        if those.start[place] < high and low < those.end[place]
    }


def test_ranges():
    owner, place = ranges(np.array([2, 5, 7]), np.array([4, 5, 8]))
    assert (owner.tolist(), place.tolist()) == ([0, 0, 2], [2, 3, 7])


@pytest.mark.parametrize("near", [0, 3, 4096])
def test_windows_read_together_are_those_read_alone(tmp_path, monkeypatch, near):
    monkeypatch.setattr("genomics.data.axis._NEAR", near)
    monkeypatch.setattr("genomics.data.axis._LONGEST_READ", 40)
    rng = np.random.default_rng(0)
    texts = {name: "".join(rng.choice(list("ACGTN"), length)) for name, length in (("a", 90), ("b", 12), ("c", 300))}
    (tmp_path / "g.fa").write_text("".join(f">{name}\n{text}\n" for name, text in texts.items()))
    axis = axis_of({name: len(text) for name, text in texts.items()}, spacer=24)
    places = [(name, first) for name, text in texts.items() for first in range(len(text) - 11)]
    chosen = [places[row] for row in rng.choice(len(places), 80)]
    offset = dict(zip(axis.names, axis.offset, strict=True))
    start = np.array([offset[name] + first for name, first in chosen])
    with open_genome(tmp_path / "g.fa", tmp_path) as genome:
        found = fetch_windows(genome, axis, start, 12)
        assert fetch_windows(genome, axis, start[:0], 12).shape == (0, 12)
    assert [decode(row) for row in found] == [texts[name][first : first + 12] for name, first in chosen]
