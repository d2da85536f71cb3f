"""How far a long computation is: one bar on a terminal, a line now and then elsewhere.

Nothing is known of the speed before the first piece is there: until then XLA compiles, and this is what is said. The
time left is estimated from what came after it. Of several computations some pieces of each come first, so that the
time of all is known.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 20.0
#: Fits into 80 columns.
_BAR = "{desc} {n_fmt}/{total_fmt} |{bar}|{postfix}"
_SHARE = "{desc} {percentage:3.0f} % |{bar}|{postfix}"


class Estimate:
    """The time that is left, from the pieces after the first one."""

    def __init__(self, total: int, done: int = 0):
        self._total, self._done = total, done
        self._first = 0
        self._since: float | None = None

    @property
    def compiling(self) -> bool:
        """Whether the first piece is still awaited."""
        return self._since is None

    def advance(self, count: int, now: float | None = None) -> float | None:
        """Counts a piece; seconds left, None while nobody knows."""
        now = time.monotonic() if now is None else now
        self._done += count
        if self._since is None:
            self._since, self._first = now, self._done
            return 0.0 if self._done >= self._total else None
        if self._done <= self._first or now <= self._since:
            return None
        return (self._total - self._done) * (now - self._since) / (self._done - self._first)


@contextlib.contextmanager
def progress(
    what: str,
    total: int,
    done: int = 0,
    *,
    unit: str = "sequences",
    place: tuple[int, int] | None = None,
    end: bool = True,
) -> Iterator[Callable[[int], object]]:
    """Yields a function to call with the number of units that were just finished.

    Args:
      what: is being computed.
      total: number of units.
      done: of these, finished by an earlier run.
      unit: what is counted.
      place: which one this is of how many such computations, from 1; the bar of the last one stays.
      end: whether a line tells the end, where there is no bar.
    """
    which = f" ({place[0]} of {place[1]})" if place and place[1] > 1 else ""
    estimate = Estimate(total, done)
    if sys.stderr.isatty():
        stays = place is None or place[0] == place[1]
        with tqdm(total=total, initial=done, desc=what + which, bar_format=_BAR, unit_scale=True, leave=stays) as bar:
            bar.set_postfix_str("compiling")

            def move(count: int) -> None:
                left = estimate.advance(count)
                bar.set_postfix_str("" if left is None else f"{duration(left)} left", refresh=False)
                bar.update(count)

            yield move
            bar.total = bar.n  # what is not computed, as bases that are N, may be counted before it is seen
        return
    started = printed = time.monotonic()
    told = done

    def advance(count: int) -> None:
        nonlocal told, printed
        left = estimate.advance(count)
        told += count
        now = time.monotonic()
        if told >= total and end:
            print(f"{what}: {told:,}/{total:,} {unit}{which}, {now - started:.1f} s", flush=True)
        elif told < total and now - printed >= _SECONDS_BETWEEN_LINES:
            wait = "the time left is not known yet" if left is None else f"{duration(left)} left"
            print(f"{what}: {told:,}/{total:,} {unit}{which}, {wait}", flush=True)
            printed = now

    yield advance


class Estimates:
    """The time that is left of several computations, each with a speed of its own."""

    def __init__(self, left: Mapping[str, int]):
        self._left = dict(left)
        self._total = dict(left)
        self._first: dict[str, tuple[int, float]] = {}
        self._later: dict[str, tuple[int, float]] = dict.fromkeys(left, (0, 0.0))

    def advance(self, name: str, count: int, seconds: float) -> None:
        """Counts a piece, and the time that it took without compilation."""
        self._left[name] -= count
        if name not in self._first:
            self._first[name] = count, seconds
        else:
            units, before = self._later[name]
            self._later[name] = units + count, before + seconds

    def _each(self, name: str) -> float:
        """Seconds of a unit: of the pieces after the first one, which starts slowly, where there are any."""
        count, seconds = self._later[name] if self._later[name][0] else self._first[name]
        return seconds / count

    def seconds(self) -> float | None:
        """That are left; None while nobody knows."""
        wanted = [name for name, left in self._left.items() if left]
        if any(name not in self._first for name in wanted):
            return None
        return sum((self._left[name] * self._each(name) for name in wanted), 0.0)

    def share(self) -> float:
        """Of the work that is done: by the time that it takes, or by its units while nobody knows."""
        known = self.seconds() is not None
        weight = {name: self._each(name) if known and name in self._first else 1.0 for name in self._total}
        total = sum(weight[name] * count for name, count in self._total.items())
        left = sum(weight[name] * count for name, count in self._left.items())
        return 1 - left / total if total > 0 else 1.0


class Several:
    """One bar of several computations, on a terminal; a line now and then elsewhere."""

    def __init__(self, totals: Mapping[str, int], done: Mapping[str, int], bar: tqdm | None):
        self._totals, self._done, self._bar = dict(totals), dict(done), bar
        self.estimates = Estimates({name: count - done[name] for name, count in totals.items()})
        self._took = dict.fromkeys(totals, 0.0)
        self._since = self._printed = time.monotonic()

    def compiling(self, name: str) -> None:
        """Says what is compiled now."""
        self._since = time.monotonic()
        if self._bar is not None:
            self._bar.set_description_str(self._named(name), refresh=False)
            self._bar.set_postfix_str("compiling")

    def compiled(self, name: str) -> None:
        """From now on pieces of this one are computed."""
        now = time.monotonic()
        self._took[name] += now - self._since
        self._since = now

    def advance(self, name: str, count: int) -> None:
        """A piece is there, computed since the one before it."""
        now = time.monotonic()
        self.estimates.advance(name, count, now - self._since)
        self._took[name] += now - self._since
        self._done[name] += count
        self._since = now
        left = self.estimates.seconds()
        if self._bar is not None:
            self._bar.set_description_str(self._named(name), refresh=False)
            self._bar.set_postfix_str("" if left is None else f"{duration(left)} left", refresh=False)
            self._bar.n = 100 * self.estimates.share()
            self._bar.refresh()
            return
        of = f"{name}: {self._done[name]:,}/{self._totals[name]:,} sequences{self._place(name)}"
        if self._done[name] >= self._totals[name]:
            print(f"{of}, {self._took[name]:.1f} s", flush=True)
        elif now - self._printed >= _SECONDS_BETWEEN_LINES:
            several = " of all" if len(self._totals) > 1 else ""
            print(
                f"{of}, {'the time left is not known yet' if left is None else f'{duration(left)} left{several}'}",
                flush=True,
            )
            self._printed = now

    def _named(self, name: str) -> str:
        return f"{name}{self._place(name)}"

    def _place(self, name: str) -> str:
        return f" ({list(self._totals).index(name) + 1} of {len(self._totals)})" if len(self._totals) > 1 else ""


@contextlib.contextmanager
def progress_of_several(totals: Mapping[str, int], done: Mapping[str, int]) -> Iterator[Several]:
    """Yields what to tell of several computations; the time left is that of all of them, without compilation.

    Args:
      totals: number of sequences of each.
      done: of these, finished by an earlier run.
    """
    if not sys.stderr.isatty():
        yield Several(totals, done, None)
        return
    with tqdm(total=100, desc=next(iter(totals), ""), bar_format=_SHARE, leave=True) as bar:
        yield Several(totals, done, bar)


def duration(seconds: float) -> str:
    """In words: `42 s`, `7 min 5 s`, `3 h 12 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
