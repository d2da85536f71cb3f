"""SIGINT and SIGTERM as exceptions, but not where an exception would leave a library of C in pieces.

HDF5 calls Python to write into our files. An exception raised there is a failed write to it, and a file that it could
not close brings the process down when it ends (seen in HDF5 2.0: exit status 139). What is marked by `uninterrupted`
is finished first: until then the signal is sent again every few milliseconds.
"""

import inspect
import os
import signal
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import TypeVar

_F = TypeVar("_F", bound=Callable)
_SECONDS = 0.005
_uninterrupted: set[CodeType] = set()
#: Numbers of signals that are to be sent again.
_waiting: set[int] = set()


class Terminated(KeyboardInterrupt):
    """SIGTERM: what a batch system sends some seconds before it kills."""


def uninterrupted(function: _F) -> _F:
    """Marks a function, or a generator, whose code and all that it calls are finished before an interrupt is raised.

    The body of a `with` block is not called by the context manager's generator, and is interrupted as ever.
    """
    _uninterrupted.add(inspect.unwrap(function).__code__)
    return function


def listen() -> None:
    """From now on SIGINT raises `KeyboardInterrupt` and SIGTERM `Terminated`; a second one ends the process at once.

    A signal that is ignored (as nohup and shells set it for what runs behind) stays so.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        if frame.f_code in _uninterrupted:
            if number not in _waiting:
                _waiting.add(number)
                again = threading.Timer(_SECONDS, _send, (number,))
                again.daemon = True
                again.start()
            return
        frame = frame.f_back
    signal.signal(number, signal.SIG_DFL)
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _send(number: int) -> None:
    _waiting.discard(number)  # before it is sent: the handler may run at once, and must be able to wait again
    os.kill(os.getpid(), number)
