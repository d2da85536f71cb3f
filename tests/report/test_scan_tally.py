"""Counts and best entries that grow piece by piece."""

import numpy as np

from genomics.report.scan_tally import Highest, Histogram


def test_histograms_do_not_depend_on_the_order():
    """Small values first: bins are merged over and over; large first: never. Edges are reached exactly."""
    values = np.concatenate([[0, -0.0, 2.0**-30, 1, -1, 64, -64], np.random.default_rng(4).normal(0, 9, 500)])
    values = np.concatenate([values, values * 1e-4]).astype(np.float32)
    results = []
    for order in (np.argsort(np.abs(values)), np.argsort(-np.abs(values))):
        histogram = Histogram(1)
        for value in values[order]:
            histogram.add(np.array([[value]], np.float32))
        results.append(histogram.bins())
    (edges, counts), (same_edges, same_counts) = results
    np.testing.assert_array_equal(edges, same_edges)
    np.testing.assert_array_equal(counts, same_counts)
    assert counts.sum() == len(values)
    np.testing.assert_array_equal(counts[0], np.histogram(values, edges)[0])
    assert 40 < len(edges) <= 129


def test_of_equal_entries_the_first_are_kept():
    best = Highest(3, 0.0)
    for offset in (0, 10):
        best.add(np.array([1, 2, 0, np.nan, 2, 2, 2], np.float32), lambda index, offset=offset: index + offset)
    assert best.entries() == [1, 4, 5]
    none = Highest(3, 0.0)
    none.add(np.zeros(4, np.float32), lambda index: index)
    assert none.entries() == []  # they are at the limit, not above it
