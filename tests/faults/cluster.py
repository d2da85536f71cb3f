"""Scans on a Ray cluster of this machine: workers killed, the driver killed, workers lost for good."""

import importlib.util
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.programs import Program, programs


def _scan(folder: Path) -> tuple[Program, dict[str, object]]:
    """The program on a cluster, and what one process makes of the same."""
    alone = programs(folder / "world")["scan.py"]
    status, said = alone.run(folder / "good")
    if status:
        raise RuntimeError(said)
    good = {name: value for name, value in alone.result(folder / "good" / "out").items() if name.startswith("part-")}
    arguments = (*alone.arguments, "--engine=ray", "--num_workers=2")
    return Program(arguments=arguments, output="--output", name="out", result=alone.result), good


def _wrong(program: Program, folder: Path, good: dict[str, object]) -> str:
    found = program.result(folder / "out")
    parts = {name: value for name, value in found.items() if name.startswith("part-")}
    return "" if parts == good and "manifest.json" in found else "results differ from those of one process"


def _workers(driver: int) -> list[int]:
    """Processes of actors below a driver."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat, name = (folder / "stat").read_text(), (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1]), name
    found, above = [], {driver}
    while above:
        below = {each for each, (parent, _) in parents.items() if parent in above}
        found += [each for each in below if parents[each][1].startswith("ray::Worker")]
        above = below
    return found


def _until(process: subprocess.Popen, condition: Callable[[], object]) -> None:
    while process.poll() is None and not condition():
        time.sleep(0.02)


def worker_killed(folder: Path) -> Iterator[str]:
    """One of two, in the midst of it."""
    program, good = _scan(folder)
    process = program.start(folder)
    _until(process, lambda: list((folder / "out").glob("part-*")))
    workers = _workers(process.pid)
    if not workers:
        yield f"no workers were found; status {process.poll()}"
    for worker in workers[:1]:
        os.kill(worker, signal.SIGKILL)
    _, said = process.communicate(timeout=1200)
    yield _wrong(program, folder, good) if process.returncode == 0 else f"status {process.returncode}: {said[-500:]}"


def driver_killed(folder: Path) -> Iterator[str]:
    """The command itself, twice; then the same command ends."""
    program, good = _scan(folder)
    for _ in range(2):
        before = len(list((folder / "out").glob("part-*")))
        with program.start(folder) as process:
            _until(process, lambda before=before: len(list((folder / "out").glob("part-*"))) > before)
            process.send_signal(signal.SIGKILL)
            process.wait()
        yield "" if process.returncode == -signal.SIGKILL else f"status {process.returncode}"
    status, said = program.run(folder)
    yield _wrong(program, folder, good) if status == 0 else f"status {status}: {said[-500:]}"


def workers_lost(folder: Path) -> Iterator[str]:
    """Every worker is killed as soon as it is there: one line; then the same command ends."""
    program, good = _scan(folder)
    process = program.start(folder)
    while process.poll() is None:
        for worker in _workers(process.pid):
            try:
                os.kill(worker, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)
    said = process.stderr.read()
    process.stderr.close()
    lines = [line for line in said.splitlines() if "error: " in line]
    right = process.returncode == 2 and len(lines) == 1 and "lost 4 workers" in lines[0] and "Traceback" not in said
    yield "" if right else f"status {process.returncode}: {said[-800:]}"
    status, said = program.run(folder)
    yield _wrong(program, folder, good) if status == 0 else f"status {status}: {said[-500:]}"


CASES: dict[str, Callable[[Path], Iterator[str]]] = (
    {
        "Ray: a worker killed": worker_killed,
        "Ray: the driver killed": driver_killed,
        "Ray: workers lost for good": workers_lost,
    }
    if importlib.util.find_spec("ray") and Path("/proc").is_dir()
    else {}
)
