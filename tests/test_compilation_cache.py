"""What was compiled is found by the next start; whatever happens to the folder is no error."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import jax
import pytest

from genomics import compilation_cache
from genomics.compilation_cache import Store, cache_folder, make_room, use_compilation_cache

PROGRAM = """
import collections
import jax
from genomics.command import run
events = collections.Counter()
jax.monitoring.register_event_listener(lambda event, **_: events.update([event.rpartition("/")[2]]))

def main(argv):
    result = jax.jit(lambda x: jax.numpy.sin(x) @ x.T)(jax.numpy.ones((3, 2)))
    print(float(result.sum()), events["cache_misses"], events["cache_hits"])

run(main)
"""


def started(tmp_path, *flags, **variables):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = {name: value for name, value in os.environ.items() if name != "GENOMICS_CACHE"}
    done = subprocess.run(
        [sys.executable, program, *flags],
        env=environment | {"PYTHONPATH": str(Path(__file__).parents[1])} | variables,
        capture_output=True,
        text=True,
    )
    assert not done.stderr
    assert done.returncode == 0
    value, misses, hits = done.stdout.split()
    assert float(value) == pytest.approx(9 * 2 * 0.8414709848)
    return int(misses), int(hits)


def test_a_second_start_compiles_nothing(tmp_path):
    home = str(tmp_path / "home")
    misses, hits = started(tmp_path, XDG_CACHE_HOME=home)
    assert misses > 0
    assert hits == 0
    assert {path.suffix for path in Path(home).glob("genomics/*/*")} == {".cache"}
    assert started(tmp_path, XDG_CACHE_HOME=home) == (0, misses)
    assert started(tmp_path, "--nocompilation_cache", XDG_CACHE_HOME=home) == (0, 0)


LOADED = """
import os, sys
import genomics, jax
folder = lambda: jax.config.jax_compilation_cache_dir
load = lambda: genomics.load(lambda x: x.sum(0), length=3, task_names=list("ACGT"))
genomics.ism(lambda x: x.sum(0))
assert folder() is None  # importing sets nothing
os.environ["GENOMICS_CACHE"] = "off"
load()
assert folder() is None
os.environ["GENOMICS_CACHE"] = sys.argv[1] + "/ours"
jax.config.update("jax_compilation_cache_dir", sys.argv[1] + "/own")
load()
assert folder() == sys.argv[1] + "/own"
jax.config.update("jax_compilation_cache_dir", None)
load().predict("ACG")
assert folder().startswith(sys.argv[1] + "/ours")
assert any(name.endswith(".cache") for name in os.listdir(folder()))
from jax._src import compilation_cache  # a folder that the user names later is the user's
assert compilation_cache.get_file_cache(sys.argv[1] + "/later")[1].endswith("/later")
assert os.path.isdir(sys.argv[1] + "/later")
"""


def test_load_switches_it_on_where_the_user_has_not_decided(tmp_path):
    root = Path(__file__).parents[1]
    environment = {name: value for name, value in os.environ.items() if name != "GENOMICS_CACHE"}
    subprocess.run(
        [sys.executable, "-c", LOADED, str(tmp_path)], check=True, env=environment | {"PYTHONPATH": str(root)}
    )


@pytest.mark.parametrize("entry", [b"", b"cut", bytes(1000)], ids=["empty", "short", "zeros"])
def test_damaged_entries_are_compiled_anew(tmp_path, entry):
    store = Store(tmp_path)
    store.put("key", b"value")
    assert store.get("key") == b"value"
    (path,) = tmp_path.iterdir()
    path.write_bytes(entry)
    assert store.get("key") is None
    assert not path.exists()
    store.put("key", b"value")
    assert store.get("key") == b"value"


def test_any_bit_that_turned_is_found(tmp_path):
    store = Store(tmp_path)
    store.put("key", b"value")
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert store.get("key") is None


def test_on_a_full_disk_nothing_is_left_and_nothing_is_said(tmp_path, monkeypatch, capfd):
    store = Store(tmp_path)
    store.put("first", b"1")

    def full(self, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", full)
        store.put("second", b"2")
    assert [path.name for path in tmp_path.iterdir()] == ["first.cache"]
    store.put("third", b"3")  # it does not try again for every program
    assert [path.name for path in tmp_path.iterdir()] == ["first.cache"]
    assert store.get("first") == b"1"
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_deleted_meanwhile_costs_only_time(tmp_path):
    store = Store(tmp_path / "gone")
    store.put("key", b"value")
    assert store.get("key") is None


def test_what_was_used_the_longest_ago_makes_room(tmp_path):
    now = time.time()
    for age, (folder, name) in enumerate(
        [("a", "new.cache"), ("b", "newer.cache"), ("a", "old.cache"), ("b", "x.cache")]
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(bytes(100))
        os.utime(tmp_path / folder / name, (now - age, now - age))
    make_room(tmp_path, 400)
    assert len(list(tmp_path.glob("*/*"))) == 4
    make_room(tmp_path, 399)  # to 80 %, of all folders together
    assert sorted(path.name for path in tmp_path.glob("*/*")) == ["new.cache", "newer.cache", "old.cache"]
    (tmp_path / "a" / ".tmp-1").write_bytes(b"")
    (tmp_path / "a" / ".tmp-2").write_bytes(b"")
    os.utime(tmp_path / "a" / ".tmp-1", (1, 1))
    make_room(tmp_path, 399)
    assert not (tmp_path / "a" / ".tmp-1").exists()
    assert (tmp_path / "a" / ".tmp-2").exists()


def test_a_store_bounds_what_all_take(tmp_path, monkeypatch):
    monkeypatch.setattr(compilation_cache, "MOST_BYTES", 4000)
    monkeypatch.setattr(compilation_cache, "_BETWEEN_LOOKS", 500)
    (tmp_path / "of_a_version").mkdir()
    store = Store(tmp_path / "of_a_version")
    for number in range(60):
        store.put(str(number), bytes(300))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.cache")) < 5000
    assert store.get("59") == bytes(300)
    store.put("large", bytes(501))
    assert store.get("large") is None


def test_types_of_cpu_do_not_share(tmp_path, monkeypatch):
    monkeypatch.setenv("GENOMICS_CACHE", str(tmp_path))
    cpus, read_text, folders = tmp_path / "cpuinfo", Path.read_text, set()

    def read(path, *args, **named):
        return read_text(cpus if str(path) == "/proc/cpuinfo" else path, *args, **named)

    monkeypatch.setattr(Path, "read_text", read)
    for lines in (
        "model\t: 1\nflags\t: sse avx\ncpu MHz\t: {}",
        "model\t: 1\nflags\t: sse\ncpu MHz\t: {}",
        "model\t: 2",
    ):
        for clock in (1000, 2000):
            cpus.write_text(lines.format(clock) + "\n\nmodel\t: other")
            folders.add(cache_folder())
    assert len(folders) == 3
    assert all(folder.is_dir() and folder.stat().st_mode & 0o077 == 0 for folder in folders)


def test_what_others_may_write_is_not_executed(tmp_path, monkeypatch):
    monkeypatch.setenv("GENOMICS_CACHE", str(tmp_path))
    folder = cache_folder()
    folder.chmod(0o777)
    assert cache_folder() is None
    folder.chmod(0o700)
    assert cache_folder() == folder


@pytest.mark.parametrize("variable", ["GENOMICS_CACHE", "XDG_CACHE_HOME"])
def test_without_a_place_there_is_no_cache(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("GENOMICS_CACHE", raising=False)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    assert cache_folder() is None


def test_a_relative_folder_of_caches_is_none(tmp_path, monkeypatch):
    monkeypatch.delenv("GENOMICS_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().is_relative_to(tmp_path / ".cache" / "genomics")


def test_the_users_own_folder_wins(tmp_path, monkeypatch):
    before = jax.config.jax_compilation_cache_dir
    try:
        monkeypatch.setenv("GENOMICS_CACHE", str(tmp_path))
        jax.config.update("jax_compilation_cache_dir", "mine")
        use_compilation_cache()
        assert jax.config.jax_compilation_cache_dir == "mine"
    finally:
        jax.config.update("jax_compilation_cache_dir", before)
    assert not list(tmp_path.iterdir())
