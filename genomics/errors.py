"""The one error for bad input, and its kind that `--methods=all` passes over."""


class InputError(ValueError):
    """Something the user gave is wrong: a file, a flag or an argument.

    The message is one line that names the file (or flag), the place in it, the value found and the rule it breaks.
    Programs print it and exit with status 2; from Python it is an ordinary `ValueError`.
    """


class UnsuitedError(InputError):
    """A method cannot explain this network, whatever its settings."""
