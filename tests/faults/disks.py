"""Disks that fail: each write of a format in a process of its own, on a disk that holds only so much.

  python -m tests.faults.disks tmpfs|limit FOLDER NUMBER_OF_SIZES [FORMAT ...]    prints JSON

* `tmpfs`: a small file system in memory, filled until `size` bytes are free. It is mounted in a mount namespace of this
  process alone, so the command is run by `unshare -m`.
* `limit`: no file may grow beyond `size` bytes (RLIMIT_FSIZE): no rights are needed.

A process is forked for each case, and ends as every process does: with all that libraries do at the end.
"""

import contextlib
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from genomics.errors import InputError

ROOT = Path(__file__).parents[2]
_PAGE = 4096


def available(kind: str, folder: Path) -> str:
    """Why a kind of disk cannot be had here; empty where it can."""
    if kind == "limit":
        return "" if os.name == "posix" else "no limits of file sizes on this system"
    if shutil.which("unshare") is None:
        return "no mount namespaces on this system"
    mount = f"mount -t tmpfs -o size=64k none {folder}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"a tmpfs cannot be mounted here: {done.stderr.strip()}"


def command(kind: str, folder: Path, sizes: int, *formats: str) -> list[str]:
    """The command line that tries formats on a kind of disk."""
    alone = [] if kind == "limit" else ["unshare", "-m"]
    return [*alone, sys.executable, "-m", "tests.faults.disks", kind, str(folder), str(sizes), *formats]


def run(kind: str, folder: Path, sizes: int, *formats: str) -> list[dict]:
    """What became of each case: `format`, `size`, `status`, `wrong` (empty where all is as it must be)."""
    done = subprocess.run(command(kind, folder, sizes, *formats), capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def _try_all(kind: str, folder: Path, sizes: int, names: list[str]) -> tuple[int, list[dict]]:
    """The exit status, and in the parent what became of each case."""
    from tests.faults.formats import FORMATS

    gc.freeze()  # or each process that is forked looks through all of it at its end
    found = []
    for name in names or list(FORMATS):
        own = folder / name.replace(" ", "_").replace(".", "")
        inputs, disk = own / "inputs", own / "disk"
        inputs.mkdir(parents=True)
        disk.mkdir()
        FORMATS[name].prepare(inputs)
        needed = _needed(name, own / "whole", inputs)
        if kind == "tmpfs":
            pages = needed // _PAGE * 2 + 64
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * 4}k", "none", str(disk)], check=True)
        for number in range(sizes):
            size = round((needed + (16 + needed // _PAGE // 4) * _PAGE) * number / (sizes - 1))
            case = _try(kind, name, size, disk, inputs)
            if case is None:
                return -1, []  # the process that was forked
            found.append(case)
    return 0, found


def _needed(name: str, folder: Path, inputs: Path) -> int:
    """Bytes that a format takes when nothing fails."""
    from tests.faults.formats import FORMATS

    if FORMATS[name].before:
        folder.mkdir()
        (folder.parent / "inputs").mkdir(exist_ok=True)
        FORMATS[name].before(folder)
    folder.mkdir(exist_ok=True)
    FORMATS[name].write(folder, inputs)
    FORMATS[name].check(folder)
    assert sorted(_regular(folder)) == sorted(FORMATS[name].files)
    return sum((folder / each).stat().st_size for each in FORMATS[name].files)


def _regular(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.is_symlink()]


def _try(kind: str, name: str, size: int, disk: Path, inputs: Path) -> dict | None:
    """What became of one case; None in the process that was forked for it, which then ends."""
    from tests.faults.formats import FORMATS

    each = FORMATS[name]
    for path in disk.iterdir():
        path.unlink()
    if each.before:
        each.before(disk)
    before = {path: (disk / path).read_bytes() for path in _regular(disk)}
    read, write = os.pipe()
    with _filled(kind, disk, size) as filler:
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            os.dup2(write, 1)
            os.dup2(write, 2)
            os.close(read)
            sys.exit(_write(kind, name, size, disk, inputs))
        os.close(write)
        with open(read, encoding="utf-8", errors="replace") as file:
            told = file.read()
        _, status = os.waitpid(pid, 0)
        left = [path for path in _regular(disk) if path != filler]
    wrong = _judge(name, disk, left, before, os.waitstatus_to_exitcode(status), told)
    return {"format": name, "size": size, "status": os.waitstatus_to_exitcode(status), "wrong": wrong}


def _write(kind: str, name: str, size: int, disk: Path, inputs: Path) -> int:
    """In the process of a case: writes, and tells of an error as programs do."""
    from tests.faults.formats import FORMATS

    if kind == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        FORMATS[name].write(disk, inputs)
    except InputError as error:
        print(f"error: {error}")
        return 2
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def _filled(kind: str, disk: Path, size: int) -> Iterator[str]:
    """Fills a file system until so much is free; the name of the file that does."""
    filler, own = disk / ".filler", os.getpid()
    if kind == "tmpfs":
        free = os.statvfs(disk)
        pages = free.f_bavail - size // _PAGE
        with filler.open("wb") as file:
            if pages > 0:
                os.posix_fallocate(file.fileno(), 0, pages * _PAGE)
    try:
        yield filler.name
    finally:
        if os.getpid() == own:  # not the one that was forked: its end belongs to the case
            filler.unlink(missing_ok=True)


def _judge(name: str, disk: Path, left: list[str], before: dict[str, bytes], status: int, told: str) -> str:
    """What is not as it must be: whole and silent, or as before with one line."""
    from tests.faults.formats import FORMATS

    each = FORMATS[name]
    if status == 0:
        try:
            each.check(disk)
        except Exception as error:
            return f"exit status 0, and the file is not whole: {error!r}"
        return "" if sorted(left) == sorted(each.files) and not told else f"left {left}, said {told!r}"
    if status != 2 or told.count("\n") != 1 or not told.startswith("error: "):
        return f"exit status {status}: {told[-300:]!r}"
    strays = [path for path in left if path not in each.files]
    if strays:
        return f"left {strays}"
    for path, data in before.items():
        if (disk / path).read_bytes() != data:
            return f"{path} is not what it was"
    # Of formats of several files some may be whole; then they are those of the whole write.
    whole = disk.parent / "whole"
    for path in set(left) - set(before):
        if path.endswith((".gz", ".tbi", ".csi")) and (disk / path).read_bytes() != (whole / path).read_bytes():
            return f"{path} is not whole"
        if (disk / path).stat().st_size != (whole / path).stat().st_size:
            return f"{path} is not whole"
    return ""


if __name__ == "__main__":
    exit_status, cases = _try_all(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
    if exit_status == 0:
        print(json.dumps(cases))
