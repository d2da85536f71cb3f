"""How every command starts and fails: the programs, and the `python -m` of any package."""

import functools
import os
import sys
from collections.abc import Callable
from logging import Formatter, LogRecord
from typing import NoReturn

from absl import app, flags, logging

from genomics.errors import InputError

# What a shell reports of a program that an interrupt stopped.
_INTERRUPTED = 130


def run(main: Callable[[list[str]], None], define: Callable[[list[str]], None] | None = None) -> None:
    """Parses the flags and runs `main` on what is left of the command line.

    Args:
      main: the command.
      define: defines flags that the command line itself asks for; it sees the command line before it is parsed.

    Whatever the user gave wrong, a flag, an `InputError`, a file that the system refuses or sizes that no memory holds,
    becomes one line on stderr and exit status 2; an interrupt (ctrl-C) one line and status 130.
    """
    app.run(lambda argv: _guarded(main, argv), flags_parser=functools.partial(_parse, define=define))


def _guarded(main: Callable[[list[str]], None], argv: list[str]) -> None:
    if not flags.FLAGS["verbosity"].present:  # libraries log each of their steps
        logging.set_verbosity(logging.WARNING)
        logging.get_absl_handler().setFormatter(_Plain())
    try:
        main(argv)
    except InputError as error:
        _fail(argv, error)
    except OSError as error:  # a name that is too long, a folder that may not be entered
        if error.filename is None or error.errno is None:
            raise
        _fail(argv, InputError(f"{error.filename}: {os.strerror(error.errno)}"))
    except (MemoryError, RuntimeError) as error:
        if "out of memory" not in str(error).lower() and not isinstance(error, MemoryError):  # JAX's is a RuntimeError
            raise
        _fail(argv, InputError(f"not enough memory for this: {error}"))
    except KeyboardInterrupt:
        name = os.path.basename(argv[0])
        print(f"\n{name}: interrupted; the same command goes on from what is finished", file=sys.stderr)
        sys.exit(_INTERRUPTED)


def _parse(argv: list[str], define: Callable[[list[str]], None] | None = None) -> list[str]:
    try:
        if define:
            define(argv)
        return flags.FLAGS(argv)
    except (InputError, flags.Error, KeyError) as error:  # a configuration's unknown field is a KeyError
        _fail(argv, error)
    except SystemExit:  # the help flags print and leave with status 1
        sys.exit(0)


class _Plain(Formatter):
    """A warning as a user reads it, without time, process and line of code."""

    def format(self, record: LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


def _shown(letter: str) -> str:
    """What a terminal could obey, or not show, as its code."""
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")


def _fail(argv: list[str], error: Exception) -> NoReturn:
    message = "".join(_shown(letter) for letter in " ".join(str(error).split()))
    print(f"{os.path.basename(argv[0])}: error: {message}", file=sys.stderr)
    sys.exit(2)
