import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from genomics.errors import InputError
from genomics.io import atomic, owner
from genomics.io.atomic import append_text, replacing, write_bytes, write_text

TEMPORARY = re.compile(r"\.tmp-[0-9a-f]{8}-\d+-\d+-[0-9a-f]{16}\.(.*)")


def nothing(path):
    """A check that finds nothing wrong."""


def test_a_file_appears_whole(tmp_path):
    target = tmp_path / "new" / "file.txt"
    with replacing(target, nothing) as temporary:
        assert TEMPORARY.fullmatch(temporary.name)[1] == "file.txt"
        assert temporary.stat().st_size == 0  # created, so that nobody else can be
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_the_old_file(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def write_half():
        with replacing(target, nothing) as temporary:
            temporary.write_text("half")
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_its_reader_finds_wrong_leaves_the_old_file(tmp_path):
    target = tmp_path / "file.txt"
    target.write_text("old")

    def check(path):
        raise InputError(f"{path}: holds {path.read_text()!r}")

    with (
        pytest.raises(InputError, match=r"file.txt: was not written whole: holds 'half'$"),
        replacing(target, check) as temporary,
    ):
        temporary.write_text("half")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_bytes_that_change_on_their_way_are_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "read_bytes", lambda path: b"")
    with pytest.raises(InputError, match=r"file.txt: was not written whole: does not hold what was written$"):
        write_text(tmp_path / "file.txt", "a")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["file/out.h5", "file/inner/out.h5"])
def test_a_folder_that_cannot_be_made_is_named(tmp_path, place):
    (tmp_path / "file").write_text("not a folder")
    with (
        pytest.raises(InputError, match=f"{place}: cannot be written: Not a directory") as error,
        replacing(tmp_path / place, nothing),
    ):
        pytest.fail("nothing may be written there")
    assert "\n" not in str(error.value)


def test_names_as_long_as_the_file_system_takes(tmp_path):
    for name in ("a" * 252 + ".bw", "ä" * 126 + ".b"):
        write_bytes(tmp_path / name, b"1")
        with replacing(tmp_path / name, nothing) as temporary:
            assert temporary.suffix == Path(name).suffix  # libraries go by the ending
    assert len(list(tmp_path.iterdir())) == 2


_WRITE_OFTEN = """
import os, sys
os.getpid = lambda: 1
from genomics.io.atomic import write_text
for turn in range(50):
    write_text(sys.argv[1], f"{sys.argv[2]} {turn} " * 1000)
"""


def test_processes_that_write_one_file_do_not_disturb_each_other(tmp_path):
    """As in containers, where all of them have the number 1."""
    path = tmp_path / "one.json"
    running = [subprocess.Popen([sys.executable, "-c", _WRITE_OFTEN, str(path), name]) for name in ("a", "b")]
    assert [process.wait() for process in running] == [0, 0]
    assert path.read_text() in ("a 49 " * 1000, "b 49 " * 1000)
    assert [path.name for path in tmp_path.iterdir()] == ["one.json"]


def test_what_the_dead_have_left_is_cleared_and_nothing_else(tmp_path):
    die = "import os, sys; from genomics.io.atomic import replacing; from pathlib import Path\n"
    die += "with replacing(Path(sys.argv[1]) / 'a.h5', print) as path: os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", die, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    own = f"{owner.machine()}-{os.getpid()}-{owner.started(os.getpid())}"
    kept = [
        tmp_path / f".tmp-{own}-0123456789abcdef.a.h5",  # this process lives
        tmp_path / ".tmp-00000000-1-1-0123456789abcdef.a.h5",  # nobody here can say
        tmp_path / ".tmp-mine",
        tmp_path / "notes.txt",
    ]
    for path in kept:
        path.write_text("kept")
    write_text(tmp_path / "b.txt", "b")
    assert not left.exists()
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "b.txt"])
    atomic.clear(tmp_path, of_all=True)  # whoever holds the folder: nobody else writes there
    assert not kept[1].exists()
    assert kept[0].exists()


@pytest.mark.skipif(not owner.started(os.getpid()), reason="the system does not tell when a process started")
def test_a_number_that_was_given_again_is_another_process(tmp_path):
    again = tmp_path / f".tmp-{owner.machine()}-{os.getpid()}-1-0123456789abcdef.a.h5"
    again.write_text("left")
    atomic.clear(tmp_path)
    assert not again.exists()


def test_a_log_grows_by_whole_pieces(tmp_path, monkeypatch):
    path = tmp_path / "new" / "log.jsonl"
    append_text(path, "one\n")
    append_text(path, "two\n")
    assert path.read_text() == "one\ntwo\n"
    write = os.write

    def full(file, data):
        if len(data) < 5:
            raise OSError(28, "")
        return write(file, data[:4])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(InputError, match=r"log.jsonl: cannot be written: No space left on device$"):
        append_text(path, "three\n")
    monkeypatch.undo()
    assert path.read_text() == "one\ntwo\n"
