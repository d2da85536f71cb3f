"""Seconds of stages: what is counted, what is said, and an iterator that runs ahead in a thread."""

import threading
import time

import pytest

from genomics.scan.ahead import ahead
from genomics.scan.stages import Stages


def test_seconds_are_counted_by_stage_from_any_thread():
    stages = Stages()

    def work():
        with stages.of("read"):
            time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    with pytest.raises(ValueError, match="seen"), stages.of("device"):
        raise ValueError("seen")
    for each in threads:
        each.join()
    stages.add({"worker_device": 2.5})
    head, *lines = stages.lines(1.25)
    assert head == "profile: 1.25 s from the plan to the last file"
    assert [line.split(" s  ")[-1].strip() for line in lines] == [
        "wait for the device",
        "beside it, in threads:",
        "read",
        "of all workers together:",
        "wait for the device",
    ]
    assert 0.06 <= float(lines[2].split()[0]) < 1
    assert float(lines[4].split()[0]) == 2.5
    assert not stages.taken()


def test_items_come_in_order_some_ahead_and_no_more():
    made = []

    def items():
        for number in range(50):
            made.append(number)
            yield number

    found = ahead(items(), 3)
    assert next(found) == 0
    deadline = time.monotonic() + 10
    while len(made) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(made) == 5  # one was taken, three wait, one is held by the thread
    assert list(found) == list(range(1, 50))


def test_what_the_thread_raises_is_raised_and_it_ends_when_nobody_wants_more():
    def items():
        yield 1
        raise OSError("the disk")

    found = ahead(items(), 3)
    assert next(found) == 1
    with pytest.raises(OSError, match="the disk"):
        next(found)
    before = threading.active_count()
    endless = ahead(iter(int, 1), 2)
    assert next(endless) == 0
    assert threading.active_count() == before + 1
    endless.close()
    assert threading.active_count() == before
