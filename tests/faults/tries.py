"""A campaign against the programs: what each leaves undisturbed, the tries, and the table of them."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.programs import Program, programs

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

    def result(self, name: str, place: Path, program: Program | None = None) -> Outcome:
        """Whether a program, or another form of it, left what it leaves undisturbed."""
        program = program or self.programs[name]
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


def _line(case: str, tried: int | str, held: int | str) -> str:
    return f"{case:<62}{tried:>8}{held:>8}"
