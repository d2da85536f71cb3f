import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from genomics.errors import InputError
from genomics.io import lock, owner
from genomics.io.atomic import write_text
from genomics.io.lock import holding

HOLD = """
import errno, os, sys
if os.environ.get("WITHOUT_LOCKS"):
    import fcntl
    def flock(file, how):
        raise OSError(errno.ENOTSUP, "")
    fcntl.flock = flock
from genomics.io.lock import holding
with holding(sys.argv[1], *sys.argv[2:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another(folder, *part):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *part], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.communicate()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=["system", "none"])
def locks(request, monkeypatch):
    """With and without locks of the file system."""
    if request.param == "none":
        fcntl = pytest.importorskip("fcntl")

        def flock(file, how):
            raise OSError(errno.ENOTSUP, "")

        monkeypatch.setattr(fcntl, "flock", flock)
        monkeypatch.setenv("WITHOUT_LOCKS", "1")
    return request.param


def test_a_folder_is_held_by_one(tmp_path, locks):
    folder = tmp_path / "new" / "run"
    with holding(folder):
        held = json.loads((folder / ".lock").read_text())
        assert (held["pid"], held["host"]) == (os.getpid(), owner.host())
        write_text(folder / "a.txt", "a")
    assert names(folder) == ["a.txt"]


def test_the_second_one_is_told_and_touches_nothing(tmp_path, locks):
    with another(tmp_path) as process:
        before = (tmp_path / ".lock").read_bytes()
        told = (
            rf"^{tmp_path}: is in use by process {process.pid} on {re.escape(owner.host())} since \d{{4}}-\d\d-\d\d "
            r"\d\d:\d\d:\d\d \(-c .*\); wait for its end, or name another folder$"
        )
        for part in (None, "shard-0-of-2"):
            with pytest.raises(InputError, match=told), holding(tmp_path, part):
                pytest.fail("it is held")
        assert (tmp_path / ".lock").read_bytes() == before
        assert names(tmp_path) == [".lock"]
    with holding(tmp_path):
        pass
    assert names(tmp_path) == []


def test_parts_are_held_side_by_side(tmp_path, locks):
    with another(tmp_path, "shard-0-of-2") as process, holding(tmp_path, "shard-1-of-2"):
        for part in (None, "shard-0-of-2"):  # all of it, or the same part
            with (
                pytest.raises(InputError, match=rf"is in use by process ({process.pid}|{os.getpid()}) on "),
                holding(tmp_path, part),
            ):
                pytest.fail("it is held")
    assert names(tmp_path) == []


@pytest.mark.parametrize("part", [[], ["shard-0-of-2"]])
def test_what_a_killed_process_held_is_taken_over(tmp_path, locks, part):
    with another(tmp_path, *part) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert "-".join([".lock", *part]) in names(tmp_path)
        with holding(tmp_path, *part):
            assert json.loads((tmp_path / "-".join([".lock", *part])).read_text())["pid"] == os.getpid()
        with holding(tmp_path):
            pass


@pytest.mark.parametrize("name", [".lock", ".lock-shard-0-of-2"])
def test_of_another_machine_the_line_says_what_to_delete(tmp_path, locks, name):
    foreign = {"host": "elsewhere", "boot": "another", "pid": os.getpid(), "start": 1, "since": "then", "command": "c"}
    (tmp_path / name).write_text(json.dumps(foreign))
    message = r"in use by process \d+ on elsewhere since then \(c\); "
    message += f"if that does not run any more, delete {tmp_path}/{name}"
    with pytest.raises(InputError, match=message), holding(tmp_path):
        pytest.fail("it may be held")
    assert names(tmp_path) == [name]
    (tmp_path / name).unlink()
    with holding(tmp_path):
        pass


def test_another_container_of_this_machine_is_on_this_machine(tmp_path):
    if not owner.boot():
        pytest.skip("the system does not tell when it started")
    dead = {"host": "container", "boot": owner.boot(), "pid": 1, "start": 1, "since": "then", "command": "c"}
    (tmp_path / ".lock").write_text(json.dumps(dead))
    with holding(tmp_path):  # its process number says nothing; that the system gave the lock does
        pass


def test_a_file_that_tells_nothing(tmp_path, locks):
    (tmp_path / ".lock").write_text("{")
    if locks == "system":  # a process that was killed while it wrote
        with holding(tmp_path):
            pass
    else:
        with (
            pytest.raises(InputError, match=r"in use by another process; if that does not run .*, delete .*\.lock"),
            holding(tmp_path),
        ):
            pytest.fail("it may be held")


@pytest.mark.parametrize("part", [None, "shard-0-of-2"])
def test_a_folder_that_vanishes_is_told_at_the_end(tmp_path, part):
    folder = tmp_path / "run"

    def write():
        with holding(folder, part):
            shutil.rmtree(folder)
            write_text(folder / "a.txt", "what was there before is gone")

    with pytest.raises(InputError, match=r"run: was removed, or given to another run, while this one ran;"):
        write()


def test_a_lock_that_was_taken_from_us_is_not_ours_to_remove(tmp_path):
    def hold():
        with holding(tmp_path):
            (tmp_path / ".lock").unlink()
            (tmp_path / ".lock").write_text("of another")

    with pytest.raises(InputError, match="given to another run"):
        hold()
    assert (tmp_path / ".lock").read_text() == "of another"


def test_a_folder_in_which_nothing_came_to_be_goes_again(tmp_path):
    with pytest.raises(KeyError), holding(tmp_path / "new" / "run"):
        raise KeyError
    assert names(tmp_path) == []


def test_places_where_nothing_can_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    for place, reason in (("file/run", "Not a directory"), ("file", "File exists")):
        with pytest.raises(InputError, match=f"{place}: cannot be written: {reason}$"), holding(tmp_path / place):
            pytest.fail("it cannot be held")


def test_temporary_files_of_other_machines_go_with_the_lock(tmp_path):
    left = tmp_path / ".tmp-00000000-1-1-0123456789abcdef.a.h5"
    left.write_text("")
    with holding(tmp_path, "shard-0-of-2"):
        assert left.exists()  # another machine may write another part
    with holding(tmp_path):
        assert not left.exists()


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(lock.os, "pwrite", full)
    with pytest.raises(InputError, match=r"\.lock: cannot be written: No space left on device$"), holding(tmp_path):
        pytest.fail("it cannot be held")
    assert names(tmp_path) == []
