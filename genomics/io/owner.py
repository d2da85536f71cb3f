"""Which process a temporary file or a lock belongs to, told so that any other process can see whether it still runs."""

import functools
import hashlib
import os
import socket
from pathlib import Path

#: Letters of a digest that names a machine.
_DIGITS = 8


def host() -> str:
    """The name of this machine."""
    return socket.gethostname() or "localhost"


def boot() -> str:
    """A text that is equal for processes that one kernel runs, whatever their containers call the machine.

    Empty where the system does not tell.
    """
    return _read("/proc/sys/kernel/random/boot_id")


@functools.cache
def machine() -> str:
    """A short name for what process numbers are unique in: this kernel, and of its containers this one."""
    try:
        numbers = os.readlink("/proc/self/ns/pid")
    except OSError:
        numbers = ""
    return hashlib.sha256(f"{host()} {boot()} {numbers}".encode()).hexdigest()[:_DIGITS]


def started(pid: int) -> int:
    """When a process of this machine started, in ticks of the kernel's clock; 0 where the system does not tell.

    Numbers of processes are given again, this pair is not.
    """
    # The name of the program, in brackets, may hold anything; field 22 of the line is the twentieth after it.
    _, _, after = _read(f"/proc/{pid}/stat").rpartition(")")
    fields = after.split()
    return int(fields[19]) if len(fields) > 19 else 0


def runs(pid: int, start: int) -> bool:
    """Whether the process of this machine with this number, started then, still runs; True where nobody can say."""
    if os.name == "nt":  # where os.kill ends the process that it asks about
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user: it runs
        pass
    return started(pid) == start


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
