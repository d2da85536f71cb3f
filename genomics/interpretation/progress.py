"""What a long computation shows: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 20.0


@contextlib.contextmanager
def progress(what: str, total: int, done: int = 0, *, unit: str = "sequences") -> Iterator[Callable[[int], object]]:
    """Yields a function to call with the number of units that were just finished.

    Args:
      what: is being computed.
      total: number of units.
      done: of these, finished by an earlier run.
      unit: what is counted.
    """
    if sys.stderr.isatty():
        with tqdm(total=total, initial=done, desc=what, unit=f" {unit}", leave=True) as bar:
            yield bar.update
        return
    started = printed = time.monotonic()

    def advance(count: int) -> None:
        nonlocal done, printed
        done += count
        now = time.monotonic()
        if done == total or now - printed >= _SECONDS_BETWEEN_LINES:
            print(f"{what}: {done}/{total} {unit}, {now - started:.1f} s", flush=True)
            printed = now

    yield advance
