"""How far a scan is: a bar on a terminal, a line now and then elsewhere; always with the rate and the time left."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 20.0


@contextlib.contextmanager
def progress(unit: str, total: int) -> Iterator[Callable[[int], object]]:
    """Yields a function to call with the number of units that were just finished.

    Args:
      unit: what is counted, e.g. variants.
      total: how many are to be done.
    """
    if sys.stderr.isatty():
        with tqdm(total=total, unit=f" {unit}", unit_scale=True, dynamic_ncols=True) as bar:
            yield bar.update
            bar.total = bar.n  # N, which are not scored, were counted before they were seen
        return
    started = printed = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, printed
        done += count
        now = time.monotonic()
        if now - printed >= _SECONDS_BETWEEN_LINES:
            rate = done / (now - started)
            left = duration((total - done) / rate) if rate else "unknown"
            print(f"{done:,} of {total:,} {unit}, {rate:,.0f} {unit}/s, {left} left", flush=True)
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
