"""Signals become exceptions, after what must not be interrupted."""

import os
import signal
import time

import h5py
import numpy as np
import pytest

from genomics import interrupts
from genomics.io import hdf5_write
from genomics.io.hdf5_write import put, writing


@pytest.fixture(autouse=True)
def listening():
    # A shell ignores SIGINT for what it runs behind, and so would these tests.
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGINT, signal.SIGTERM)}
    interrupts.listen()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    interrupts._waiting.clear()


def send(number=signal.SIGTERM):
    os.kill(os.getpid(), number)


def wait():
    """Long enough for a signal that is sent again; in short steps, between which an interrupt is raised."""
    for _ in range(1000):
        time.sleep(0.002)


def _send_and_wait(number):
    send(number)
    wait()


@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGTERM, interrupts.Terminated), (signal.SIGINT, KeyboardInterrupt)]
)
def test_signals_are_exceptions(number, error):
    with pytest.raises(error) as caught:
        _send_and_wait(number)
    assert type(caught.value) is error
    assert signal.getsignal(number) is signal.SIG_DFL  # a second one ends the process


def test_what_is_marked_is_finished_first():
    done = []

    @interrupts.uninterrupted
    def outer():
        inner()
        done.append("outer")

    def inner():
        send()
        for _ in range(20):  # it is sent again, and again put off
            time.sleep(0.002)
        done.append("inner")

    def run():
        outer()
        wait()

    with pytest.raises(interrupts.Terminated):
        run()
    assert done == ["inner", "outer"]


@pytest.mark.parametrize("call", range(5))
def test_a_signal_in_a_call_of_the_disk_leaves_hdf5_whole(tmp_path, monkeypatch, call):
    """HDF5 sees no failed write; the interrupt comes when it is done."""
    calls = []
    original = hdf5_write._Disk.write

    @interrupts.uninterrupted
    def write(self, data):
        if len(calls) == call:
            send()
        calls.append(len(data))
        return original(self, data)

    def run():
        with writing(tmp_path / "a.h5") as file:
            put(file, "x", np.arange(100_000))
        wait()

    monkeypatch.setattr(hdf5_write._Disk, "write", write)
    with pytest.raises(interrupts.Terminated):
        run()
    assert len(calls) > call
    assert not list(tmp_path.glob("*.tmp"))
    assert not any(h5py.h5f.get_obj_ids(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE))


def test_the_file_is_closed_and_named_before_an_interrupt(tmp_path, monkeypatch):
    """A signal while HDF5 closes the file does not keep the whole file from its name."""
    close, closed = h5py.File.close, []

    def closing(self):
        if not closed:
            send()
        closed.append(self)
        close(self)

    def run():
        with writing(tmp_path / "a.h5") as file:
            put(file, "x", np.arange(10))
            monkeypatch.setattr(h5py.File, "close", closing)
        wait()

    with pytest.raises(interrupts.Terminated):
        run()
    monkeypatch.undo()
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["x"][-1] == 9
