"""How far a long computation is: one bar on a terminal, a line now and then elsewhere.

Nothing is known of the speed before the first piece is there: until then XLA compiles, and this is what is said. The
time left is estimated from what came after it.
"""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 20.0
#: Fits into 80 columns.
_BAR = "{desc} {n_fmt}/{total_fmt} |{bar}|{postfix}"


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


def duration(seconds: float) -> str:
    """In words: `42 s`, `7 min 5 s`, `3 h 12 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
