import numpy as np

from genomics.report.scan_tally import Best


def test_no_entry_is_at_the_limit_and_the_first_of_equals_stays():
    best = Best(3, 0.0)
    for start, ranks in ((0, [0.0, 2.0, np.nan]), (3, [0.0, 1.0]), (5, [2.0, 1.0]), (7, [1.0, 3.0])):
        best.add(np.array(ranks, np.float32), lambda index, start=start: start + index)
    assert best.entries() == [8, 1, 5]
    few = Best(3, 0.0)
    few.add(np.zeros(4, np.float32), lambda index: index)
    assert few.entries() == []
