"""How every command starts and fails: the programs, and the `python -m` of any package."""

import contextlib
import functools
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from logging import Formatter, LogRecord
from typing import NoReturn, TextIO

from absl import app, flags, logging

from genomics import cores, flag_help, interrupts
from genomics.compilation_cache import use_compilation_cache
from genomics.errors import InputError
from genomics.interrupts import Terminated

COMPILATION_CACHE = flags.DEFINE_boolean(
    "compilation_cache",
    True,
    "Keep what is compiled for the next start, in the user's cache folder ($GENOMICS_CACHE, or genomics in "
    "$XDG_CACHE_HOME or ~/.cache).",
)

CPU_DEVICES = flags.DEFINE_integer(
    "cpu_devices",
    None,
    "Devices that a CPU is taken for, each with a share of every batch (default: one a core; a run that goes on keeps "
    "its number).",
    lower_bound=1,
)
_NO_WORDS = flag_help.Help()
# What a shell reports of a program that a signal stopped: 128 and its number.
_STOPPED = 128


def run(
    main: Callable[[list[str]], None],
    define: Callable[[list[str]], None] | None = None,
    told: flag_help.Help = _NO_WORDS,
) -> None:
    """Parses the flags and runs `main` on what is left of the command line.

    Args:
      main: the command; the documentation of its module heads what `--help` prints.
      define: defines flags that the command line itself asks for; it sees the command line before it is parsed, and may
        change words of it.
      told: what `-h`, `--help` and `--helpfull` say of the flags.

    Whatever the user gave wrong, a flag, an `InputError`, a file that the system refuses or sizes that no memory holds,
    becomes one line on stderr and exit status 2; an interrupt (ctrl-C) one line and status 130, SIGTERM one line and
    status 143. A second one of these ends the program at once.
    """
    interrupts.listen()
    parse = functools.partial(_parse, define=define, help_of=lambda kind, name: kind(name, main, told))
    app.run(lambda argv: _to_its_end(main, argv), flags_parser=parse)


def _to_its_end(main: Callable[[list[str]], None], argv: list[str]) -> None:
    try:
        _guarded(main, argv)
    except SystemExit:
        # All is said; threads of libraries that are still about their errors print nothing more.
        sys.excepthook = lambda *_: None
        threading.excepthook = lambda _: None
        raise


def prepare(devices: int) -> None:
    """Sets JAX up in this process as the flags say that every command has; before JAX computes anything.

    Args:
      devices: that a CPU is taken for, where --cpu_devices does not say.
    """
    if COMPILATION_CACHE.value:
        use_compilation_cache()
    cores.as_devices(CPU_DEVICES.value or devices, asked=CPU_DEVICES.value is not None)


def _guarded(main: Callable[[list[str]], None], argv: list[str]) -> None:
    if not flags.FLAGS["verbosity"].present:  # libraries log each of their steps
        logging.set_verbosity(logging.WARNING)
        logging.get_absl_handler().setFormatter(_Plain())
    prepare(cores.available())
    try:
        main(argv)
        sys.stdout.flush()  # not at the end of the process, where an error has a stack trace
    except InputError as error:
        _fail(argv, error)
    except BrokenPipeError:  # whoever read what is printed has seen enough
        _turn_away(sys.stdout)
        sys.exit(_STOPPED + signal.SIGPIPE)
    except OSError as error:  # a name that is too long, a folder that may not be entered, a full disk under a log
        if error.errno is None:
            raise
        place = "what is printed: cannot be written" if error.filename is None else error.filename
        _turn_away(sys.stdout)
        _fail(argv, InputError(f"{place}: {os.strerror(error.errno)}"))
    except (MemoryError, RuntimeError) as error:
        if "out of memory" not in str(error).lower() and not isinstance(error, MemoryError):  # JAX's is a RuntimeError
            raise
        _fail(argv, InputError(f"not enough memory for this: {error}"))
    except KeyboardInterrupt as error:
        number, how = (
            (signal.SIGTERM, "terminated") if isinstance(error, Terminated) else (signal.SIGINT, "interrupted")
        )
        name = os.path.basename(argv[0])
        print(f"\n{name}: {how}; the same command goes on from what is finished", file=sys.stderr)
        sys.exit(_STOPPED + number)


def _parse(
    argv: list[str],
    define: Callable[[list[str]], None] | None = None,
    help_of: Callable[[Callable[..., str], str], str] | None = None,
) -> list[str]:
    argv = [argv[0], *map(at_home, argv[1:])]
    kind = flag_help.asked(argv)
    try:
        if define:
            define(argv)
        if kind and help_of:
            print(help_of(kind, os.path.basename(argv[0])))
            sys.exit(0)
        return flags.FLAGS(argv)
    except (InputError, flags.Error, KeyError) as error:  # a configuration's unknown field is a KeyError
        _fail(argv, error)
    except SystemExit:  # the help flags print and leave with status 1
        sys.exit(0)


def at_home(word: str) -> str:
    """A word of the command line with `~/` and `~NAME/` as the folder that they mean.

    A shell expands them at the start of a word alone: not behind `--flag=`, nor behind a comma or `NAME=` in a value.
    """
    return re.sub(r"(?:(?<=^)|(?<=[=,]))~[\w.-]*(?=/|$)", lambda found: os.path.expanduser(found[0]), word)


class _Plain(Formatter):
    """A warning as a user reads it, without time, process and line of code."""

    def format(self, record: LogRecord) -> str:
        return f"{record.levelname.lower()}: {record.getMessage()}"


def _shown(letter: str) -> str:
    """What a terminal could obey, or not show, as its code."""
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")


#: What Python says of a flag's value -> what is meant.
_IN_WORDS = {
    r"invalid literal for int\(\) with base 10: .*": "must be a whole number",
    r"could not convert string to float: .*": "must be a number",
}


def _fail(argv: list[str], error: Exception) -> NoReturn:
    message = "".join(_shown(letter) for letter in " ".join(str(error).split()))
    for theirs, ours in _IN_WORDS.items():
        message = re.sub(theirs, ours, message)
    print(f"{os.path.basename(argv[0])}: error: {message}", file=sys.stderr)
    sys.exit(2)


def _turn_away(stream: TextIO) -> None:
    """Lets what was not printed yet go nowhere, so that its flush at the end does not fail as well."""
    with contextlib.suppress(OSError, ValueError):  # no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
