"""Where the time of a scan goes: seconds of each of its stages, for `--profile`.

Three threads work at a scan: one reads, one hands chunks to the devices and takes what comes back, one summarises and
writes. What bounds the second one bounds the scan: it computes, or it waits for one of the others.
"""

import collections
import contextlib
import threading
import time
from collections.abc import Iterator, Mapping

#: Stages of the thread that hands out chunks, in order, and what each is; together they are the time of the whole.
IN_TURN = {
    "plan": "plan, and parts that are there already",
    "wait_read": "wait for reading",
    "compile": "compile, and the first chunk of each kind",
    "device": "wait for the device",
    "copy": "copy into parts",
    "wait_workers": "wait for workers",
    "wait_write": "wait for writing",
    "check": "check parts before the merge",
    "join": "join tracks",
    "annotate": "annotate the VCF file",
    "wait_table": "wait for the table of alleles",
    "rank": "alleles by their effects",
}
#: Stages of the other threads.
BESIDE = {"read": "read", "summarise": "summarise", "write": "write", "table": "table of alleles"}
#: Those of other processes, all together.
WORKER = "worker_"


class Stages:
    """Seconds by stage; any thread may add to them."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seconds: collections.defaultdict[str, float] = collections.defaultdict(float)

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Counts the seconds of the block for a stage of `IN_TURN` or `BESIDE`."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add({name: time.perf_counter() - started})

    def add(self, seconds: Mapping[str, float]) -> None:
        """Counts what was measured elsewhere."""
        with self._lock:
            for name, value in seconds.items():
                self._seconds[name] += value

    def taken(self) -> dict[str, float]:
        """Seconds by stage, of which none are left."""
        with self._lock:
            found = dict(self._seconds)
            self._seconds.clear()
        return found

    def lines(self, whole: float) -> Iterator[str]:
        """What --profile prints.

        Args:
          whole: seconds from the plan to the last file.
        """
        found = self.taken()
        yield f"profile: {whole:.2f} s from the plan to the last file"
        of_workers = {f"{WORKER}{name}": what for name, what in (IN_TURN | BESIDE).items()}
        groups = (IN_TURN, None), (BESIDE, "beside it, in threads"), (of_workers, "of all workers together")
        for names, title in groups:
            if title and any(name in found for name in names):
                yield f"  {title}:"
            for name, what in names.items():
                if name in found:
                    yield f"  {found[name]:9.2f} s  {what}"
