"""Shards of a scan that are missing, there twice, or of another network."""

import dataclasses
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.programs import programs


class _Shards:
    """A scan in shards, and what one process makes of all."""

    def __init__(self, folder: Path):
        whole = programs(folder / "world")["scan.py"]
        arguments = tuple("--part_size=5400" if each.startswith("--part_size") else each for each in whole.arguments)
        self._program = dataclasses.replace(whole, arguments=arguments)
        self._folder = folder
        self.out = folder / "shards" / "out"
        _must(self._program.run(folder / "good"))
        self._good = self._program.result(folder / "good" / "out")

    def shard(self, number: int, *, model: str = "build", place: str = "shards") -> subprocess.Popen:
        """Starts shard `number` of 2."""
        own = tuple(each.replace("tiny_network:build", f"tiny_network:{model}") for each in self._program.arguments)
        program = dataclasses.replace(self._program, arguments=(*own, f"--shard={number}/2"))
        return program.start(self._folder / place)

    def merge(self) -> tuple[int, str]:
        """Exit status and what is said."""
        return dataclasses.replace(self._program, arguments=("scan.py", "--merge")).run(self.out.parent)

    def wrong(self) -> str:
        """Whether the merged scan is that of one process."""
        status, said = self.merge()
        if status:
            return f"status {status}: {said[-500:]}"
        found = self._program.result(self.out)
        differing = sorted(key for key in {**found, **self._good} if found.get(key) != self._good.get(key))
        return f"results differ in {differing[:5]}" if differing else ""

    def refused(self, *names: str) -> str:
        """Whether merging is refused in one line that names parts."""
        status, said = self.merge()
        right = status == 2 and said.count("\n") == 1 and all(name in said for name in names)
        return "" if right else f"status {status}: {said[-500:]}"


def _must(end: tuple[int, str]) -> None:
    if end[0]:
        raise RuntimeError(f"{end}")


def _end(process: subprocess.Popen) -> tuple[int, str]:
    _, said = process.communicate(timeout=1200)
    return process.returncode, said


def side_by_side(folder: Path) -> Iterator[str]:
    """Two shards at once, in one folder; of one begun twice, whichever is later is told, or does it again."""
    scan = _Shards(folder)
    running = [scan.shard(number) for number in (0, 1, 0)]
    one, other, same = (_end(process) for process in running)
    yield "" if other == (0, "") else f"{other}"
    done = [end for end in (one, same) if end == (0, "")]
    told = [end for end in (one, same) if end[0] == 2 and "is in use by" in end[1] and end[1].count("\n") == 1]
    yield "" if done and len(done) + len(told) == 2 else f"{one} {same}"
    yield scan.wrong()


def missing(folder: Path) -> Iterator[str]:
    """Only one shard ran; then the other does."""
    scan = _Shards(folder)
    _must(_end(scan.shard(1)))
    yield scan.refused("part-00000.h5")
    _must(_end(scan.shard(0)))
    yield scan.wrong()


def duplicated(folder: Path) -> Iterator[str]:
    """A part under the name of another; then its shard runs again."""
    scan = _Shards(folder)
    for number in (0, 1):
        _must(_end(scan.shard(number)))
    shutil.copyfile(scan.out / "part-00000.h5", scan.out / "part-00001.h5")
    yield scan.refused("part-00001.h5")
    _must(_end(scan.shard(1)))
    yield scan.wrong()


def of_another_model(folder: Path) -> Iterator[str]:
    """A part of another network's scan; and a shard of another network in the same folder."""
    scan = _Shards(folder)
    for number in (0, 1):
        _must(_end(scan.shard(number)))
        _must(_end(scan.shard(number, model="other", place="other")))
    shutil.copyfile(folder / "other" / "out" / "part-00000.h5", scan.out / "part-00000.h5")
    yield scan.refused("part-00000.h5")
    status, said = _end(scan.shard(0, model="other"))
    yield "" if status == 2 and "holds a scan with other settings" in said else f"status {status}: {said[-500:]}"
    _must(_end(scan.shard(0)))
    yield scan.wrong()


CASES: dict[str, Callable[[Path], Iterator[str]]] = {
    "shards side by side": side_by_side,
    "shards missing": missing,
    "shards duplicated": duplicated,
    "shards of another network": of_another_model,
}
