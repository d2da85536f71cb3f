import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.scan.plan import BasesPlan, RecordsPlan, default_part_size, of_shard
from genomics.sequence.intervals import Interval


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.integers(1, 40))
def test_parts_hold_every_base_once_and_in_order(lengths, part_size):
    intervals = tuple(Interval(contig=f"c{i}", start=3, end=3 + length) for i, length in enumerate(lengths))
    plan = BasesPlan(intervals=intervals, part_size=part_size)
    parts = [
        [(piece.contig, place) for piece in plan.pieces(number) for place in range(piece.start, piece.end)]
        for number in range(plan.num_parts)
    ]
    assert [len(part) for part in parts[:-1]] == [part_size] * (plan.num_parts - 1)
    assert 0 < len(parts[-1]) <= part_size
    assert list(itertools.chain(*parts)) == [
        (each.contig, place) for each in intervals for place in range(each.start, each.end)
    ]
    assert plan.size == sum(lengths)


def test_records():
    plan = RecordsPlan(size=10, part_size=4)
    assert [list(plan.records(number)) for number in range(plan.num_parts)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_shards_share_all_parts():
    parts = [of_shard(10, shard, 3) for shard in range(3)]
    assert sorted(number for part in parts for number in part) == list(range(10))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_default_part_sizes():
    assert default_part_size(24) == 1 << 20
    assert default_part_size(8 * 1000) == 1 << 12
    assert default_part_size(10**9) == 1 << 10
