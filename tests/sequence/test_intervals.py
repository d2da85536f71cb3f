import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.errors import InputError
from genomics.sequence.intervals import Interval, checked, merged, parse_region

CONTIGS = {"chr1": 1000, "22:20000001-21000000": 50, "a:1-5": 9, "HLA-A*01:01": 30, "a": 20}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chr1", ("chr1", 0, 1000)),
        ("chr1:1-10", ("chr1", 0, 10)),
        ("chr1:1,000-1,000", ("chr1", 999, 1000)),
        ("chr1:7", ("chr1", 6, 7)),
        ("chr1:7-", ("chr1", 6, 1000)),
        ("22:20000001-21000000", ("22:20000001-21000000", 0, 50)),
        ("22:20000001-21000000:11-20", ("22:20000001-21000000", 10, 20)),
        ("a:1-5", ("a:1-5", 0, 9)),  # a contig's name wins over a region of the contig "a"
        ("a:1-6", ("a", 0, 6)),
        ("HLA-A*01:01", ("HLA-A*01:01", 0, 30)),
        ("HLA-A*01:01:3-4", ("HLA-A*01:01", 2, 4)),
    ],
)
def test_region_strings(text, expected):
    found = parse_region(text, CONTIGS)
    assert (found.contig, found.start, found.end) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1:0-10", "starts before the contig"),
        ("chr1:5-1001", "ends past the contig: chr1 has bases 1 to 1000"),
        ("chr1:10-5", "holds no base"),
        ("1:5-6", "which calls it chr1: the prefix chr must agree"),
        ("chra:5-6", "which calls it a"),
        ("chr9", "no contig chr9 in the FASTA file; it has chr1, 22"),
        ("chr1:x-y", "no contig chr1:x-y"),
        ("chr1:,-5", "must be CONTIG:FIRST-LAST"),
    ],
)
def test_regions_that_are_none(text, message):
    with pytest.raises(InputError) as caught:
        parse_region(text, CONTIGS)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"region {text}: ")


def test_an_interval_prints_as_the_region_that_it_is():
    interval = Interval(contig="a:1-5", start=2, end=7)
    assert str(interval) == "a:1-5:3-7"
    assert parse_region(str(interval), CONTIGS) == interval
    assert len(interval) == 5


def test_checked_names_the_place():
    with pytest.raises(InputError, match=r"my.bed: line 3: holds no base: start 5"):
        checked(Interval(contig="chr1", start=5, end=5), CONTIGS, "my.bed: line 3")


_INTERVALS = st.lists(
    st.tuples(st.sampled_from(["chr1", "a"]), st.integers(0, 18), st.integers(1, 5)).map(
        lambda each: Interval(contig=each[0], start=each[1], end=min(each[1] + each[2], 20))
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None)
@given(_INTERVALS)
def test_merging_keeps_every_base_once(intervals):
    found = merged(intervals, CONTIGS)
    bases = {(each.contig, place) for each in intervals for place in range(each.start, each.end)}
    kept = [(each.contig, place) for each in found for place in range(each.start, each.end)]
    assert set(kept) == bases
    assert len(kept) == len(bases)
    order = list(CONTIGS)
    assert kept == sorted(kept, key=lambda each: (order.index(each[0]), each[1]))
    assert all(b.start > a.end for a, b in itertools.pairwise(found) if a.contig == b.contig)
