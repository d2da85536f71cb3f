"""Errors that libraries print past the program which they also tell."""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def unheard() -> Iterator[None]:
    """Within the block nothing is printed of errors that nobody can catch: of other threads, of objects that go."""
    heard = sys.excepthook, sys.unraisablehook
    sys.excepthook, sys.unraisablehook = lambda *_: None, lambda _: None
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = heard
