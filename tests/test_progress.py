"""What a long computation tells of the time left."""

import sys

import numpy as np
import pytest

from genomics import progress as module
from genomics.progress import Estimate, Estimates, progress, progress_of_several


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


@pytest.mark.parametrize("slow_start", [1.0, 1.9])
def test_the_time_left_of_several_is_within_a_factor_of_two_after_a_fifth(slow_start):
    """Methods of very different speeds, a piece of each first, whose first one starts slowly."""
    rng, each = np.random.default_rng(0), {"a": 0.01, "b": 2.0, "c": 0.3, "d": 7.0}
    pieces = [(name, slow_start * each[name]) for name in each]
    pieces += [(name, each[name] * (1 + 0.3 * rng.uniform(-1, 1))) for name in each for _ in range(19)]
    estimates, total = Estimates(dict.fromkeys(each, 200)), sum(seconds for _, seconds in pieces)
    done, judged = 0.0, 0
    for number, (name, seconds) in enumerate(pieces, 1):
        estimates.advance(name, 10, seconds)
        done += seconds
        assert (estimates.seconds() is None) == (number < len(each))
        if 0.2 * total <= done < total - 1e-9:
            assert (total - done) / 2 <= estimates.seconds() <= 2 * (total - done)
            assert estimates.share() == pytest.approx(done / total, abs=0.15)
            judged += 1
    assert judged > 20
    assert (estimates.seconds(), estimates.share()) == (0, 1)


def test_lines_of_several_count_each_and_tell_the_time_of_all(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])

    def after(seconds, act, *arguments):
        clock[0] += seconds
        act(*arguments)

    with progress_of_several({"fast": 4, "slow": 4, "there": 4}, {"fast": 0, "slow": 0, "there": 4}) as told:
        for name, seconds in (("fast", 1), ("slow", 10)):
            told.compiling(name)
            after(300, told.compiled, name)
            after(seconds, told.advance, name, 1)
        after(1, told.advance, "fast", 1)
        after(19, told.advance, "fast", 1)
        after(2, told.advance, "fast", 1)
        after(30, told.advance, "slow", 3)
    assert capsys.readouterr().out.splitlines() == [
        "fast: 1/4 sequences (1 of 3), the time left is not known yet",
        "slow: 1/4 sequences (2 of 3), 33 s left of all",  # 3 of fast at 1 s, 3 of slow at 10 s
        "fast: 3/4 sequences (1 of 3), 40 s left of all",  # fast ones take 10 s as well
        "fast: 4/4 sequences (1 of 3), 323.0 s",
        "slow: 4/4 sequences (2 of 3), 340.0 s",
    ]


def test_one_bar_of_several(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_of_several({"ism": 4, "deepshap": 4}, {"ism": 0, "deepshap": 0}) as told:
        for name in ("ism", "deepshap"):
            told.compiling(name)
            before = capsys.readouterr().err
            told.compiled(name)
            told.advance(name, 2)
        told.advance("ism", 2)
        half = capsys.readouterr().err
        told.advance("deepshap", 2)
    after = capsys.readouterr().err
    assert "deepshap (2 of 2)" in before
    assert "compiling" in before
    assert "left" in half
    assert "100 %" in after
    assert max(len(line) for line in (before + half + after).replace("\r", "\n").splitlines()) <= 120
