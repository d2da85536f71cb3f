"""What happens to a program: each case yields what became of its tries."""

import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults import disks, spelling
from tests.faults.tries import Campaign, Outcome, Outcomes


def killed(campaign: Campaign, name: str) -> Outcomes:
    """By SIGKILL, again and again, until there were enough; a run that was faster is followed by a new one."""
    kills, place = 0, campaign.place()
    while kills < campaign.kills:
        with campaign.programs[name].start(place) as process:
            status = _after(process, campaign.moment(name), signal.SIGKILL)
            said = process.stderr.read()
        if status == 0:
            wrong = campaign.result(name, place)
            place = campaign.place()
        else:
            kills += 1
            wrong = "" if status == -signal.SIGKILL else f"status {status}: {said[-500:]}"
        if wrong or status:
            yield wrong
    yield campaign.finish(name, place)


def stopped(campaign: Campaign, name: str, how: signal.Signals, word: str) -> Outcomes:
    """By a signal that is a request."""
    for _ in range(max(2, campaign.kills // 10)):
        place = campaign.place()
        with campaign.programs[name].start(place) as process:
            while process.poll() is None and not _listens(process.pid, how):
                time.sleep(0.01)
            status = _after(process, campaign.moment(name) * 0.6, how)
            said = process.stderr.read()
        if status in (0, -how):  # it was faster, or had done all and was on its way out
            yield campaign.result(name, place)
        elif status != 128 + how or said.strip().count("\n") or f"{word}; the same command goes on" not in said:
            yield f"status {status}: {said[-2000:]}"
        else:
            yield campaign.finish(name, place)


def _after(process: subprocess.Popen, seconds: float, how: signal.Signals) -> int:
    """The exit status of a process that gets a signal after some time."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
    return process.wait(600)


def _listens(pid: int, how: signal.Signals) -> bool:
    """Whether a process has said what to do at a signal."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = next((line for line in text.splitlines() if line.startswith("SigCgt:")), "SigCgt: 0")
    # Python itself catches SIGINT; the programs catch both at the same moment.
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def twice(campaign: Campaign, name: str) -> Outcomes:
    """Two processes at once: one does it, the other is told; of files both do."""
    for _ in range(max(2, campaign.kills // 10)):
        place, program = campaign.place(), campaign.programs[name]
        processes = [program.start(place) for _ in range(2)]
        ends = [(process.communicate(timeout=1200)[1], process.returncode) for process in processes]
        refused = [said for said, status in ends if status]
        if len(refused) > 1 or any(said for said, status in ends if not status):
            yield f"{ends}"
        elif refused and ("is in use by" not in refused[0] or refused[0].count("\n") != 1 or not program.is_folder):
            yield refused[0][-800:]
        else:
            yield campaign.result(name, place)
            shutil.rmtree(place)


def read_only(campaign: Campaign, name: str) -> Outcomes:
    """A folder that cannot be written."""
    place = campaign.place()
    place.mkdir()
    mount = f'mount --bind {place} {place} && mount -o remount,ro,bind {place} && exec "$@"'
    yield _one_line(*campaign.programs[name].run(place, "unshare", "-m", "sh", "-c", mount, "sh"))
    yield campaign.finish(name, place)


def vanishing(campaign: Campaign, name: str) -> Outcomes:
    """A folder that is removed while the program runs."""
    for _ in range(max(2, campaign.kills // 10)):
        place, program = campaign.place(), campaign.programs[name]
        with program.start(place) as process:
            time.sleep(campaign.moment(name) * 0.8)
            shutil.rmtree(place, ignore_errors=True)
            said = process.stderr.read()
        if process.returncode:
            yield _one_line(process.returncode, said)
        elif not place.exists():  # it had ended before
            yield ""
        else:
            yield campaign.result(name, place)
        shutil.rmtree(place, ignore_errors=True)
        yield campaign.finish(name, place)


def limited(campaign: Campaign, name: str) -> Outcomes:
    """No file may grow beyond some size, as a quota says; then it may."""
    for size in (0, 1000, 20_000):
        place = campaign.place()
        limit = (size, size)
        status, said = campaign.programs[name].run(
            place, preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        )
        yield _one_line(status, said) if status else campaign.result(name, place)
        yield campaign.finish(name, place)


def full(campaign: Campaign, name: str) -> Outcomes:
    """On a disk of some kilobytes; then space is freed, and the same command is given again."""
    for kilobytes in (8, 40, 100, 320, 372, 1000):
        place, program = campaign.place(), campaign.programs[name]
        place.mkdir()
        said, kept = place.with_suffix(".said"), place.with_suffix(".kept")
        script = f"mount -t tmpfs -o size={kilobytes}k none {place} || exit 77\n"
        script += f'"$@" 2> {said}; status=$?\n'
        script += f"mount -o remount,size=512m {place}\n"
        script += f'[ $status = 0 ] || "$@" 2>> {said}.again || exit 78\n'
        script += f"cp -r {place} {kept}; exit $status"
        status, _ = program.run(place, "unshare", "-m", "sh", "-c", script, "sh")
        if status not in (0, 2):
            yield f"{kilobytes} kB: status {status}: {_text(said)[-500:]} {_text(Path(f'{said}.again'))[-500:]}"
            continue
        wrong = _one_line(status, _text(said)) if status else _text(said)
        place.rmdir()
        kept.rename(place)
        yield f"{kilobytes} kB: {wrong}" if wrong else campaign.result(name, place)
        shutil.rmtree(place)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _one_line(status: int, said: str) -> Outcome:
    return "" if status == 2 and said.count("\n") == 1 and "error: " in said else f"status {status}: {said[-2000:]}"


def otherwise(campaign: Campaign, name: str) -> Outcomes:
    """Paths with `..`, by way of links, and relative ones."""
    for how in spelling.SPELLINGS:
        place = campaign.place()
        program, folder = spelling.spelled(campaign.programs[name], campaign.folder / "world", place, how)
        status, said = program.run(folder)
        yield f"{how}: status {status}: {said[-500:]}" if status or said else campaign.result(name, place, program)
        shutil.rmtree(place)


def formats(folder: Path, kind: str, sizes: int) -> Outcomes:
    """Every format on a disk that is full."""
    folder.mkdir()
    for case in disks.run(kind, folder, sizes):
        yield case["wrong"] and f"{case['format']}, {case['size']} bytes: {case['wrong']}"


CASES: dict[str, Callable[[Campaign, str], Outcomes]] = {
    "SIGKILL": killed,
    "SIGTERM": lambda campaign, name: stopped(campaign, name, signal.SIGTERM, "terminated"),
    "SIGINT": lambda campaign, name: stopped(campaign, name, signal.SIGINT, "interrupted"),
    "two at once": twice,
    "folder that vanishes": vanishing,
    "limit of file sizes": limited,
    "paths spelled otherwise": otherwise,
    "folder that is read-only": read_only,
    "disk that is full": full,
}
#: Those that mount file systems.
MOUNTING = ("folder that is read-only", "disk that is full")
