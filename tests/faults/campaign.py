"""Programs killed, stopped, run twice, and on disks that fail: is anything lost, or silently wrong?

  python -m tests.faults.campaign [--kills=50] [--sizes=40] [--only=scan.py] [--folder=DIR]

Prints a table (case, tried, held) and ends with status 1 where one did not hold. What held means: the results are those
of an undisturbed run, byte by byte but for when and where; a program that could not go on said so in one line and ended
with status 2 (130 and 143 after SIGINT and SIGTERM). An hour or two on 2 cores with 50 kills; minutes with --kills=2.
"""

import argparse
import random
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults import cluster, disks, shards, spelling
from tests.faults.programs import programs

#: What became of one try: nothing where it held, otherwise what is wrong.
Outcome = str
Outcomes = Iterator[Outcome]


class Campaign:
    """The programs with what they leave undisturbed, and the table.

    Attributes:
      folder: for everything.
      kills: of each program by SIGKILL.
      programs: by name.
      seconds: that each takes.
      good: what each leaves.
    """

    def __init__(self, folder: Path, kills: int, only: str):
        self.folder, self.kills = folder, kills
        everything = programs(folder / "world")
        self.programs = {name: each for name, each in everything.items() if only in name}
        self.good: dict[str, dict[str, object]] = {}
        self.seconds: dict[str, float] = {}
        self._table: list[tuple[str, int, int]] = []
        self._random, self._places = random.Random(0), 0
        for name, program in self.programs.items():
            place, began = self.place(), time.monotonic()
            status, said = program.run(place)
            if status or said:
                raise RuntimeError(f"{name}: undisturbed: status {status}: {said}")
            self.seconds[name] = time.monotonic() - began
            self.good[name] = program.result(place / program.name)
            shutil.rmtree(place)

    def place(self) -> Path:
        """A new folder."""
        self._places += 1
        return self.folder / f"{self._places:05d}"

    def add(self, case: str, outcomes: Outcomes) -> None:
        """Tries a case, and prints its line."""
        tried = held = 0
        for wrong in outcomes:
            tried, held = tried + 1, held + (not wrong)
            if wrong:
                print(f"  {case}: {wrong}", flush=True)
        self._table.append((case, tried, held))
        print(_line(case, tried, held), flush=True)

    def end(self) -> int:
        """Prints the table; the exit status."""
        print("\n" + _line("case", "tried", "held"))
        for case, tried, held in self._table:
            print(_line(case, tried, held))
        return int(any(tried != held for _, tried, held in self._table))

    def moment(self, name: str) -> float:
        """Seconds after which to disturb a program: most of them while it works, some before and after."""
        return self._random.uniform(0.2, 1.05) * self.seconds[name]

    def result(self, name: str, place: Path) -> Outcome:
        """Whether a program left what it leaves undisturbed."""
        program = self.programs[name]
        try:
            found = program.result(place / program.name)
        except Exception as error:
            return f"results cannot be read: {error!r}"
        differing = sorted(key for key in {**found, **self.good[name]} if found.get(key) != self.good[name].get(key))
        return f"results differ in {differing[:5]}" if differing else ""

    def finish(self, name: str, place: Path) -> Outcome:
        """Whether the same command, now undisturbed, leaves what it must; the folder is removed."""
        status, said = self.programs[name].run(place)
        again = f"the same command again: status {status}: {said[-500:]}"
        wrong = again if status or said else self.result(name, place)
        if not wrong:
            shutil.rmtree(place)
        return wrong


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
        yield f"{how}: status {status}: {said[-500:]}" if status or said else campaign.result(name, place)
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
_MOUNTING = ("folder that is read-only", "disk that is full")


def _line(case: str, tried: int | str, held: int | str) -> str:
    return f"{case:<62}{tried:>8}{held:>8}"


def main() -> int:
    """Runs the campaign."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, help="SIGKILLs of each program; of the other cases a tenth")
    parser.add_argument("--sizes", type=int, default=40, help="of disks for each format")
    parser.add_argument("--only", default="", help="programs whose name holds this, and nothing else")
    parser.add_argument("--cases", default="", help="cases whose name holds this")
    parser.add_argument("--folder", help="where to work; kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.folder or temporary).resolve() / "campaign"
        folder.mkdir(parents=True)
        why = disks.available("tmpfs", folder)
        campaign = Campaign(folder, given.kills, given.only)
        for case, outcomes in CASES.items():
            if given.cases not in case:
                continue
            if why and case in _MOUNTING:
                print(f"{case}: left out: {why}")
                continue
            for name in campaign.programs:
                campaign.add(f"{case}: {name}", outcomes(campaign, name))
        if not given.only:
            for kind in ("tmpfs", "limit"):
                reason = disks.available(kind, folder)
                if reason:
                    print(f"formats, {kind}: left out: {reason}")
                elif given.cases in "formats":
                    campaign.add(f"formats on a full disk ({kind})", formats(folder / kind, kind, given.sizes))
            for module in (shards, cluster):
                for case, outcomes in module.CASES.items():
                    if given.cases in case:
                        campaign.add(case, outcomes(campaign.place()))
        return campaign.end()


if __name__ == "__main__":
    raise SystemExit(main())
