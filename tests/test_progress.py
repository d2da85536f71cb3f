"""What a long computation tells of the time left."""

import sys

import numpy as np
import pytest

from genomics import progress as module
from genomics.progress import Estimate, progress


@pytest.mark.parametrize("compilation", [0.0, 12.0, 300.0])
@pytest.mark.parametrize("spread", [0.0, 0.4])
def test_the_time_left_is_within_a_factor_of_two_after_a_fifth(compilation, spread):
    """However long the first piece takes to compile; speeds vary from piece to piece."""
    rng = np.random.default_rng(0)
    seconds = 2.0 * (1 + spread * rng.uniform(-1, 1, 50))
    ends = compilation + np.cumsum(seconds)
    estimate = Estimate(50 * 4)
    for number, end in enumerate(ends):
        left = estimate.advance(4, now=end)
        truth = ends[-1] - end
        if number >= 10 and truth:
            assert truth / 2 <= left <= 2 * truth
    assert left == 0


def test_nothing_is_promised_before_there_is_a_speed():
    estimate = Estimate(10, done=4)
    assert estimate.compiling
    assert estimate.advance(2, now=60.0) is None
    assert not estimate.compiling
    assert estimate.advance(2, now=61.0) == 1.0
    assert Estimate(3).advance(3) == 0


def test_lines_where_there_is_no_terminal(capsys, monkeypatch):
    clock = iter(np.arange(0.0, 1000.0, 7.0))
    monkeypatch.setattr(module.time, "monotonic", lambda: float(next(clock)))
    with progress("ism", 12, 2, place=(2, 3)) as advance:
        for _ in range(5):
            advance(2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ism: 6/12 sequences (2 of 3), ")
    assert lines[0].endswith(" s left")
    assert lines[-1].startswith("ism: 12/12 sequences (2 of 3), ")


def test_a_bar_names_compilation_until_the_first_piece(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress("deepshap", 450, place=(13, 13)) as advance:
        before = capsys.readouterr().err
        advance(4)
        advance(446)
    after = capsys.readouterr().err
    assert "deepshap (13 of 13) 0/450" in before.replace(".00", "")
    assert "compiling" in before
    assert "450/450" in after
    assert max(len(line) for line in after.replace("\r", "\n").splitlines()) <= 120
