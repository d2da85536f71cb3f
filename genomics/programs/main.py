"""How every program starts and fails."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from absl import app, flags

from genomics.errors import InputError


def run(main: Callable[[list[str]], None]) -> None:
    """Parses the flags and runs `main` on what is left of the command line.

    Whatever the user gave wrong, a flag or an `InputError`, becomes one line on stderr and exit status 2.
    """
    app.run(lambda argv: _guarded(main, argv), flags_parser=_parse)


def _guarded(main: Callable[[list[str]], None], argv: list[str]) -> None:
    try:
        main(argv)
    except InputError as error:
        _fail(argv, error)


def _parse(argv: list[str]) -> list[str]:
    try:
        return flags.FLAGS(argv)
    except flags.Error as error:
        _fail(argv, error)
    except SystemExit:  # the help flags print and leave with status 1
        sys.exit(0)


def _fail(argv: list[str], error: Exception) -> NoReturn:
    message = " ".join(str(error).split())
    print(f"{os.path.basename(argv[0])}: error: {message}", file=sys.stderr)
    sys.exit(2)
