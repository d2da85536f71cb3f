"""Scores as 16-bit numbers: what comes back, and how near."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genomics.report.quantise import LARGEST, quantise, restore


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(1e-30, 1e30), st.integers(1, 4))
def test_the_error_is_at_most_half_a_step_of_the_task(seed, size, tasks):
    scores = np.random.default_rng(seed).normal(size=(tasks, 5, 4)).astype(np.float32) * np.float32(size)
    found = restore(quantise(scores), (5, 4))
    # Half a step, and what float32 adds when the number is put together again.
    allowed = np.abs(scores).reshape(tasks, -1).max(1) * (0.5 / LARGEST + 2e-7)
    assert (np.abs(found - scores).reshape(tasks, -1).max(1) <= allowed).all()


def test_zeros_stay_zero_and_unknown_stays_unknown():
    scores = np.array([[0.0, -2.0, np.nan, np.inf], [0.0, 0.0, 0.0, 0.0]], np.float32)
    found = restore(quantise(scores), (4,))
    np.testing.assert_array_equal(found, [[0, -2, np.nan, np.nan], [0, 0, 0, 0]])


def test_bytes_are_little_endian_by_task():
    assert quantise(np.array([[1.0, -1.0]])).data == "/38BgA=="  # 7fff 8001
